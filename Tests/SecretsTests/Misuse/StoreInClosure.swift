// error: cannot be captured by an escaping closure
import Secrets

func later(_ pin: borrowing PIN) -> () -> Bool { { pin.isEqualInConstantTime(to: pin) } }
