import Core
import Diagnostics
import HostLink
import HostProtocol
import PCSC
import Payments
import Programmes
import Store

extension KassaTerminal {
    /// What does not work now, whom it hurts, and what to do about it.
    func findings(
        _ now: TrustedTime, _ link: LinkReply, _ queue: QueueSummaryReply?, _ store: StoreReply, _ readers: [ReaderStatus],
        _ bounced: DeclinedSummary?, _ risk: RiskStanding?
    ) -> [FindingReply] {
        var findings: [FindingReply] = []
        if let remedy = store.remedy {
            findings.append(
                FindingReply(
                    severity: "error", what: "the store can't be used (\(store.state))",
                    whoIsHurt: "every payer: no payment is taken", remedy: remedy))
        }
        switch self.store.spaceStanding {
        case .none, .held: break
        case .used:
            findings.append(
                FindingReply(
                    severity: "error", what: "the disk is full: payments are stored in the space that was kept for them",
                    whoIsHurt: "every payer once that is used up: it lasts until the queue is at its cap (most_records)",
                    remedy: "free space on the disk of \(self.store.path); the daemon goes on by itself"))
        case .missing where isReady:
            findings.append(
                FindingReply(
                    severity: "warning",
                    what: "no space is kept for waiting payments: \(self.store.reserveBytes >> 20) MB are wanted",
                    whoIsHurt: "payments, when the disk is full",
                    remedy: "free space on the disk of \(self.store.path), or lower reserve_megabytes"))
        case .missing: break
        }
        if store.journalWhole == false {
            findings.append(
                FindingReply(
                    severity: "error", what: "the journal is not whole", whoIsHurt: "the merchant's proof",
                    remedy: "see kassactl journal verify; keep the file and call support"))
        }
        if !system.isServiceUp {
            findings.append(
                FindingReply(
                    severity: "error", what: "no PC/SC service (\(serviceWord))", whoIsHurt: "every payer with a card",
                    remedy: (system.outage ?? .notRunning).remedy))
        } else {
            findings += readerFindings(readers)
        }
        if link.state == "unreachable" {
            findings.append(
                FindingReply(
                    severity: "warning", what: "the host is away: \(self.link.state.failureInWords ?? link.reason ?? "no answer")",
                    whoIsHurt: "cards without an offline allowance (CARD-21)",
                    remedy: "check the network; what is approved meanwhile is kept and sent later"))
        }
        findings += self.link.state.findings(waiting: queue.map { $0.approvals + $0.advices } ?? 0)
        if let risk { findings += risk.findings }
        if !now.anchored {
            findings.append(
                FindingReply(
                    severity: "warning", what: "the host has not confirmed the clock since boot",
                    whoIsHurt: "payers while the host is away: programmes that need its time approve nothing then (ALL-4)",
                    remedy: "let the terminal reach its host once"))
        }
        if let queue, queue.quarantined > 0 {
            findings.append(
                FindingReply(
                    severity: "error", what: "\(queue.quarantined) record(s) refused by the host",
                    whoIsHurt: "the merchant, who is not paid for them yet",
                    remedy: "kassactl queue list --set-aside names them and the host's reason; once it is mended, kassactl queue retry; else call support"))
        }
        if let bounced, bounced.open > 0 {
            let sums = bounced.amounts.map(\.description).joined(separator: ", ")
            findings.append(
                FindingReply(
                    severity: "warning", what: "\(bounced.open) payment(s) declined later by the host: \(sums)",
                    whoIsHurt: "the merchant, who has not been paid; their cards, which pay nothing offline here",
                    remedy: "kassactl queue declined; then queue collect PAYMENT with the card, or queue give-up PAYMENT"))
        }
        return findings
    }
}
