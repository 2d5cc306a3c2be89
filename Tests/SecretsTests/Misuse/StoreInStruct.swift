// error: has non-Copyable type 'PIN'
import Secrets

struct Record { let pin: PIN }
