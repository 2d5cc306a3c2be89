// error: argument type 'PIN' does not conform to expected type 'Copyable'
import Secrets

func children(_ pin: consuming PIN) -> Int { Mirror(reflecting: pin).children.count }
