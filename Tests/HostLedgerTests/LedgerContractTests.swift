import Core
import Crypto
import Foundation
import HostLedger
import HostProtocol
import Programmes
import Testing

/// What any books have to keep, by the port alone.
@Suite("The books' contract")
struct LedgerContractTests {
    static let fee = [ChargeLine(kind: .purchase, amount: Books.sek(10_000)), ChargeLine(kind: .fee, amount: Books.sek(50))]
    static let split = [PurseShare(purse: "prepaid", units: 10_050, money: 10_050)]

    @Test("A record is booked once, known by its id and its body; the answer is the same for ever", arguments: BooksKind.allCases)
    func exactlyOnce(_ kind: BooksKind) async throws {
        let books = try await LedgerContract(kind)
        var journal = Journal()
        let first = try journal.record(.offlineApproval, 10_000), second = try journal.record(.offlineApproval, 500)
        #expect(try await books.ledger.journalPosition(of: "T1") == nil)
        #expect(try await books.send([first]) == ["applied"])
        #expect(try await books.send([first, first, second]) == ["duplicate", "duplicate", "applied"])
        // The same id with another body, and the same record from another terminal.
        var other = try WireJSON.decode(JournalRecord.self, from: Array(first.body))
        (other.amount, other.approved) = (Books.sek(1), Books.sek(1))
        let forged = ForwardedRecord(
            id: first.id, sequence: 1, chain: first.chain, body: Data(try WireJSON.encode(other)))
        #expect(try await books.send([forged, forged]) == ["rejected idReused", "rejected idReused"])
        #expect(try await books.send([first], from: "T2") == ["rejected idReused"])
        #expect(try await books.send([first]) == ["duplicate"])
        let seen = try await books.account()
        #expect(seen?.balance == 89_500 && seen?.countedThrough == 2 && seen?.purchasesOnCountedDay == 2)
        #expect(try await books.ledger.journalPosition(of: "T1") == JournalPosition(sequence: 2, chain: second.chain))
        #expect(try await books.imbalance() == [:])
        await #expect(throws: LedgerError.unknownTerminal) { try await books.send([first], from: "T9") }
    }

    @Test("Sent by many at once, it is booked once; a balance pays as often as it goes", arguments: BooksKind.allCases)
    func together(_ kind: BooksKind) async throws {
        let books = try await LedgerContract(kind)
        var journal = Journal()
        let record = try journal.record(.offlineApproval, 10_000)
        let outcomes = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<8 { group.addTask { try await books.send([record]) } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(outcomes.count { $0 == "applied" } == 1 && outcomes.count { $0 == "duplicate" } == 7)
        // 900.00 are left: they pay 400.00 twice, whoever asks and in whatever order.
        let requests = try (0..<6).map { _ in try Books.request(40_000) }
        let approved = try await withThrowingTaskGroup(of: Bool.self) { group in
            for (place, request) in requests.enumerated() {
                group.addTask { try await books.authorise(request, from: place % 2 == 0 ? "T1" : "T2").approved }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(approved == 2)
        #expect(try await books.account()?.balance == 10_000)
        #expect(try await books.imbalance() == [:])
    }

    @Test("A batch is accepted in part: what is wrong with one record keeps none of the others", arguments: BooksKind.allCases)
    func partial(_ kind: BooksKind) async throws {
        let books = try await LedgerContract(kind)
        var journal = Journal()
        let first = try journal.record(.offlineApproval, 100)
        let wrong = try journal.record(.offlineApproval, 100) { $0.approved = Books.sek(101) }
        let euros = try journal.record(.offlineApproval, 100, currency: .eur)
        let garbage = ForwardedRecord(id: Books.id(), sequence: 9, chain: Data(repeating: 0, count: 32), body: Data("{".utf8))
        let last = try journal.record(.offlineApproval, 100)
        let told = ["applied", "rejected malformed:approved", "rejected malformed", "rejected currencyMismatch", "applied"]
        #expect(try await books.send([first, wrong, garbage, euros, last]) == told)
        let again = ["duplicate", "rejected malformed:approved", "rejected malformed", "rejected currencyMismatch", "duplicate"]
        #expect(try await books.send([first, wrong, garbage, euros, last]) == again)
        // ALL-3: the last one is booked, and counts only when those before it do: its terminal subtracts it itself.
        #expect(try await books.account(at: "T2")?.balance == 99_800)
        let own = try await books.account()
        #expect(own?.balance == 99_900 && own?.countedThrough == 1)
    }

    @Test("ALL-3: what a terminal sees adds up, in whatever order its records come", arguments: BooksKind.allCases)
    func anyOrder(_ kind: BooksKind) async throws {
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2], [2, 0, 3, 1]] {
            let books = try await LedgerContract(kind)
            var journal = Journal()
            let amounts: [Int64] = [1000, 2000, 4000, 8000]
            let records = try amounts.map { try journal.record(.offlineApproval, $0) }
            var arrived: Set<Int> = []
            for index in order {
                try await books.send([records[index]])
                arrived.insert(index)
                let limit = try #require(try await books.account())
                let counted = (0..<4).first { !arrived.contains($0) } ?? 4
                #expect(limit.countedThrough == Int64(counted))
                #expect(limit.balance - amounts[counted...].reduce(0, +) == 85_000)
                #expect(limit.purchasesOnCountedDay + (4 - counted) == 4)
                let booked = arrived.map { amounts[$0] }.reduce(0, +)
                #expect(try await books.account(at: "T2")?.balance == 100_000 - booked)
            }
        }
    }

    @Test("CARD-3: of what came ahead, one gives back what another took: the day's sum is the counted records'", arguments: BooksKind.allCases)
    func aheadAndBack(_ kind: BooksKind) async throws {
        let books = try await LedgerContract(kind)
        var journal = Journal()
        let (late, payment) = (try journal.record(.offlineApproval, 1000), Books.id())
        let hold = try journal.record(.hold, 5000, payment: payment) { $0.expiresAt = Books.noon.advanced(byMilliseconds: 3_600_000) }
        let release = try journal.record(.release, 0) { $0.original = payment }
        #expect(try await books.send([hold, release]) == ["applied", "applied"])
        #expect(try await books.account()?.amountOnCountedDay == 0)
        #expect(try await books.send([late]) == ["applied"])
        #expect(try await books.account()?.amountOnCountedDay == 1000)
    }

    @Test("An authorisation gives the same bytes to the same question, and is no other's", arguments: BooksKind.allCases)
    func authorised(_ kind: BooksKind) async throws {
        let books = try await LedgerContract(kind)
        let request = try Books.request(9_500)
        let bytes = try await books.ledger.authorise(request, terminal: "T1", now: Books.noon)
        let later = try await books.ledger.authorise(request, terminal: "T1", now: Books.noon.advanced(byMilliseconds: 5_000))
        #expect(bytes == later)
        let answer = try WireJSON.decode(AuthorisationAnswer.self, from: bytes)
        #expect(answer.approved && answer.account?.balance == 90_500)
        var other = request
        other.amount = Books.sek(9_600)
        await #expect(throws: LedgerError.paymentReused) { try await books.authorise(other) }
        await #expect(throws: LedgerError.paymentReused) { try await books.authorise(request, from: "T2") }
        // Its record confirms it, and moves nothing; another amount is not what was authorised.
        var journal = Journal()
        let wrong = try journal.record(.onlineApproval, 9_000, payment: request.payment)
        let right = try journal.record(.onlineApproval, 9_500, payment: request.payment)
        #expect(try await books.send([wrong, right]) == ["rejected amountMismatch", "applied"])
        #expect(try await books.account(at: "T2")?.balance == 90_500)
        #expect(try await books.authorise(try Books.request(9_000_000)).approved == false)
        #expect(try await books.account(at: "T2")?.balance == 90_500)
    }

    @Test("ALL-10: a reversal gives back once; one that comes first makes a decline of what comes after", arguments: BooksKind.allCases)
    func reversal(_ kind: BooksKind) async throws {
        let books = try await LedgerContract(kind)
        var journal = Journal()
        let early = try Books.request(5_000)
        #expect(try await books.send([try journal.record(.reversal, 0, payment: early.payment, account: nil)]) == ["applied"])
        for _ in 0..<2 {
            let answer = try await books.authorise(early)
            #expect(!answer.approved && answer.rule == "ALL-10")
        }
        #expect(try await books.account()?.balance == 100_000)

        let booked = try Books.request(5_000)
        #expect(try await books.authorise(booked).approved)
        var second = Journal(terminal: "T2")
        #expect(
            try await books.send([try second.record(.reversal, 0, payment: booked.payment, account: nil)], from: "T2")
                == ["rejected notYourPayment"])
        #expect(try await books.account()?.balance == 95_000)
        let undo = try (0..<2).map { _ in try journal.record(.reversal, 0, payment: booked.payment, account: nil) }
        #expect(try await books.send(undo) == ["applied", "applied"])
        #expect(try await books.account()?.balance == 100_000)
        #expect(try await books.account()?.purchasesOnCountedDay == 0)
        #expect(try await books.ledger.receipt(of: booked.payment).state == "reversed")
        #expect(try await books.imbalance() == [:])
    }

    @Test("CARD-12: a hold reserves, ends as a purchase, or is given back when its time is over", arguments: BooksKind.allCases)
    func holds(_ kind: BooksKind) async throws {
        let books = try await LedgerContract(kind)
        var journal = Journal()
        let (kept, released, over) = (Books.id(), Books.id(), Books.id())
        let end = Books.noon.advanced(byMilliseconds: 60_000)
        for payment in [kept, released, over] {
            #expect(try await books.send([try journal.record(.hold, 2_000, payment: payment) { $0.expiresAt = end }]) == ["applied"])
        }
        #expect(try await books.account()?.balance == 94_000)
        #expect(try await books.account().map { Set($0.openHolds) } == [kept, released, over])
        let too = try journal.record(.completion, 2_001) { $0.original = kept }
        let full = try journal.record(.completion, 1_500) { $0.original = kept }
        let twice = try journal.record(.completion, 100) { $0.original = kept }
        let back = try journal.record(.release, 0) { $0.original = released }
        #expect(
            try await books.send([too, full, twice, back]) == ["rejected holdExceeded", "applied", "rejected holdClosed", "applied"])
        let late = Books.noon.advanced(byMilliseconds: 60_001)
        #expect(try await books.ledger.expireHolds(now: Books.noon) == 0)
        #expect(try await books.ledger.expireHolds(now: late) == 1)
        #expect(try await books.ledger.expireHolds(now: late) == 0)
        #expect(try await books.account(at: "T2", now: late)?.balance == 98_500)
        // Completed after its time: the whole of it is taken, for nothing is reserved any more.
        #expect(try await books.send([try journal.record(.completion, 700) { $0.original = over }], at: late) == ["applied"])
        #expect(try await books.account(at: "T2", now: late)?.balance == 97_800)
        #expect(try await books.ledger.receipt(of: over).state == "completed")
        #expect(try await books.ledger.receipt(of: released).state == "released")
        #expect(try await books.imbalance() == [:])
    }

    @Test("CARD-13, CARD-14: refunds up to what was paid, a void once, and each by its merchant", arguments: BooksKind.allCases)
    func refunds(_ kind: BooksKind) async throws {
        let books = try await LedgerContract(kind)
        var journal = Journal()
        let (bought, voided) = (Books.id(), Books.id())
        try await books.send([
            try journal.record(.offlineApproval, 3_000, payment: bought), try journal.record(.offlineApproval, 4_000, payment: voided),
        ])
        let refunds = try [1_000, 2_001, 2_000, 1].map { try journal.record(.refund, Int64($0)) { $0.original = bought } }
        #expect(
            try await books.send(refunds)
                == ["applied", "rejected refundExceedsPurchase", "applied", "rejected refundExceedsPurchase"])
        let voids = try [voided, voided, bought].map { original in try journal.record(.void, 0) { $0.original = original } }
        #expect(try await books.send(voids) == ["applied", "rejected purchaseChanged", "rejected purchaseChanged"])
        #expect(try await books.account(at: "T2")?.balance == 100_000)
        #expect(try await books.ledger.receipt(of: bought).refunded == 3_000)
        #expect(try await books.sides()["merchant:M1"] == 0)
        #expect(try await books.imbalance() == [:])
    }

    @Test("A record that speaks of what is not known yet waits, and is booked when it is", arguments: BooksKind.allCases)
    func waiting(_ kind: BooksKind) async throws {
        let books = try await LedgerContract(kind)
        var journal = Journal()
        let payment = Books.id()
        let bought = try journal.record(.offlineApproval, 2_000, payment: payment, account: "A7")
        let refund = try journal.record(.refund, 500, account: "A7") { $0.original = payment }
        #expect(try await books.send([refund, bought]) == ["applied", "applied"])
        #expect(try await books.send([bought]) == ["duplicate"])
        await #expect(throws: LedgerError.refused("unknownPurchase")) { try await books.ledger.receipt(of: payment) }
        try await books.open("A7", balance: 10_000)
        #expect(try await books.account("A7")?.balance == 8_500)
        #expect(try await books.ledger.receipt(of: payment).refunded == 500)
        await #expect(throws: LedgerError.exists) { try await books.open("A7") }
        #expect(try await books.imbalance() == [:])
    }

    @Test("A receipt has both sides of each entry, purse by purse, with its value date", arguments: BooksKind.allCases)
    func receipts(_ kind: BooksKind) async throws {
        let books = try await LedgerContract(kind)
        var journal = Journal()
        let payment = Books.id()
        // CARD-15: Friday 20 November 2026, 16:00:01 in Helsinki, and a minute before: the cut is between them.
        let late = UTCInstant(milliseconds: 1_795_183_201_000)
        let early = late.advanced(byMilliseconds: -60_000)
        try await books.send(
            [try journal.record(.offlineApproval, 10_000, payment: payment) { ($0.lines, $0.split) = (Self.fee, Self.split) }], at: early)
        try await books.send([try journal.record(.void, 0) { $0.original = payment }], at: late)
        let receipt = try await books.ledger.receipt(of: payment)
        #expect(receipt.account == "A1" && receipt.merchant == "M1" && receipt.terminal == "T1" && receipt.state == "voided")
        #expect(receipt.charged == 10_000 && receipt.chargedCurrency == "SEK" && receipt.payment == payment.description)
        #expect(receipt.entries.map(\.kind) == ["offlineApproval", "void"])
        #expect(receipt.entries.map(\.valueDate) == ["2026-11-20", "2026-11-23"])
        #expect(receipt.entries.map(\.amount) == [-10_050, 10_050])
        #expect(receipt.entries.map { $0.lines.map(\.money) } == [[-10_050], [10_050]])
        #expect(receipt.entries.map { $0.lines.map(\.balance) } == [[89_950], [100_000]])
        let sides = receipt.entries.map { $0.sides.map { "\($0.ledger) \($0.money)" }.sorted() }
        #expect(sides == [["fees 50", "merchant:M1 10000"], ["fees -50", "merchant:M1 -10000"]])
        #expect(try await books.sides() == ["customers": 100_000, "issuer": -100_000, "merchant:M1": 0, "fees": 0])
        #expect(try await books.imbalance() == [:])
    }

    @Test("Versions go forward: each page of a delta brings its terminal to its last change, and none is left out", arguments: BooksKind.allCases)
    func versions(_ kind: BooksKind) async throws {
        let books = try await LedgerContract(kind)
        for number in 2...6 { try await books.open("A\(number)") }
        let base = try await books.page().version
        // Changed twice, A4 comes once, at its newest.
        for id in ["A4", "A2", "A6", "A4"] { try await books.ledger.setStatus(id == "A2" ? .blocked : .suspended, account: id) }
        var (since, seen, versions): (Int64, [String], [Int64]) = (base, [], [base])
        while true {
            let page = try await books.page(since: since, size: LimitPageSize(accounts: 1))
            #expect(page.base == since)
            seen += page.accounts.map(\.account)
            versions.append(page.version)
            since = page.version
            guard page.more else { break }
        }
        #expect(seen == ["A2", "A6", "A4"])
        #expect(versions == versions.sorted() && Set(versions).count == versions.count)
        #expect(since == (try await books.page().version))
        let rest = try await books.page(since: since)
        #expect(rest.base == since && rest.accounts.isEmpty && !rest.more)
        // A version that is not of these books, and a terminal that may see other things than before: a snapshot.
        #expect(try await books.page(since: since + 100).base == 0)
        try await books.setTerminal("T1")
        let fresh = try await books.page(since: since)
        #expect(fresh.base == 0 && fresh.version > since && fresh.accounts.count == 6)
    }

    @Test("Who replaced a terminal begins a new journal: its numbers and its place are not the old one's", arguments: BooksKind.allCases)
    func replaced(_ kind: BooksKind) async throws {
        let books = try await LedgerContract(kind)
        var journal = Journal()
        let records = try (0..<3).map { _ in try journal.record(.offlineApproval, 1_000) }
        try await books.send([records[0], records[2]])
        try await books.setTerminal("T1")
        #expect(try await books.ledger.journalPosition(of: "T1") == nil)
        // What the old one spent is counted as far as it is known.
        let seen = try await books.account()
        #expect(seen?.balance == 98_000 && seen?.countedThrough == 3)
        var fresh = Journal()
        fresh.accountSequence = 3
        let next = try fresh.record(.offlineApproval, 500)
        #expect(try await books.send([next, records[0]]) == ["applied", "duplicate"])
        #expect(try await books.account()?.countedThrough == 4)
        #expect(try await books.ledger.journalPosition(of: "T1") == JournalPosition(sequence: 1, chain: next.chain))
    }

    @Test("Terminal and books agree on what both hold, and a difference is named", arguments: BooksKind.allCases)
    func reconciled(_ kind: BooksKind) async throws {
        let books = try await LedgerContract(kind)
        var journal = Journal()
        let records = try (0..<3).map { try journal.record(.offlineApproval, 1_000 + Int64($0)) }
        try await books.send(records)
        let named = records.map {
            ReconciledRecord(sequence: $0.sequence, id: $0.id, bodyHash: Data(JournalChain.bodyHash(Array($0.body))))
        }
        func ask(_ count: Int) async throws -> ReconciliationAnswer {
            var summary = ReconciliationSummary()
            for (place, name) in named.prefix(count).enumerated() {
                try summary.add(
                    name, programme: "epassi-card", kind: "offlineApproval", currency: .sek, amount: 1_000 + Int64(place),
                    approved: 1_000 + Int64(place))
            }
            return try await books.ledger.reconcile(
                ReconciliationRequest(
                    nonce: Books.id(), scope: ReconciliationScope(first: 1, last: 10), lines: summary.lines,
                    digest: summary.digest), terminal: "T1", now: Books.noon)
        }
        let agreed = try await ask(3)
        #expect(agreed.agrees && agreed.lines.map(\.count) == [3] && agreed.lines.map(\.approved) == [3_003])
        let differs = try await ask(2)
        #expect(!differs.agrees && differs.records == named && differs.next == nil)
    }

    @Test("The host that serves the wire needs no more than the port", arguments: BooksKind.allCases)
    func served(_ kind: BooksKind) async throws {
        let books = try await LedgerContract(kind)
        let key = Curve25519.Signing.PrivateKey()
        try await books.setTerminal("T1", key: key)
        let service = HostService(ledger: books.ledger, signingKey: Curve25519.Signing.PrivateKey(), clock: { Books.noon })
        var journal = Journal()
        let record = try journal.record(.offlineApproval, 1_000)
        let body = try WireJSON.encode(RecordBatch(records: [record]))
        func post(_ path: String, _ body: [UInt8]) async throws -> HostService.Reply {
            try await service.answer(
                path: path, terminal: "T1",
                signature: try HostSignature.signRequest(method: "POST", path: path, body: body, key: key), body: body)
        }
        for outcome in [RecordResult.Outcome.applied, .duplicate] {
            let reply = try await post(HostPath.records, body)
            #expect(reply.status == 200)
            let answer = try WireJSON.decode(BatchAnswer.self, from: reply.body)
            #expect(answer.results.map(\.outcome) == [outcome] && answer.journal?.sequence == 1 && answer.pace != nil)
        }
        // Held open until somebody changes what it may see.
        let since = try await books.page().version
        let asked = try WireJSON.encode(LimitRequest(since: since, nonce: Books.id(), hold: 30_000, incarnation: 1))
        async let waiting = post(HostPath.limits, asked)
        try await books.ledger.setStatus(.blocked, account: "A1")
        let page = try WireJSON.decode(LimitPage.self, from: try await waiting.body)
        #expect(page.base == since && page.accounts.map(\.status) == [.blocked])
    }

    @Test("The rules, those who serve the wire and the books in memory know no database", arguments: [
        "LedgerPort", "HostService", "HostResponder", "PaceKeeper", "CertificateDesk", "TagKeyDesk", "LimitWatch", "RecordRules", "FollowUpRules",
        "AuthorisationRules", "DeferredApprovals", "DoubleEntry", "BookChange", "Charge", "MemoryLedger", "MemoryBooks",
        "MemoryRecords", "MemoryPages",
    ])
    func seam(_ file: String) throws {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let source = try String(
            contentsOf: package.appendingPathComponent("Sources/HostLedger/\(file).swift"), encoding: .utf8)
        for word in ["import GRDB", "SELECT ", "UPDATE ", "INSERT "] { #expect(!source.contains(word), "\(word)") }
        if !file.hasPrefix("Memory") { #expect(!source.contains(": SQLiteLedger")) }
    }
}
