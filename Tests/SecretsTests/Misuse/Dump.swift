// error: requires that 'PIN' conform to 'Copyable'
import Secrets

func show(_ pin: consuming PIN) { dump(pin) }
