// error: cannot consume noncopyable stored property 'self.pin' of a class
import Secrets

final class Holder {
    let pin: PIN
    init(_ pin: consuming PIN) { self.pin = pin }
    func leak() -> PIN { pin }
}
