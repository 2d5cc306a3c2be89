import Core
import Foundation
import HostProtocol
import Programmes
import Testing
import Varlink

@testable import Diagnostics

/// A terminal that answers with full replies: every optional field is there.
private struct FullTerminal: TechnicianPort {
    static let amount = AmountReply(Money(minorUnits: 9_500, currency: .sek))
    static let queue = QueueSummaryReply(approvals: 2, advices: 1, quarantined: 0, exposure: [amount], oldestWaitingMilliseconds: 4)

    func status() async -> StatusReply {
        StatusReply(
            version: "1", terminal: "T1", merchant: "M", time: 1, timeAnchored: true, service: "up", readers: 1,
            link: LinkReply(
                state: "unreachable", reason: "tls", sinceMilliseconds: 1, nextAttemptInMilliseconds: 2, lastContact: 3,
                forwardFailure: "f", limitsFailure: "l"),
            queue: Self.queue,
            store: StoreReply(
                state: "ok", remedy: "none", limitVersion: 1, accounts: 1, journalWhole: true, tables: "current",
                stopListEntries: 2, incarnation: "i", snapshotUnderWay: false, cacheSharePercent: 50),
            cpuMicroseconds: 1, findings: [FindingReply(severity: "error", what: "w", whoIsHurt: "h", remedy: "r")],
            declined: DeclinedSummaryReply(open: 1, amounts: [Self.amount]),
            certificates: [CertificateReply(of: "terminal", until: 1, daysLeft: 1, expired: false)])
    }
    func readers() async -> ReadersReply {
        ReadersReply(
            service: "up",
            readers: [ReaderReply(name: "R", state: "card", answerToReset: "3B00", since: 1, lane: "lane 1")])
    }
    func queue(limit: Int, setAside: Bool) async throws -> QueueReply {
        QueueReply(
            queue: Self.queue,
            records: [
                QueuedRecordReply(
                    sequence: 1, record: "r", payment: "p", kind: "torn", amount: Self.amount, quarantined: "\(limit)")
            ])
    }
    func flush(progress: @escaping @Sendable (FlushProgressReply) async -> Void) async throws -> FlushProgressReply {
        FlushProgressReply(queue: Self.queue, settled: 1, refused: 2, waiting: 3, failure: "f", ended: true, why: "w")
    }
    func queued(_ name: String) async throws -> QueuedDetailReply {
        guard name == "1" else { throw DiagnosticsError.unknownRecord }
        return QueuedDetailReply(
            sequence: 1, record: "r", payment: "p", kind: "reversal", amount: Self.amount, approved: Self.amount, reference: "r",
            original: "o", programme: "p", account: "a", accountSequence: 1, rule: "ALL-10", reason: "interrupted", decidedAt: 1,
            state: "quarantined", hostReason: "h", attempts: 1, lastAttemptMillisecondsAgo: 1, nextAttemptInMilliseconds: 1,
            carriesEvidence: true, bodyBytes: 1, bodyHash: "00")
    }
    func retry(_ name: String?) async throws -> FlushReply { FlushReply(queue: Self.queue) }
    func exportQueue(after: Int64?) async throws -> ExportQueueReply { ExportQueueReply(lines: ["l"], next: 1) }
    static let bounced = DeclinedReply(
        payment: "p", record: "r", reference: "r", amount: amount, account: "a", reason: "insufficientFunds", declinedAt: 1,
        state: "open", closedAt: 1, collectedBy: "c", collect: "later", collectableAt: 1)
    func declined(openOnly: Bool, limit: Int) async throws -> ListDeclinedReply {
        ListDeclinedReply(
            summary: DeclinedSummaryReply(open: openOnly ? 1 : limit, amounts: [Self.amount]), declined: [Self.bounced])
    }
    func collect(
        _ parameters: CollectParameters, news: @escaping @Sendable (PayReply) async -> Void
    ) async throws -> PayReply { throw DiagnosticsError.notCollectable("later", until: 5) }
    func giveUpDeclined(_ payment: String) async throws -> DeclinedReply { Self.bounced }
    func watchAnnouncements(news: @escaping @Sendable (AnnouncementReply) async throws -> Void) async throws {
        try await news(AnnouncementReply(announcement: "declinedLater", declined: Self.bounced))
    }
    func reconcile(_ parameters: ReconcileParameters) async throws -> ReconcileReply {
        let side = ReconcileSideReply(count: 1, amount: Self.amount, approved: Self.amount)
        return ReconcileReply(
            scope: parameters.scope ?? "2026-11-21", unreachable: "tls", agrees: false, records: 1,
            lines: [
                ReconcileLineReply(programme: "epassi-card", kind: "hold", currency: "SEK", terminal: side, host: side)
            ],
            differences: [ReconcileDifferenceReply(kind: "missingAtHost", sequence: 1, record: "r")], unnamed: 2,
            forwardedAgain: 1)
    }
    static let display = DisplayReply(
        number: "20", message: "seePhone", status: "readyToRead", text: Sentence("See your phone.", "Katso.", "Se."),
        holdMilliseconds: 1_300, languages: "svfi", amount: amount, balance: amount)
    func pay(_ parameters: PayParameters, news: @escaping @Sendable (PayReply) async -> Void) async throws -> PayReply {
        var reply = PayReply(prompt: "presentCard")
        reply.display = Self.display
        await news(reply)
        reply.payment = "p"
        reply.take(Self.decision, asked: Self.asked, programme: nil)
        reply.online = false
        reply.authorisationCode = "123456"
        reply.cardBalance = Self.amount
        reply.maskedCard = "476173******0010"
        reply.sequence = 1
        reply.tapMicroseconds = 1
        reply.cardMicroseconds = 1
        reply.open = [Self.bounced]
        reply.reversal = "queued"
        return reply
    }
    static let asked = Money(minorUnits: 12_000, currency: .sek)
    static let decision = Decision(
        outcome: .approved, approvedAmount: Money(minorUnits: 8_000, currency: .sek), rule: "ALL-7", reason: .approvedOffline,
        availableAfter: Money(minorUnits: 100, currency: .sek),
        split: [PurseShare(purse: "vouchers", denomination: 8_000, units: 1, money: 8_000)],
        lines: [ChargeLine(kind: .purchase, amount: Money(minorUnits: 8_000, currency: .sek))], isProvisional: true,
        valueDate: CivilDate(year: 2026, month: 11, day: 23),
        trace: [RuleVerdict(rule: "CARD-1", passed: true, inputs: [RuleInput(.available, "81.00 SEK")])])
    static let known = UUIDv7(milliseconds: 1, random: [2])

    func complete(_ parameters: CompleteParameters) async throws -> AmendmentResult { amended }
    func release(_ parameters: ReleaseParameters) async throws -> AmendmentResult { amended }
    func refund(_ parameters: RefundParameters) async throws -> AmendmentResult { amended }
    func void(_ parameters: VoidParameters) async throws -> AmendmentResult { amended }
    private var amended: AmendmentResult {
        AmendmentResult(
            payment: Self.known, of: Self.known, asked: Self.asked, decision: Self.decision, programme: nil, sequence: 3)
    }
    func payments(count: Int, reference: String?) async throws -> [PaymentReply] {
        [
            PaymentReply(
                payment: Self.known, time: UTCInstant(milliseconds: 5), kind: "purchase", amount: Self.asked, state: "approved",
                rule: "ALL-7", reason: .approvedOffline, reference: reference ?? "\(count)", life: "committed")
        ]
    }
    func decided(_ name: String) async throws -> DecidedPayment {
        switch name {
        case "known": DecidedPayment(payment: Self.known, asked: Self.asked, decision: Self.decision, programme: nil)
        case "0": throw DiagnosticsError.ambiguousPayment(count: 2)
        default: throw DiagnosticsError.unknownPayment
        }
    }
    func programmes() async -> [LoadedProgramme] {
        let day = CivilDate(daysSince1970: 20_778)
        return ((try? Programme.shipped()) ?? []).map { LoadedProgramme(programme: $0, file: "\($0.id).toml", today: day) }
    }
    func verifyJournal() async throws -> JournalVerdictReply {
        JournalVerdictReply(
            whole: false, records: 3, firstSequence: 1, lastSequence: 3, purgedThrough: 2, restored: 1, brokenAt: 4,
            fault: "seal", sentence: "s")
    }
    func journal(limit: Int) async throws -> JournalReply { JournalReply(journal: [try await journalRecord(sequence: 1)]) }
    func journalRecord(sequence: Int64) async throws -> JournalRecordReply {
        guard sequence == 1 else { throw DiagnosticsError.unknownRecord }
        return JournalRecordReply(
            sequence: sequence, record: "r", payment: "p", kind: "refund", amount: Self.amount, approved: Self.amount,
            rule: "ALL-7", reason: "approvedOffline", decidedAt: 1, reference: "x", programme: "p", account: "A1",
            original: "o", queue: "waiting", chain: "00", isSealed: true)
    }
    func purgeJournal(days: Int) async throws -> JournalPurgeReply { JournalPurgeReply(purged: days, stoppedBy: "s", payments: 1) }
    func acknowledgeJournal() async throws -> JournalVerdictReply { try await verifyJournal() }
    func readTag(timeoutSeconds: Int?, prompt: @escaping @Sendable (String) async -> Void) async throws -> TagReply {
        var reply = TagReply(prompt: "p", uid: "04", kind: "type2", uri: "https://example.com")
        (reply.capacity, reply.problem, reply.chip, reply.genuine) = (492, "readOnly", "NTAG215", true)
        reply.records = [TagRecord(.text, uri: "u", text: "t", language: "sv", type: "T", bytes: 1)]
        return reply
    }
    func writeTag(
        _ parameters: WriteTagParameters, prompt: @escaping @Sendable (String) async -> Void
    ) async throws -> TagWrittenReply {
        TagWrittenReply(prompt: "p", uid: parameters.uid, kind: "type2", capacity: 492, bytes: 12)
    }
    func trace(count: Int, timeoutSeconds: Int?, onNews: @escaping @Sendable (TraceReply) async throws -> Void) async throws {
        for _ in 0..<count { try await onNews(Self.tap) }
    }
    static let tap = TraceReply(payment: "p", lane: "lane 1", at: 1, exchanges: 2, transcript: "kassad-transcript 1")
}

@Suite("The technician's interface")
struct DiagnosticsInterfaceTests {
    @Test("Every declared method is carried out, and nothing else")
    func methods() throws {
        let interface = try DiagnosticsInterface.make(FullTerminal())
        #expect(Set(interface.methods.map(\.name)) == interface.declaredMethods)
        #expect(interface.methods.filter(\.streams).map(\.name) == [
            "Pay", "ReadTag", "WriteTag", "FlushQueue", "Collect", "WatchAnnouncements", "TraceTaps",
        ])
    }

    @Test("Every field of every reply is declared")
    func fields() async throws {
        let terminal = FullTerminal()
        let replies: [any Encodable] = [
            await terminal.status(), await terminal.readers(), try await terminal.queue(limit: 1, setAside: true),
            try await terminal.flush { _ in }, ShowQueuedReply(record: try await terminal.queued("1")),
            try await terminal.retry(nil), try await terminal.exportQueue(after: nil),
            try await terminal.declined(openOnly: true, limit: 1),
            GiveUpDeclinedReply(declined: try await terminal.giveUpDeclined("p")),
            AnnouncementReply(announcement: "open", declined: FullTerminal.bounced), try await terminal.pay(PayParameters(amount: "1", currency: "SEK")) { _ in },
            try await terminal.readTag(timeoutSeconds: nil) { _ in },
            try await terminal.writeTag(WriteTagParameters(uid: "04", records: [])) { _ in }, FullTerminal.tap, TraceReply(prompt: "p"),
            AmendmentReply(result: try await terminal.void(VoidParameters(payment: "known"))),
            PaymentsReply(payments: try await terminal.payments(count: 1, reference: nil)), try await terminal.verifyJournal(),
            try await terminal.journal(limit: 1), try await terminal.journalRecord(sequence: 1),
            try await terminal.purgeJournal(days: 1),
            ExplainReply(try await terminal.decided("known"), in: .finnish),
            ProgrammesReply(programmes: await terminal.programmes().map(ProgrammeReply.init)), TextReply(text: []),
        ] + (await terminal.programmes().map { ProgrammeDataReply($0) })
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

    @Test("Clients that know none of the newer fields go on working")
    func olderClients() throws {
        let parameters = try JSONDecoder().decode(
            PayParameters.self, from: Data(#"{"amount":"95.00","currency":"SEK"}"#.utf8))
        let request = try parameters.purchaseRequest()
        #expect(request == PurchaseRequest(amount: Money(minorUnits: 9_500, currency: .sek)))
        // And an older terminal is not told of what was not asked for.
        let sent = String(decoding: try JSONEncoder().encode(PayParameters(amount: "1", currency: "SEK")), as: UTF8.self)
        #expect(!sent.contains("basket") && !sent.contains("hold"))
        let store = try JSONDecoder().decode(StoreReply.self, from: Data(#"{"state":"ok"}"#.utf8))
        #expect(store == StoreReply(state: "ok"))
    }

    @Test(
        "Wrong amounts are refused by the name of their field",
        arguments: [
            ("1.005", "SEK", [], "amount"), ("1.00", "kronor", [], "currency"),
            ("2.00", "SEK", [("food", "1.00"), ("meal", "1,00")], "basket[1].amount"),
            ("1.00", "SEK", [("", "1.00")], "basket[0].category"),
        ] as [(String, String, [(String, String)], String)])
    func wrongAmounts(amount: String, currency: String, basket: [(String, String)], field: String) {
        let lines = basket.map { BasketLineParameters(category: $0.0, amount: $0.1) }
        let parameters = PayParameters(amount: amount, currency: currency, basket: lines)
        #expect(throws: DiagnosticsError.malformedField(field)) { try parameters.purchaseRequest() }
    }

    @Test("Pay's basket, partial approval, voucher loss and hold reach the rules")
    func request() throws {
        let request = try PayParameters(
            amount: "120.00", currency: "SEK",
            basket: [.init(category: "food", amount: "80.00"), .init(category: "alcohol", amount: "40.00")], partial: true,
            voucherLoss: true, hold: true
        ).purchaseRequest()
        #expect(request.kind == .hold && request.allowsPartial && request.acceptsVoucherLoss)
        #expect(request.basket.map(\.category) == ["food", "alcohol"])
        #expect(request.basket.map(\.amount.minorUnits) == [8_000, 4_000])
    }

    @Test("CARD-11, SMA-4: a payment in part tells approved, due, shares and lines")
    func partial() async throws {
        let reply = try await FullTerminal().pay(PayParameters(amount: "1", currency: "SEK")) { _ in }
        #expect(reply.approved?.text == "80.00 SEK" && reply.due?.text == "40.00 SEK")
        #expect(reply.split?.first?.denomination == 8_000 && reply.split?.first?.units == 1)
        #expect(reply.lines?.map(\.kind) == ["purchase"])
        #expect(reply.valueDate == "2026-11-23" && reply.provisional == true)
        #expect(reply.trace?.first?.inputs == "available 81.00 SEK")
    }

    @Test("ALL-1: an explanation is told in the language asked for")
    func explained() async throws {
        let reply = ExplainReply(try await FullTerminal().decided("known"), in: .swedish)
        #expect(reply.rules.map(\.sentence) == ["Saldot måste räcka till köpet."])
        #expect(reply.rules.first?.inputs == [InputReply(name: "disponibelt", value: "81.00 SEK")])
        #expect(reply.remedy == "none" && reply.due.text == "40.00 SEK")
        #expect(reply.text.first == "GODKÄNT  80.00 SEK; begärt 120.00 SEK, att betala 40.00 SEK")
    }

    private func keys(of value: Any) -> Set<String> {
        switch value {
        case let object as [String: Any]: object.reduce(into: Set(object.keys)) { $0.formUnion(keys(of: $1.value)) }
        case let array as [Any]: array.reduce(into: []) { $0.formUnion(keys(of: $1)) }
        default: []
        }
    }
}
