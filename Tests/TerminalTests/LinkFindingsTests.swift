import HostLink
import Testing

@testable import Diagnostics
@testable import Terminal

@Suite("A host that answers and refuses is told of")
struct LinkFindingsTests {
    static let failures: [LinkFailure] = [
        .unreachable("connectionReset"), .tls, .timeout, .notOurHost(status: 502, .signature), .notOurHost(status: 200, .size),
        .refused(reason: "overloaded"), .refused(reason: "unknownTerminal"), .malformed(field: "results"), .hostBehind,
        .store("full"),
    ]

    private func state(_ reach: LinkState.Reach = .reachable(since: 1)) -> LinkState {
        var state = LinkState()
        state.reach = reach
        return state
    }

    @Test("Each failure of a batch and of a limit page is a finding with its cause, whom it hurts, and a remedy", arguments: failures)
    func each(_ failure: LinkFailure) throws {
        var state = state()
        state.forwardFailure = failure
        let forward = try #require(state.findings(waiting: 7).first)
        #expect(state.findings(waiting: 7).count == 1)
        #expect(forward.what.contains(failure.words) && forward.whoIsHurt.contains("7 record(s)") && !forward.remedy.isEmpty)

        state.limitsFailure = failure
        let both = state.findings(waiting: 0)
        #expect(both.count == 2 && both[1].what.contains("limits") && both[1].what.contains(failure.words))
        #expect(!both[1].remedy.isEmpty && !both[1].whoIsHurt.isEmpty)
        // What only a person can mend makes `kassactl status` fail.
        let passes: [LinkFailure] = [.unreachable("connectionReset"), .timeout, .refused(reason: "overloaded")]
        #expect(both.allSatisfy { $0.severity == (passes.contains(failure) ? "warning" : "error") })
    }

    @Test("Books that were set back name the host's command")
    func behind() {
        var state = state()
        state.limitsFailure = .hostBehind
        #expect(state.findings(waiting: 0).map(\.remedy).joined().contains("kassa-host restored"))
    }

    @Test("Nothing while all goes well, and nothing more than the outage while the host is away")
    func silent() {
        #expect(state().findings(waiting: 3).isEmpty)
        var away = state(.unreachable(since: 1, reason: .timeout, nextAttemptAt: nil))
        (away.forwardFailure, away.limitsFailure) = (.timeout, .hostBehind)
        #expect(away.findings(waiting: 3).isEmpty)
    }
}
