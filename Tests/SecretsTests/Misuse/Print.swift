// error: argument type 'PIN' does not conform to expected type 'Copyable'
import Secrets

func show(_ pin: consuming PIN) { print(pin) }
