import Crypto
import Synchronization

/// The keys that open card evidence: the one in use, then those before it. A new one may come while the host runs.
public final class EvidenceKeys: Sendable {
    private let keys: Mutex<[Curve25519.KeyAgreement.PrivateKey]>

    init(_ keys: [Curve25519.KeyAgreement.PrivateKey]) { self.keys = Mutex(keys) }

    public var current: [Curve25519.KeyAgreement.PrivateKey] {
        get { keys.withLock { $0 } }
        set { keys.withLock { $0 = newValue } }
    }
}
