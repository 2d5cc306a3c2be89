import ArgumentParser
import Diagnostics

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "What works, what does not, whom it hurts, what to do.")

    @OptionGroup var connection: Connection

    func run() async throws {
        let reply: StatusReply = try await connection.call("GetStatus")
        try connection.show(reply) { reply.text }
        if reply.findings.contains(where: { $0.severity == "error" }) { throw ExitCode(1) }
    }
}

extension StatusReply {
    var text: String {
        var lines = [
            "terminal  \(terminal) (kassad \(version))\(merchant.map { ", merchant \($0)" } ?? "")",
            "time      \(time.date)\(timeAnchored ? "" : ", not confirmed by the host since boot")",
            "readers   \(readers) (pcscd \(service))",
            "host      \(link.text)",
        ]
        if let queue { lines.append("queue     \(queue.text)") }
        if let declined, declined.open > 0 { lines.append("declined  \(declined.text)") }
        let limits = store.limitVersion.map { ", limits version \($0), \(store.accounts ?? 0) account(s)" } ?? ""
        lines.append("store     \(store.state)\(limits)")
        let details = store.details
        if !details.isEmpty { lines.append("limits    \(details)") }
        if let certificates, !certificates.isEmpty {
            lines.append("certs     \(certificates.map(\.text).joined(separator: ", "))")
        }
        if findings.isEmpty { lines.append("findings  none") }
        for finding in findings {
            lines.append("\(finding.severity == "error" ? "ERROR" : "warning")  \(finding.what)")
            lines.append("          hurts: \(finding.whoIsHurt)")
            lines.append("          do:    \(finding.remedy)")
        }
        return lines.joined(separator: "\n")
    }
}

extension StoreReply {
    var details: String {
        [
            tables == "forwardOnly" ? "forward only: nothing is approved offline" : nil,
            stopListEntries.map { "\($0) card(s) on the stop list" }, incarnation.map { "host's books \($0)" },
            snapshotUnderWay == true ? "a full set of limits is being taken over" : nil,
            cacheSharePercent.map { "their age leaves \($0) % of the offline limits" },
        ].compactMap { $0 }.joined(separator: ", ")
    }
}

extension CertificateReply {
    var text: String {
        let name = of == "nextHost" ? "host's next" : of
        let day = until.date.prefix(10)
        return expired ? "\(name) EXPIRED on \(day)" : "\(name) until \(day)"
    }
}

extension LinkReply {
    var text: String {
        var text = state
        if let sinceMilliseconds { text += " for \(sinceMilliseconds / 1000) s" }
        if let reason { text += ": \(reason)" }
        if let forwardFailure { text += "; records don't get through: \(forwardFailure)" }
        if let limitsFailure { text += "; limits don't: \(limitsFailure)" }
        if let nextAttemptInMilliseconds { text += ", next try in \(nextAttemptInMilliseconds) ms" }
        return text
    }
}

extension QueueSummaryReply {
    var text: String {
        let sums = exposure.map(\.text).joined(separator: ", ")
        let age = oldestWaitingMilliseconds.map { " (the oldest for \($0.span))" } ?? ""
        return "\(approvals) approval(s), \(advices) advice(s) waiting\(age), \(quarantined) set aside"
            + (sums.isEmpty ? "" : "; approved and not yet acknowledged: \(sums)")
    }
}

extension Int64 {
    /// Of milliseconds: `3 d 4 h`, `2 h 5 min`, `12 s`.
    fileprivate var span: String {
        let seconds = self / 1000
        return switch seconds {
        case 86_400...: "\(seconds / 86_400) d \(seconds % 86_400 / 3600) h"
        case 3600...: "\(seconds / 3600) h \(seconds % 3600 / 60) min"
        case 60...: "\(seconds / 60) min"
        default: "\(seconds) s"
        }
    }
}

struct Readers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The readers, what is in their fields, and their lanes.")

    @OptionGroup var connection: Connection

    func run() async throws {
        let reply: ReadersReply = try await connection.call("ListReaders")
        try connection.show(reply) {
            guard !reply.readers.isEmpty else { return "no readers (pcscd \(reply.service))" }
            return reply.readers.map { reader in
                [reader.name, reader.state, reader.answerToReset, reader.lane, reader.identity, reader.usb].compactMap { $0 }.joined(separator: "  ")
            }.joined(separator: "\n")
        }
    }
}
