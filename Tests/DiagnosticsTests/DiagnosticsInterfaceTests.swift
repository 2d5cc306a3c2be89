import Core
import Foundation
import Programmes
import Testing
import Varlink

@testable import Diagnostics

/// A terminal that answers with full replies: every optional field is there.
private struct FullTerminal: TechnicianPort {
    static let amount = AmountReply(Money(minorUnits: 9_500, currency: .sek))
    static let queue = QueueSummaryReply(approvals: 2, advices: 1, quarantined: 0, exposure: [amount])

    func status() async -> StatusReply {
        StatusReply(
            version: "1", terminal: "T1", merchant: "M", time: 1, timeAnchored: true, service: "up", readers: 1,
            link: LinkReply(
                state: "unreachable", reason: "tls", sinceMilliseconds: 1, nextAttemptInMilliseconds: 2, lastContact: 3),
            queue: Self.queue,
            store: StoreReply(state: "ok", remedy: "none", limitVersion: 1, accounts: 1, journalWhole: true),
            cpuMicroseconds: 1, findings: [FindingReply(severity: "error", what: "w", whoIsHurt: "h", remedy: "r")])
    }
    func readers() async -> ReadersReply {
        ReadersReply(
            service: "up",
            readers: [ReaderReply(name: "R", state: "card", answerToReset: "3B00", since: 1, lane: "lane 1")])
    }
    func queue(limit: Int) async throws -> QueueReply {
        QueueReply(
            queue: Self.queue,
            records: [
                QueuedRecordReply(
                    sequence: 1, record: "r", payment: "p", kind: "torn", amount: Self.amount, quarantined: "\(limit)")
            ])
    }
    func flush() async throws -> FlushReply { FlushReply(queue: Self.queue) }
    func retry() async throws -> FlushReply { FlushReply(queue: Self.queue) }
    func pay(_ parameters: PayParameters, prompt: @escaping @Sendable (String) async -> Void) async throws -> PayReply {
        await prompt("presentCard")
        var reply = PayReply()
        reply.payment = "p"
        reply.outcome = "approved"
        reply.rule = "ALL-7"
        reply.reason = "approvedOffline"
        reply.sentence = SentenceReply(Reason.approvedOffline.sentence)
        reply.amount = Self.amount
        reply.approved = Self.amount
        reply.online = false
        reply.authorisationCode = "123456"
        reply.available = Self.amount
        reply.cardBalance = Self.amount
        reply.maskedCard = "476173******0010"
        reply.sequence = 1
        reply.tapMicroseconds = 1
        reply.cardMicroseconds = 1
        reply.trace = [RuleVerdict(rule: "CARD-1", passed: true, inputs: [RuleInput(.note, "available")])]
        return reply
    }
    func readTag(timeoutSeconds: Int?, prompt: @escaping @Sendable (String) async -> Void) async throws -> TagReply {
        TagReply(uid: "04", kind: "type2", uri: "https://example.com")
    }
}

@Suite("The technician's interface")
struct DiagnosticsInterfaceTests {
    @Test("Every declared method is carried out, and nothing else")
    func methods() throws {
        let interface = try DiagnosticsInterface.make(FullTerminal())
        #expect(Set(interface.methods.map(\.name)) == interface.declaredMethods)
        #expect(interface.methods.filter(\.streams).map(\.name) == ["Pay", "ReadTag"])
    }

    @Test("Every field of every reply is declared")
    func fields() async throws {
        let terminal = FullTerminal()
        let replies: [any Encodable] = [
            await terminal.status(), await terminal.readers(), try await terminal.queue(limit: 1),
            try await terminal.flush(), try await terminal.pay(PayParameters(amount: "1", currency: "SEK")) { _ in },
            try await terminal.readTag(timeoutSeconds: nil) { _ in },
        ]
        for reply in replies {
            let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(reply))
            for key in keys(of: json) {
                #expect(DiagnosticsInterface.description.contains("\(key): "), "\(type(of: reply)).\(key) is not declared")
            }
        }
    }

    @Test("Replies read back as they were written")
    func roundTrip() async throws {
        let status = await FullTerminal().status()
        #expect(try JSONDecoder().decode(StatusReply.self, from: JSONEncoder().encode(status)) == status)
    }

    private func keys(of value: Any) -> Set<String> {
        switch value {
        case let object as [String: Any]: object.reduce(into: Set(object.keys)) { $0.formUnion(keys(of: $1.value)) }
        case let array as [Any]: array.reduce(into: []) { $0.formUnion(keys(of: $1)) }
        default: []
        }
    }
}
