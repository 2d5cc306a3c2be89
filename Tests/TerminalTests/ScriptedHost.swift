import Core
import HostProtocol
import Synchronization

@testable import Terminal

/// A host that answers as it was told to.
final class ScriptedHost: Sendable {
    struct State: Sendable {
        var isReachable = false
        var reply: @Sendable (AuthorisationRequest) async -> HostConnection.Reply = { _ in .silent }
        var requests: [AuthorisationRequest] = []
        var commits = 0
    }

    private let state = Mutex(State())

    var now: State { state.withLock { $0 } }

    /// From now on it is there and answers so.
    func answer(_ reply: @escaping @Sendable (AuthorisationRequest) async -> HostConnection.Reply) {
        state.withLock { ($0.isReachable, $0.reply) = (true, reply) }
    }

    func leave() { state.withLock { $0.isReachable = false } }

    var connection: HostConnection {
        HostConnection(
            probe: { self.now.isReachable },
            authorise: { request in
                let reply = self.state.withLock { state in
                    state.requests.append(request)
                    return state.reply
                }
                return await reply(request)
            },
            recordCommitted: { self.state.withLock { $0.commits += 1 } })
    }

    /// A yes, with what is left on the account.
    static func approval(_ account: AccountLimit) -> @Sendable (AuthorisationRequest) async -> HostConnection.Reply {
        { request in
            .answered(
                AuthorisationAnswer(
                    payment: request.payment, approved: true, rule: "CARD-21", reason: "approvedOnline",
                    authorisationCode: "A1B2C3", account: account, hostTime: request.requestedAt))
        }
    }

    static func refusal(_ reason: String) -> @Sendable (AuthorisationRequest) async -> HostConnection.Reply {
        { request in
            .answered(
                AuthorisationAnswer(
                    payment: request.payment, approved: false, rule: "CARD-1", reason: reason, authorisationCode: nil,
                    account: nil, hostTime: request.requestedAt))
        }
    }
}
