// error: 'copy' cannot be applied to noncopyable types
import Secrets

func copied(_ pin: borrowing PIN) -> PIN { copy pin }
