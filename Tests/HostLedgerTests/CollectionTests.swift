import Core
import Crypto
import Foundation
import HostProtocol
import Programmes
import Testing

@testable import HostLedger

@Suite("Collecting what was declined later (ALL-7)")
struct CollectionTests {
    /// Books whose account was emptied after the terminal had approved `amount`.
    private func bounced(_ amount: Int64 = 60_000) async throws -> (books: Books, journal: Journal, payment: UUIDv7) {
        let books = try await Books()
        var journal = Journal()
        let payment = Books.id()
        try await books.ledger.setBalance(Books.sek(0), account: "A1", now: Books.noon)
        let results = try await books.send([try journal.record(.deferredApproval, amount, payment: payment)])
        #expect(results == ["declinedLater insufficientFunds"])
        return (books, journal, payment)
    }

    private func collection(of original: UUIDv7, _ amount: Int64 = 60_000, payment: UUIDv7 = Books.id()) throws
        -> AuthorisationRequest
    {
        var request = try Books.request(amount, payment: payment)
        (request.kind, request.original) = (.collection, original)
        return request
    }

    @Test("Booked once, whichever payment asks; the same request is answered alike; the record confirms it")
    func once() async throws {
        var (books, journal, payment) = try await bounced()
        #expect(try await books.authorise(try collection(of: payment)).reason == "insufficientFunds")
        try await books.ledger.setBalance(Books.sek(100_000), account: "A1", now: Books.noon)
        let request = try collection(of: payment)
        let answer = try await books.authorise(request)
        #expect(answer.approved && answer.account?.balance == 40_000)
        #expect(try await books.authorise(request) == answer)
        let again = try await books.authorise(try collection(of: payment))
        #expect(!again.approved && again.rule == "ALL-7" && again.reason == "collectionNotDue")
        #expect(try await books.send([
            try journal.record(.onlineApproval, 60_000, payment: request.payment) { $0.original = payment }
        ]) == ["applied"])
        #expect(try await books.account()?.balance == 40_000)
        #expect(try books.report().faults == [])
        let declined = try await books.ledger.declined(openOnly: false)
        #expect(declined.map(\.state) == [.collected] && declined.first?.collectedBy == request.payment.description)
        #expect(try await books.ledger.declined(openOnly: true) == [])
    }

    @Test("Only what is open, of this terminal, of this account, at most the amount", arguments: [
        "unknown", "approved", "more", "otherTerminal", "otherAccount", "cleared",
    ])
    func notDue(_ what: String) async throws {
        var (books, journal, payment) = try await bounced()
        try await books.ledger.setBalance(Books.sek(200_000), account: "A1", now: Books.noon)
        var (request, terminal) = (try collection(of: payment), "T1")
        switch what {
        case "unknown": request = try collection(of: Books.id())
        case "approved":
            let good = Books.id()
            #expect(try await books.send([try journal.record(.deferredApproval, 60_000, payment: good)]) == ["applied"])
            request = try collection(of: good)
        case "more": request = try collection(of: payment, 60_001)
        case "otherTerminal": terminal = "T2"
        case "otherAccount":
            try await books.ledger.unbind(Books.instrument, now: Books.noon)
            try await books.ledger.addAccount(
                "A2", programme: "epassi-card", balance: Books.sek(100_000), instruments: [Books.instrument], now: Books.noon)
        default: try await books.ledger.clearDeclined(payment, now: Books.noon)
        }
        let answer = try await books.authorise(request, from: terminal)
        #expect(!answer.approved && answer.reason == "collectionNotDue")
    }

    @Test("A collection whose reversal comes is open again; one whose reversal came first books nothing (ALL-10)")
    func reversed() async throws {
        var (books, journal, payment) = try await bounced()
        try await books.ledger.setBalance(Books.sek(100_000), account: "A1", now: Books.noon)
        let request = try collection(of: payment)
        #expect(try await books.authorise(request).approved)
        let reversal = try journal.record(.reversal, 60_000, payment: request.payment)
        #expect(try await books.send([reversal, reversal]) == ["applied", "duplicate"])
        #expect(try await books.account()?.balance == 100_000)
        #expect(try await books.ledger.declined(openOnly: true).count == 1)
        let late = try collection(of: payment)
        #expect(try await books.send([try journal.record(.reversal, 60_000, payment: late.payment)]) == ["applied"])
        #expect(try await books.authorise(late).rule == "ALL-10")
        #expect(try await books.authorise(try collection(of: payment)).approved)
        #expect(try await books.account()?.balance == 40_000)
        #expect(try books.report().faults == [])
    }

    @Test("A collection that names nothing, or a purchase that names something, is malformed")
    func malformed() async throws {
        let (books, _, payment) = try await bounced()
        var request = try collection(of: payment)
        request.original = nil
        await #expect(throws: LedgerError.malformed(field: "original")) { try await books.authorise(request) }
        (request.kind, request.original) = (nil, payment)
        await #expect(throws: LedgerError.malformed(field: "original")) { try await books.authorise(request) }
    }

    @Test("A collection that is declined carries the word on the next try, and is answered alike; a purchase carries none", arguments: [
        (.suspended, .later, 86_400), (.lostOrStolen, .never, nil), (.active, nil, nil),
    ] as [(AccountStatus, CollectionAdvice?, Int64?)])
    func declinedCollection(_ status: AccountStatus, _ retry: CollectionAdvice?, _ seconds: Int64?) async throws {
        let (books, _, payment) = try await bounced()
        try await books.ledger.setStatus(status, account: "A1")
        let request = try collection(of: payment)
        let answer = try await books.authorise(request)
        #expect(!answer.approved && answer.retry == retry && answer.retryAfter == seconds)
        #expect(try await books.authorise(request) == answer)
        let purchase = try await books.authorise(try Books.request(60_000))
        #expect(!purchase.approved && purchase.retry == nil && purchase.retryAfter == nil)
    }

    @Test("Cleared by hand: the terminal hears of it once in a delta, and in every snapshot; nothing is cleared twice")
    func cleared() async throws {
        let (books, _, payment) = try await bounced()
        let since = try await books.page().version
        #expect(try await books.page(since: since).clearedDeclines == nil)
        try await books.ledger.clearDeclined(payment, now: Books.noon)
        let delta = try await books.page(since: since)
        #expect(delta.clearedDeclines == [payment] && delta.base == since && delta.version > since)
        #expect(try await books.page(since: delta.version).clearedDeclines == nil)
        #expect(try await books.page().clearedDeclines == [payment])
        #expect(try await books.page("T2").clearedDeclines == nil)
        await #expect(throws: LedgerError.refused("purchaseChanged")) {
            try await books.ledger.clearDeclined(payment, now: Books.noon)
        }
        await #expect(throws: LedgerError.refused("unknownPurchase")) {
            try await books.ledger.clearDeclined(Books.id(), now: Books.noon)
        }
    }

    @Test("The terminal is told whether to try again, each time alike", arguments: [
        ("insufficientFunds", nil, nil), ("lostOrStolen", .never, nil), ("suspended", .later, 86_400),
    ] as [(String, CollectionAdvice?, Int64?)])
    func advice(_ reason: String, _ retry: CollectionAdvice?, _ seconds: Int64?) async throws {
        let books = try await Books()
        var journal = Journal()
        switch reason {
        case "lostOrStolen": try await books.ledger.setStatus(.lostOrStolen, account: "A1")
        case "suspended": try await books.ledger.setStatus(.suspended, account: "A1")
        default: try await books.ledger.setBalance(Books.sek(0), account: "A1", now: Books.noon)
        }
        let batch = RecordBatch(records: [try journal.record(.deferredApproval, 100)])
        for _ in 0..<2 {
            let result = try #require(try await books.ledger.apply(batch, terminal: "T1", now: Books.noon).first)
            #expect(result.reason == reason && result.retry == retry && result.retryAfter == seconds)
        }
    }

    @Test("ALL-10: a reversal before its original is kept for ever: the original is declined days later, and after a restart")
    func reversalKept() async throws {
        let books = try await Books()
        var journal = Journal()
        let request = try Books.request(9_500)
        #expect(try await books.send([try journal.record(.reversal, 9_500, payment: request.payment)]) == ["applied"])
        let reopened = try SQLiteLedger(
            path: books.path, programmes: try Programme.shipped(), evidenceKey: Books.sealing, pseudonymKey: Books.pseudonymKey)
        let later = Books.noon.advanced(byMilliseconds: 40 * 86_400_000)
        let answer = try WireJSON.decode(
            AuthorisationAnswer.self, from: try await reopened.authorise(request, terminal: "T1", now: later))
        #expect(!answer.approved && answer.rule == "ALL-10")
        #expect(try await books.account()?.balance == 100_000)
    }
}

@Suite("A queue brought in by hand")
struct RecordImportTests {
    private let key = Curve25519.Signing.PrivateKey()

    private func books() async throws -> Books {
        let books = try await Books()
        try await books.ledger.setTerminal(
            "T3", merchant: "M1", signingKey: key.publicKey, programmes: ["epassi-card"],
            risk: TerminalRiskLimits(exposureCap: 500_000, maximumCacheAge: 86_400_000), merchantCategory: "5812", now: Books.noon)
        try await books.ledger.setAllowance(
            OfflineAllowance(amount: 50_000, count: 3, perTransaction: 30_000), account: "A1", terminal: "T3")
        return books
    }

    private func export(_ records: [ForwardedRecord], count: Int? = nil, terminal: String = "T3") throws -> [String] {
        try [QueueExport.sign(QueueExport.Header(terminal: terminal, count: count ?? records.count, exportedAt: Books.noon), key: key)]
            + records.map { try QueueExport.sign(QueueExport.Line(terminal: terminal, record: $0, quarantined: nil), key: key) }
    }

    private func run(_ lines: [String], into books: Books) async throws -> RecordImport.Outcome {
        let file = FileManager.default.temporaryDirectory.appending(path: "export-\(UUID().uuidString)")
        try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try await RecordImport(file: file, into: books.ledger).run(now: Books.noon)
    }

    @Test("Applied exactly as if forwarded: what the host has already is a duplicate, also when the terminal comes back")
    func applied() async throws {
        let books = try await books()
        var journal = Journal(terminal: "T3")
        let records = try (0..<3).map { _ in try journal.record(.offlineApproval, 1_000) }
        #expect(try await books.send([records[0]], from: "T3") == ["applied"])
        let outcome = try await run(try export(records), into: books)
        #expect(outcome.applied == 2 && outcome.duplicates == 1 && outcome.rejected == [] && outcome.found == outcome.expected)
        #expect(try await books.send(records, from: "T3") == ["duplicate", "duplicate", "duplicate"])
        #expect(try await books.account("T3")?.balance == 97_000)
        #expect(try books.alarms() == [])
    }

    @Test("More than one batch, and a record that is refused: the others are booked")
    func many() async throws {
        let books = try await books()
        try await books.ledger.setBalance(Books.sek(1_000_000), account: "A1", now: Books.noon)
        var journal = Journal(terminal: "T3")
        var records = try (0..<250).map { _ in try journal.record(.offlineApproval, 100) }
        records.insert(try journal.record(.offlineApproval, 100) { $0.approved = Books.sek(200) }, at: 120)
        let outcome = try await run(try export(records), into: books)
        #expect(outcome.applied == 250 && outcome.rejected.map(\.reason) == ["malformed:approved"])
        #expect(try await books.account("T3")?.balance == 1_000_000 - 25_000)
    }

    @Test("One changed byte anywhere, and nothing of the file is applied", arguments: 0..<24)
    func changed(_ seed: Int) async throws {
        let books = try await books()
        var journal = Journal(terminal: "T3")
        let lines = try export(try (0..<3).map { _ in try journal.record(.offlineApproval, 1_000) })
        var dice = SystemRandomNumberGenerator()
        let place = seed % lines.count
        var bytes = Array(lines[place].utf8)
        let at = Int.random(in: 0..<bytes.count, using: &dice)
        let old = bytes[at]
        bytes[at] = old == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        var spoiled = lines
        spoiled[place] = String(decoding: bytes, as: UTF8.self)
        await #expect(throws: RecordImport.Failure.self, "line \(place), byte \(at), was \(old)") {
            try await run(spoiled, into: books)
        }
        #expect(try await books.account("T3")?.balance == 100_000)
    }

    @Test("Lines of another file, of another terminal, and a file that is none are refused; a missing line is told")
    func strange() async throws {
        let books = try await books()
        var journal = Journal(terminal: "T3")
        let lines = try export(try (0..<3).map { _ in try journal.record(.offlineApproval, 1_000) })
        var other = Journal(terminal: "T1")
        let foreign = try QueueExport.sign(
            QueueExport.Line(terminal: "T1", record: try other.record(.offlineApproval, 1_000), quarantined: nil), key: key)
        await #expect(throws: RecordImport.Failure.changed(line: 3, field: "terminal")) {
            try await run([lines[0], lines[1], foreign], into: books)
        }
        await #expect(throws: RecordImport.Failure.changed(line: 2, field: "record")) {
            try await run([lines[0], lines[0]], into: books)
        }
        await #expect(throws: RecordImport.Failure.notAnExport) { try await run(["{}"], into: books) }
        await #expect(throws: RecordImport.Failure.notAnExport) { try await run([], into: books) }
        await #expect(throws: RecordImport.Failure.unknownTerminal("T9")) {
            try await run(try export([], terminal: "T9"), into: books)
        }
        // Signed by the key of another terminal.
        await #expect(throws: RecordImport.Failure.changed(line: 1, field: "signature")) {
            try await run(try export([], terminal: "T1"), into: books)
        }
        await #expect(throws: RecordImport.Failure.changed(line: 2, field: "line")) {
            try await run([lines[0], String(repeating: "x", count: QueueExport.maximumLineBytes + 10)], into: books)
        }
        #expect(try await books.account("T3")?.balance == 100_000)
        let outcome = try await run([lines[0], lines[1], lines[3]], into: books)
        #expect(outcome.found == 2 && outcome.expected == 3 && outcome.applied == 2)
    }
}
