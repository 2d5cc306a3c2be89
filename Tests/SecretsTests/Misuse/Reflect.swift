// error: requires that 'PIN' conform to 'Copyable'
import Secrets

func text(_ pin: consuming PIN) -> String { String(reflecting: pin) }
