import Core
import Crypto
import Foundation
import GRDB
import HostProtocol
import Testing

@testable import HostLedger

@Suite("Records that wait for what the books do not know yet")
struct HeldRecordTests {
    private func open(_ books: Books, _ account: String, currency: Currency = .sek) async throws {
        try await books.ledger.addAccount(
            account, programme: "epassi-card", balance: Money(minorUnits: 50_000, currency: currency), instruments: [],
            now: Books.noon)
    }

    @Test("A spend of an unknown account is accepted once, and booked and counted when the account is opened")
    func account() async throws {
        let books = try await Books()
        var journal = Journal()
        let records = try [1000, 2000, 4000].map { try journal.record(.offlineApproval, $0, account: "A9") }
        #expect(try await books.send(records) == ["applied", "applied", "applied"])
        #expect(try await books.send(records) == ["duplicate", "duplicate", "duplicate"])
        #expect(try books.alarms() == ["heldUnknownAccount", "heldUnknownAccount", "heldUnknownAccount"])
        #expect(try books.report().held.map(\.reason) == ["unknownAccount", "unknownAccount", "unknownAccount"])
        #expect(try books.report().terminals.first?.missing == [])
        #expect(try books.report().payments == [])

        try await open(books, "A9")
        let limit = try #require(try await books.page().accounts.first { $0.account == "A9" })
        #expect(limit.balance == 43_000)
        #expect(limit.countedThrough == 3)
        #expect(limit.purchasesOnCountedDay == 3)
        #expect(try books.report().held == [])
        #expect(try books.report().payments.map(\.amount) == [-1000, -2000, -4000])
        #expect(try await books.send(records) == ["duplicate", "duplicate", "duplicate"])
        #expect(try await books.page().accounts.first { $0.account == "A9" } == limit)
        // The next one goes on.
        #expect(try await books.send([try journal.record(.offlineApproval, 100, account: "A9")]) == ["applied"])
        #expect(try await books.page().accounts.first { $0.account == "A9" }?.countedThrough == 4)
    }

    @Test("Declines of an unknown account do not hold up the count of what is booked later")
    func declines() async throws {
        let books = try await Books()
        var journal = Journal()
        let records = [
            try journal.record(.declineAdvice, 500, account: "A9"), try journal.record(.offlineApproval, 1000, account: "A9"),
            try journal.record(.torn, 500, account: "A9"),
        ]
        #expect(try await books.send(records) == ["applied", "applied", "applied"])
        try await open(books, "A9")
        let limit = try #require(try await books.page().accounts.first { $0.account == "A9" })
        #expect(limit.countedThrough == 3)
        #expect(limit.balance == 49_000)
    }

    @Test("What was held and can't be booked after all stays in sight")
    func neverBookable() async throws {
        let books = try await Books()
        var journal = Journal()
        #expect(try await books.send([try journal.record(.offlineApproval, 1000, account: "A9")]) == ["applied"])
        try await open(books, "A9", currency: .eur)
        #expect(try books.report().held.map(\.reason) == ["currencyMismatch"])
        #expect(try books.alarms() == ["heldUnknownAccount", "heldNotBooked"])
        #expect(try books.report().payments == [])
    }

    @Test("One held id with two bodies: the second is refused")
    func otherBody() async throws {
        let books = try await Books()
        var journal = Journal()
        let record = try journal.record(.offlineApproval, 1000, account: "A9")
        try await books.send([record])
        var changed = try WireJSON.decode(JournalRecord.self, from: Array(record.body))
        changed.approved = Books.sek(1)
        let forged = ForwardedRecord(
            id: record.id, sequence: 1, chain: record.chain, body: Data(try WireJSON.encode(changed)))
        #expect(try await books.send([forged]) == ["rejected idReused"])
        #expect(try books.report().held.map(\.amount) == [1000])
    }

    @Test("A completion of an unknown authorisation waits for it; its account's count waits with it")
    func authorisation() async throws {
        let books = try await Books()
        var journal = Journal()
        let request = try Books.request(9_500)
        let completion = try journal.record(.onlineApproval, 9_500, payment: request.payment)
        let spend = try journal.record(.offlineApproval, 500)
        #expect(try await books.send([completion, spend]) == ["applied", "applied"])
        #expect(try books.alarms() == ["heldUnknownAuthorisation"])
        #expect(try books.report().held.map(\.reason) == ["unknownAuthorisation"])
        #expect(try await books.account()?.countedThrough == 0)
        #expect(try await books.account()?.balance == 100_000)

        #expect(try await books.authorise(request).approved)
        #expect(try books.report().held == [])
        #expect(try await books.account()?.countedThrough == 2)
        #expect(try await books.account()?.balance == 90_000)
        #expect(try await books.send([completion]) == ["duplicate"])
    }

    @Test("A reversal settles a completion that was held")
    func reversed() async throws {
        let books = try await Books()
        var journal = Journal()
        let payment = Books.id()
        try await books.send([
            try journal.record(.onlineApproval, 9_500, payment: payment), try journal.record(.reversal, 9_500, payment: payment),
        ])
        #expect(try books.report().held == [])
        #expect(try books.alarms() == ["heldUnknownAuthorisation", "approvalAfterReversal"])
        #expect(try await books.account()?.countedThrough == 2)
        #expect(try await books.account()?.balance == 100_000)
    }

    @Test("An authorisation declined after its completion was held is for a person")
    func declinedLater() async throws {
        let books = try await Books()
        var journal = Journal()
        let request = try Books.request(100_001)
        try await books.send([try journal.record(.onlineApproval, 100_001, payment: request.payment)])
        #expect(!(try await books.authorise(request).approved))
        #expect(try books.report().held.map(\.reason) == ["authorisationDeclined"])
        #expect(try books.alarms() == ["heldUnknownAuthorisation", "heldNotBooked"])
    }

    @Test("What can never be booked is refused", arguments: [
        ("account", "rejected malformed:account"), ("currency", "rejected currencyMismatch"),
        ("amount", "rejected amountMismatch"), ("notYours", "rejected notYourPayment"),
    ])
    func refused(_ what: String, _ result: String) async throws {
        let books = try await Books()
        var journal = Journal()
        let request = try Books.request(9_500)
        let record: ForwardedRecord
        var from = "T1"
        switch what {
        case "account": record = try journal.record(.offlineApproval, 100, account: nil)
        case "currency": record = try journal.record(.offlineApproval, 100, currency: .eur)
        case "amount":
            _ = try await books.authorise(request)
            record = try journal.record(.onlineApproval, 9_400, payment: request.payment)
        default:
            _ = try await books.authorise(request)
            from = "T2"
            journal.terminal = from
            record = try journal.record(.onlineApproval, 9_500, payment: request.payment)
        }
        #expect(try await books.send([record], from: from) == [result])
        #expect(try books.report().held == [])
    }
}

@Suite("A terminal that is replaced")
struct ReplacedTerminalTests {
    private func enrol(_ books: Books, key: Curve25519.Signing.PublicKey) async throws {
        try await books.ledger.setTerminal(
            "T1", merchant: "M1", signingKey: key, programmes: ["epassi-card"],
            risk: TerminalRiskLimits(exposureCap: 500_000, maximumCacheAge: 86_400_000), now: Books.noon)
    }

    @Test("ALL-3: a new image's account numbers do not meet what the old one had sent ahead")
    func newImage() async throws {
        let books = try await Books()
        var old = Journal()
        _ = try old.record(.offlineApproval, 1000)
        #expect(try await books.send([try old.record(.offlineApproval, 2000)]) == ["applied"])
        #expect(try await books.account()?.countedThrough == 0)
        let before = try await books.page()

        try await enrol(books, key: Curve25519.Signing.PrivateKey().publicKey)
        let page = try await books.page(since: before.version)
        #expect(page.base == 0)
        let limit = try #require(page.accounts.first)
        #expect(limit.countedThrough == 2)
        // The new image has no spends of its own to subtract.
        #expect(limit.balance == 98_000)
        #expect(limit.purchasesOnCountedDay == 1)
        #expect(limit.version > (before.accounts.first?.version ?? 0))

        var new = Journal(accountSequence: limit.countedThrough)
        let records = [try new.record(.offlineApproval, 4000), try new.record(.offlineApproval, 8000)]
        #expect(try await books.send([records[0]]) == ["applied"])
        #expect(try await books.account()?.countedThrough == 3)
        #expect(try await books.send([records[1]]) == ["applied"])
        #expect(try await books.account()?.countedThrough == 4)
        #expect(try await books.account()?.balance == 86_000)
        #expect(try books.alarms() == ["sequenceGap", "terminalReplaced"])
        #expect(try books.report().terminals.first?.highestSequence == 2)
        #expect(try books.report().terminals.first?.missing == [])
    }

    @Test("A spend of the old image that was held is booked and not counted among the new one's")
    func heldOfOld() async throws {
        let books = try await Books()
        var old = Journal()
        try await books.send([try old.record(.offlineApproval, 1000, account: "A9")])
        try await enrol(books, key: Curve25519.Signing.PrivateKey().publicKey)
        try await books.ledger.addAccount(
            "A9", programme: "epassi-card", balance: Books.sek(50_000), instruments: [], now: Books.noon)
        let limit = try #require(try await books.page().accounts.first { $0.account == "A9" })
        #expect(limit.countedThrough == 1)
        #expect(limit.balance == 49_000)
        #expect(!(try books.alarms().contains("accountSequenceReused")))
    }

    @Test("The same key again changes nothing but what the terminal may")
    func sameKey() async throws {
        let books = try await Books()
        let key = Curve25519.Signing.PrivateKey().publicKey
        try await enrol(books, key: key)
        var journal = Journal()
        let first = try journal.record(.offlineApproval, 1000)
        try await books.send([try journal.record(.offlineApproval, 2000)])
        let alarms = try books.alarms()
        try await enrol(books, key: key)
        #expect(try books.alarms() == alarms)
        #expect(try await books.account()?.countedThrough == 0)
        #expect(try await books.send([first]) == ["applied"])
        #expect(try await books.account()?.countedThrough == 2)
    }

    @Test("Books of the first version are brought up to date")
    func migration() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("old-\(UUID().uuidString).sqlite").path
        defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
        do {
            let queue = try DatabaseQueue(path: path)
            try LedgerSchema.migrator.migrate(queue, upTo: "1")
            try await queue.write { db in
                try db.execute(
                    sql: """
                        INSERT INTO terminal VALUES ('T1', x'00', 'M1', 'epassi-card', 1, 1, 1, 7);
                        INSERT INTO record VALUES (x'01', x'02', 'T1', 7, x'03', 'torn', x'04', NULL, NULL, NULL, 'SEK', 1, 0,
                            '', '', 1, 1, x'05');
                        """)
            }
            try queue.close()
        }
        _ = try SQLiteLedger(path: path, programmes: [], evidenceKey: Books.sealing, pseudonymKey: Books.pseudonymKey)
        let report = try LedgerReport(path: path)
        #expect(report.terminals.first?.highestSequence == 7)
        #expect(report.terminals.first?.missing == ["1-6"])
    }
}
