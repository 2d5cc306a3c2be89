// error: no exact matches in call to initializer
import Secrets

func text(_ pin: consuming PIN) -> String { String(describing: pin) }
