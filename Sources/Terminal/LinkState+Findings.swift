import Diagnostics
import HostLink
import HostProtocol

extension LinkState {
    /// What goes wrong with a host that answers: a refusal is no outage, and yet nothing moves. While the host is away
    /// there are none: that is one finding of its own.
    /// - Parameter waiting: records in the queue.
    func findings(waiting: Int) -> [FindingReply] {
        guard isReachable else { return [] }
        var findings: [FindingReply] = []
        if let failure = forwardFailure {
            findings.append(
                FindingReply(
                    severity: failure.passesByItself ? "warning" : "error",
                    what: "the host answers, but records don't get through: \(failure.words)",
                    whoIsHurt: waiting > 0
                        ? "the merchant, who is not paid for the \(waiting) record(s) that wait" : "the merchant, once records wait",
                    remedy: failure.remedy(for: "kassactl queue flush")))
        }
        if let failure = limitsFailure {
            findings.append(
                FindingReply(
                    severity: failure.passesByItself ? "warning" : "error",
                    what: "the host answers, but its limits are not taken over: \(failure.words)",
                    whoIsHurt: "payers: balances and stop list stay as they are, and once they are too old nothing is approved"
                        + " without the host (ALL-4)",
                    remedy: failure.remedy(for: "kassactl status")))
        }
        return findings
    }
}

extension LinkFailure {
    /// Whether waiting is all there is to do.
    fileprivate var passesByItself: Bool {
        switch self {
        case .unreachable, .timeout, .refused(FailureAnswer.overloaded): true
        case .tls, .notOurHost, .refused, .malformed, .hostBehind, .store: false
        }
    }

    /// - Parameter look: the command that shows whether it helped.
    fileprivate func remedy(for look: String) -> String {
        switch self {
        case .unreachable, .timeout: "none: it is tried again by itself; if it lasts, check the network"
        case .refused(FailureAnswer.overloaded): "none: it goes on at the time that the host named"
        case .tls, .notOurHost(_, .signature): "make sure that nothing stands between terminal and host; then \(look)"
        case .notOurHost(_, .size), .malformed:
            "terminal and host don't understand each other: bring both to versions that go together; then \(look)."
                + " What waits is kept"
        case .refused: "ask the host's keeper about this reason; then \(look). What waits is kept, and is tried again by itself"
        case .hostBehind:
            "at the host: kassa-host restored, if its books were restored from a backup; else call support: an old state is"
                + " played to this terminal"
        case .store: "see what status says of the store, free its disk; then \(look)"
        }
    }
}
