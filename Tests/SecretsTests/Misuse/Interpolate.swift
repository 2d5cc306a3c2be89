// error: no exact matches in call to instance method 'appendInterpolation'
import Secrets

func text(_ pin: consuming PIN) -> String { "\(pin)" }
