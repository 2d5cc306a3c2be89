// error: type 'Record' does not conform to protocol 'Encodable'
import Secrets

struct Record: Encodable { let pin: PIN }
