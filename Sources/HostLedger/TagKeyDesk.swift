import Core
import Crypto
import HostProtocol
import Programmes
import Synchronization
import Tags

/// What this host's closed-loop tags are made with. New keys may come while the host runs; then those before them still count.
public final class TagKeyRing: Sendable {
    private struct Held {
        var secrets: TagSecrets?
        var version: String?
        var keys: [TagKey] = []
    }

    private let held = Mutex(Held())

    public init(_ secrets: TagSecrets? = nil) { self.secrets = secrets }

    /// Nil: the host has none.
    public var secrets: TagSecrets? {
        get { held.withLock { $0.secrets } }
        set {
            let keys = newValue?.map { _, master in AESKey(master).map { TagKey.diversified(master: $0, label: .value) } } ?? []
            let fresh = Held(secrets: newValue, version: newValue?.version, keys: keys.compactMap(\.self))
            held.withLock { $0 = fresh }
        }
    }

    /// ``TagSecrets/version``; nil: the host has none.
    public var version: String? { held.withLock { $0.version } }

    /// What tags authenticate with, the keys in use first.
    var keys: [TagKey] { held.withLock { $0.keys } }
}

/// Gives the keys of closed-loop tags to terminals, sealed to each of them.
public struct TagKeyDesk: Sendable {
    private let ring: TagKeyRing
    private let ledger: any LedgerPort
    /// Ids of those that tags pay from.
    private let programmes: Set<String>

    /// - Parameter programmes: all that the host knows.
    public init(ring: TagKeyRing, ledger: any LedgerPort, programmes: [Programme]) {
        self.ring = ring
        self.ledger = ledger
        self.programmes = Set(programmes.filter { $0.instruments.kinds.contains(.tag) }.map(\.id))
    }

    /// Told to every terminal: it says nothing of the keys.
    var version: String? { ring.version }

    /// Answers a signed request of `terminal`. Nobody is given keys who can take no tag.
    func answer(_ request: TagKeyRequest, terminal: String, now: UTCInstant) async throws(LedgerError) -> TagKeyAnswer {
        guard let recipient = request.recipientKey else { throw .malformed(field: "recipient") }
        guard request.known.map(TagSecrets.isVersion) ?? true else { throw .malformed(field: "known") }
        guard let secrets = ring.secrets else { throw .refused(TagKeyAnswer.noKeys) }
        guard !programmes.isDisjoint(with: try await ledger.programmes(of: terminal)) else {
            throw .refused(TagKeyAnswer.notEnrolled)
        }
        let version = secrets.version
        var answer = TagKeyAnswer(terminal: terminal, nonce: request.nonce, hostTime: now, version: version)
        guard request.known != version else { return answer }
        guard let sealed = try? secrets.sealed(to: recipient, terminal: terminal) else { throw .malformed(field: "recipient") }
        answer.sealed = sealed
        return answer
    }
}
