import Core
import Diagnostics
import Foundation

/// What a technician is told of certificates that end, before they do: thirty, fourteen and three days.
enum CertificateAlarms {
    private static let day: Int64 = 86_400_000

    static func finding(_ what: String, until end: UTCInstant, now: UTCInstant, remedy: String) -> FindingReply? {
        let left = end.millisecondsSince(now)
        let hurt = "whatever needs the host; payments that may be made offline go on"
        if left <= 0 {
            return FindingReply(
                severity: "error", what: "\(what) has expired on \(date(end))", whoIsHurt: hurt, remedy: remedy)
        }
        guard let mark = [3, 14, 30].first(where: { left <= Int64($0) * day }) else { return nil }
        return FindingReply(
            severity: mark == 3 ? "error" : "warning",
            what: "\(what) expires within \(mark) days, on \(date(end))", whoIsHurt: "\(hurt), when it has expired",
            remedy: remedy)
    }

    /// - Parameters:
    ///   - own: when this terminal's certificate ends; nil when it has none.
    ///   - host: when each certificate that the host is known by ends.
    ///   - outcome: of the newest turn; nil before the first.
    static func findings(
        own: UTCInstant?, host: [UTCInstant], outcome: CertificateKeeper.Outcome?, now: UTCInstant
    ) -> [FindingReply] {
        var findings: [FindingReply] = []
        if let own {
            findings += [finding(
                "this terminal's certificate", until: own, now: now,
                remedy: "let the terminal reach its host: it renews by itself")].compactMap(\.self)
        }
        // The last of them: a host that rotates is known by its next one too.
        if let last = host.max() {
            findings += [finding(
                "the host's certificate", until: last, now: now,
                remedy: "at the host: kassa-host certificate rotate")].compactMap(\.self)
        }
        switch outcome {
        case .refused(let failure)?:
            findings.append(
                FindingReply(
                    severity: "error", what: "the host does not let this terminal in: \(failure)",
                    whoIsHurt: "whatever needs the host",
                    remedy: "at the host: kassa-host certificate list; terminal add or certificate admit"))
        case .notKept?:
            findings.append(
                FindingReply(
                    severity: "error", what: "certificates can't be kept", whoIsHurt: "whatever needs the host, some day",
                    remedy: "make the state directory writable, and room on its disk"))
        case .settled?, .notOffered?, .unreachable?, nil: break
        }
        return findings
    }

    private static func date(_ instant: UTCInstant) -> String { CivilDate(instant, in: .gmt).description }
}
