// error: does not conform to protocol 'Copyable'
import Secrets

var history: [PIN] = []
