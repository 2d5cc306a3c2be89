// error: type 'Holder' does not conform to protocol 'Copyable'
import Secrets

struct Holder: Hashable, ~Copyable { let pin: PIN }
