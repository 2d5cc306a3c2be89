import Core
import Foundation
import GRDB
import HostProtocol
import Testing

@testable import HostLedger

@Suite("Support cases")
struct SupportCaseTests {
    private func open(_ books: Books) async throws -> [SupportCase] { try await books.ledger.cases() }

    private func resolve(_ books: Books, _ number: Int64, _ outcome: SupportCase.Outcome) async throws -> String {
        do {
            try await books.ledger.resolveCase(number, outcome, by: "anna", why: "merchant's receipt seen", now: Books.noon)
            return outcome.rawValue
        } catch LedgerError.refused(let reason) {
            return reason
        }
    }

    @Test("A held completion of an authorisation that the books have forgotten is booked by order, and its account goes on")
    func heldCompletion() async throws {
        let books = try await Books()
        var journal = Journal()
        let original = Books.id()
        let completion = try journal.record(.completion, 24_000) { $0.original = original }
        let refund = try journal.record(.refund, 4_000) { $0.original = original }
        let next = try journal.record(.offlineApproval, 1_000)
        #expect(try await books.send([completion, refund, next]) == ["applied", "applied", "applied"])
        #expect(try await books.account()?.countedThrough == 0)
        let cases = try await open(books)
        #expect(cases.map(\.kind) == [.held, .held] && cases.map(\.note) == ["unknownOriginal", "unknownOriginal"])
        #expect(try await resolve(books, cases[0].number, .closed) == "recordWaits")
        #expect(try await resolve(books, cases[0].number, .booked) == "booked")
        // The refund that waited for it is booked with it.
        let limit = try #require(try await books.account())
        #expect(limit.balance == 100_000 - 24_000 + 4_000 - 1_000)
        #expect(limit.countedThrough == 3)
        let report = try books.report()
        #expect(report.held == [] && report.faults == [])
        #expect(try await open(books) == [])
        let all = try await books.ledger.cases(openOnly: false)
        #expect(all.map(\.outcome) == [.booked, .booked])
        #expect(all[0].resolvedBy == "anna" && all[0].why == "merchant's receipt seen")
        #expect(all[1].resolvedBy == "kassa-host")
        #expect(try await resolve(books, cases[0].number, .dismissed) == "caseResolved")
        #expect(try await books.send([completion, refund, next]) == ["duplicate", "duplicate", "duplicate"])
        #expect(try books.report().payments.count == report.payments.count)
    }

    @Test("A held record that is dismissed moves nothing, and its account goes on")
    func dismissed() async throws {
        let books = try await Books()
        var journal = Journal()
        let unknown = try journal.record(.onlineApproval, 9_500)
        #expect(try await books.send([unknown, try journal.record(.offlineApproval, 1_000)]) == ["applied", "applied"])
        #expect(try await books.account()?.countedThrough == 0)
        let number = try #require(try await open(books).first?.number)
        #expect(try await resolve(books, number, .dismissed) == "dismissed")
        let limit = try #require(try await books.account())
        #expect(limit.balance == 99_000 && limit.countedThrough == 2)
        #expect(try books.report().faults == [] && books.report().held == [])
        #expect(try await books.send([unknown]) == ["duplicate"])
    }

    @Test("A refund refused for the cap blocks its account until it is booked above the cap, or dismissed", arguments: [
        SupportCase.Outcome.booked, .dismissed,
    ])
    func refusedRefund(_ outcome: SupportCase.Outcome) async throws {
        let books = try await Books()
        var journal = Journal()
        let payment = Books.id()
        try await books.send([try journal.record(.offlineApproval, 20_000, payment: payment)])
        let cap = try #require(books.ledger.programmes["epassi-card"]?.balanceCap)
        try await books.ledger.setBalance(
            Money(minorUnits: cap.minorUnits - 1, currency: .sek), account: "A1", now: Books.noon)
        let refund = try journal.record(.refund, 20_000) { $0.original = payment }
        for _ in 0..<2 { #expect(try await books.send([refund]) == ["rejected balanceCapExceeded"]) }
        try await books.send([try journal.record(.offlineApproval, 1)])
        #expect(try await books.account()?.countedThrough == 1)
        let cases = try await open(books)
        #expect(cases.map(\.kind) == [.rejected] && cases.first?.note == "balanceCapExceeded")
        #expect(try await resolve(books, try #require(cases.first?.number), outcome) == outcome.rawValue)
        let limit = try #require(try await books.account())
        #expect(limit.countedThrough == 3)
        #expect(limit.balance == cap.minorUnits - 2 + (outcome == .booked ? 20_000 : 0))
        // The terminal sends it once more, hears that it is done, and lets it go.
        #expect(try await books.send([refund]) == ["duplicate"])
        #expect(try await books.account() == limit)
        #expect(try books.report().faults == [] && books.report().terminals.first?.missing == [])
    }

    @Test("Mended at the cause and sent again, a refused record's case ends by itself")
    func mended() async throws {
        let books = try await Books()
        var journal = Journal()
        let payment = Books.id()
        try await books.send([try journal.record(.offlineApproval, 20_000, payment: payment)])
        let cap = try #require(books.ledger.programmes["epassi-card"]?.balanceCap)
        try await books.ledger.setBalance(cap, account: "A1", now: Books.noon)
        let refund = try journal.record(.refund, 20_000) { $0.original = payment }
        #expect(try await books.send([refund]) == ["rejected balanceCapExceeded"])
        try await books.ledger.setBalance(Books.sek(1), account: "A1", now: Books.noon)
        #expect(try await books.send([refund]) == ["applied"])
        #expect(try await open(books) == [])
    }

    @Test("Nothing can be booked of what gives back an unknown payment; a failed booking changes nothing")
    func nothingToBook() async throws {
        let books = try await Books()
        var journal = Journal()
        try await books.send([try journal.record(.void, 0) { $0.original = Books.id() }])
        let number = try #require(try await open(books).first?.number)
        #expect(try await resolve(books, number, .booked) == "nothingToBook")
        #expect(try books.report().held.count == 1)
        #expect(try await open(books).count == 1)
        #expect(try await resolve(books, number, .dismissed) == "dismissed")
        #expect(try await books.account()?.countedThrough == 1)
        #expect(try await resolve(books, 99, .closed) == "unknownCase")
    }

    @Test("Disputes and late declines are closed with who and why; what is resolved stays as it is")
    func audit() async throws {
        let books = try await Books()
        var journal = Journal()
        #expect(
            try await books.send([try journal.record(.deferredApproval, 900_000)]).first?.hasPrefix("declinedLater") == true)
        let dispute = try await books.ledger.openCase(payment: Books.id(), note: "paid twice?", by: "bo", now: Books.noon)
        #expect(try await open(books).map(\.kind) == [.declinedLater, .dispute])
        #expect(try await resolve(books, dispute, .booked) == "noRecord")
        #expect(try await resolve(books, dispute, .closed) == "closed")
        await #expect(throws: LedgerError.malformed(field: "why")) {
            try await books.ledger.resolveCase(1, .closed, by: "anna", why: "", now: Books.noon)
        }
        for sql in ["UPDATE support_case SET why = 'other' WHERE number = \(dispute)", "DELETE FROM support_case"] {
            await #expect(throws: LedgerError.self) { try await books.ledger.write { try $0.run(sql) } }
        }
    }
}
