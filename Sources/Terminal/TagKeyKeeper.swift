import Core
import HostLink
import HostProtocol
import Synchronization
import Tags

/// Holds the keys of closed-loop tags: opened from the page on the disk at the start, and from the host's when it has others.
/// Lanes read them; they are in memory alone.
final class TagKeyKeeper: Sendable {
    enum Standing: Sendable, Hashable {
        /// There are none, and nothing lies there.
        case none
        /// - Parameters:
        ///   - generations: how many there are, the one in use first.
        ///   - isKept: false when they could not be written: the next start has what lies there.
        case held(version: String, generations: Int, isKept: Bool)
        /// A page lies there and gives no keys.
        case unreadable(TagKeySafe.Problem)
    }

    /// What a turn came to.
    enum Outcome: Sendable, Hashable {
        case settled
        /// The host gives this terminal none.
        case notOffered
        /// No usable answer; nothing has changed.
        case unreachable(LinkFailure)
        /// The keys are in use, and the state directory takes no file.
        case notKept
    }

    struct Ports: Sendable {
        var ask: @Sendable (TagKeyRequest) async -> Result<TagKeyAnswer, LinkFailure>
        var nonce: @Sendable () -> UUIDv7
    }

    private struct State {
        var standing = Standing.none
        var profiles: [ClosedLoopProfile] = []
    }

    private let safe: TagKeySafe
    private let layout: ClosedLoopLayout
    private let ports: Ports
    private let state: Mutex<State>

    init(safe: TagKeySafe, layout: ClosedLoopLayout, ports: Ports) {
        self.safe = safe
        self.layout = layout
        self.ports = ports
        var state = State()
        do throws(TagKeySafe.Problem) {
            if let (version, secrets) = try safe.load() {
                state = Self.held(secrets, version, layout, isKept: true)
            }
        } catch {
            state.standing = .unreadable(error)
        }
        self.state = Mutex(state)
    }

    private static func held(
        _ secrets: TagSecrets, _ version: String, _ layout: ClosedLoopLayout, isKept: Bool
    ) -> State {
        let profiles = secrets.map { ClosedLoopProfile(meta: $0, master: $1, layout: layout) }.compactMap(\.self)
        return State(
            standing: .held(version: version, generations: profiles.count, isKept: isKept), profiles: profiles)
    }

    var standing: Standing { state.withLock { $0.standing } }

    /// What tags are made with, those in use first; empty: none are taken.
    var profiles: [ClosedLoopProfile] { state.withLock { $0.profiles } }

    /// What the next start has too.
    var keptVersion: String? {
        guard case .held(let version, _, true) = standing else { return nil }
        return version
    }

    /// Asks the host for what it has.
    func turn() async -> Outcome {
        let known = keptVersion
        let answer: TagKeyAnswer
        switch await ports.ask(TagKeyRequest(nonce: ports.nonce(), recipient: safe.recipient, known: known)) {
        case .success(let given): answer = given
        case .failure(.refused(TagKeyAnswer.noKeys)), .failure(.refused(TagKeyAnswer.notEnrolled)), .failure(.refused("notFound")):
            return .notOffered
        case .failure(let failure): return .unreachable(failure)
        }
        guard let sealed = answer.sealed else {
            return answer.version == known ? .settled : .unreachable(.malformed(field: "sealed"))
        }
        // What can't be opened never takes the place of what can.
        guard let secrets = try? safe.open(sealed, version: answer.version) else {
            return .unreachable(.malformed(field: "sealed"))
        }
        let isKept = safe.save(sealed, version: answer.version)
        let fresh = Self.held(secrets, answer.version, layout, isKept: isKept)
        state.withLock { $0 = fresh }
        return isKept ? .settled : .notKept
    }

    /// The merchant takes no tags any more.
    func forget() {
        state.withLock { $0 = State() }
        safe.remove()
    }
}
