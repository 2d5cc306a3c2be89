// error: consumed more than once
import Secrets

func keep(_ pin: consuming PIN) {}

func two(_ pin: consuming PIN) {
    keep(pin)
    keep(pin)
}
