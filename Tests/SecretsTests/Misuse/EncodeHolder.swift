// error: does not conform to protocol 'Encodable'
import Secrets

final class Record: Encodable {
    let pin: PIN
    init(_ pin: consuming PIN) { self.pin = pin }
}
