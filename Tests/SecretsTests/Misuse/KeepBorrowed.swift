// error: cannot be consumed
import Secrets

final class Holder {
    let pin: PIN
    init(_ pin: borrowing PIN) { self.pin = pin }
}
