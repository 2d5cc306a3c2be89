// error: type 'PIN' does not conform to 'Copyable'
import Secrets

func erased(_ pin: consuming PIN) -> Any { pin }
