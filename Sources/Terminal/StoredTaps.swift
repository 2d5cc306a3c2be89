import Core
import Crypto
import Store
import Tags

/// Taps of tags by their dynamic URL, counted in the store under the tag's pseudonym.
struct StoredTaps: SDMReplayGuard {
    let store: PaymentStore
    let pseudonymKey: SymmetricKey
    let now: @Sendable () -> UTCInstant

    /// Blocks until the disk has answered: for a worker thread.
    func advance(tag: [UInt8], to counter: UInt32) throws -> CounterAdvance {
        let name = Pseudonym(domain: "tag1", identifier: Hex.encode(tag), key: pseudonymKey)
        switch try store.advance(tag: name, to: counter, at: now()) {
        case .advanced(let last): return .advanced(missed: counter - last - 1)
        case .replayed(let last): return .replayed(last: last)
        case .inDoubt: throw SDMFailure.unavailable
        }
    }
}
