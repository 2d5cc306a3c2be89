// error: cannot be consumed
import Secrets

func copied(_ pin: borrowing PIN) -> PIN { pin }
