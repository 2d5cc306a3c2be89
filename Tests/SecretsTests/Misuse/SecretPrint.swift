// error: argument type 'SecretBytes' does not conform to expected type 'Copyable'
import Secrets

func show(_ key: consuming SecretBytes) { print(key) }
