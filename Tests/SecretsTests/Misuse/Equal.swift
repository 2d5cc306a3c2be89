// error: binary operator '==' cannot be applied
import Secrets

func same(_ pin: borrowing PIN, _ other: borrowing PIN) -> Bool { pin == other }
