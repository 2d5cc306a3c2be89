import Core
import Foundation
import HostProtocol
import Testing

@testable import HostLedger

@Suite("Purses, persons and instruments")
struct PurseTests {
    static let phone = Pseudonym(domain: "phone1", identifier: "+358401234567", key: Books.pseudonymKey)
    static let tag = Pseudonym(domain: "tag1", identifier: "04", key: Books.pseudonymKey)
    static let person = String(repeating: "ab", count: 16)

    private func wallet(_ books: Books, id: String = "W1", person: String? = person, instrument: Pseudonym = phone) async throws {
        try await books.ledger.addAccount(
            NewAccount(
                id: id, programme: "epassi-wallet", currency: .eur,
                purses: [
                    PurseBalance(purse: "benefit", balance: 1_000), PurseBalance(purse: "points", balance: 500),
                    PurseBalance(purse: "own", balance: 5_000),
                ], instruments: [InstrumentBinding(pseudonym: instrument, kind: .phone)], person: person),
            now: Books.noon)
    }

    private func request(_ amount: Int64, change: (inout AuthorisationRequest) -> Void = { _ in }) -> AuthorisationRequest {
        var request = AuthorisationRequest(
            payment: Books.id(), programme: "epassi-wallet", instrument: Self.phone,
            amount: Money(minorUnits: amount, currency: .eur), requestedAt: Books.noon, sealedEvidence: "")
        change(&request)
        return request
    }

    private func account(_ books: Books, _ id: String = "W1") async throws -> [Int64] {
        try await books.page().accounts.first { $0.account == id }?.purses.map(\.balance) ?? []
    }

    @Test("WAL-2, WAL-3: the purses share a price; a reversal gives back exactly that, points as points")
    func split() async throws {
        let books = try await Books()
        try await wallet(books)
        let request = request(2_000)
        let answer = try await books.authorise(request)
        #expect(answer.approved)
        #expect(answer.split == [
            PurseShare(purse: "benefit", units: 1_000, money: 1_000), PurseShare(purse: "points", units: 500, money: 500),
            PurseShare(purse: "own", units: 500, money: 500),
        ])
        #expect(try await account(books) == [0, 0, 4_500])
        var journal = Journal()
        try await books.send([try journal.record(.reversal, 2_000, payment: request.payment, account: "W1", currency: .eur)])
        #expect(try await account(books) == [1_000, 500, 5_000])
        #expect(try books.report().faults == [])
    }

    @Test("CARD-11, CARD-9: what is approved in part is booked in part, and confirmed as that")
    func partial() async throws {
        let books = try await Books()
        try await wallet(books)
        let request = request(10_000) {
            ($0.allowsPartial, $0.acceptsVoucherLoss) = (true, false)
            $0.basket = [
                BasketLine(amount: Money(minorUnits: 9_000, currency: .eur), category: "food"),
                BasketLine(amount: Money(minorUnits: 1_000, currency: .eur), category: "tobacco"),
            ]
        }
        let answer = try await books.authorise(request)
        #expect(answer.approved)
        #expect(answer.approvedAmount == Money(minorUnits: 6_500, currency: .eur))
        #expect(try await account(books) == [0, 0, 0])
        var journal = Journal()
        let confirmation = try journal.record(.onlineApproval, 10_000, payment: request.payment, account: "W1", currency: .eur) {
            $0.approved = Money(minorUnits: 6_500, currency: .eur)
        }
        #expect(try await books.send([confirmation]) == ["applied"])
        #expect(try books.report().faults == [])
    }

    @Test("ALL-3: what each purse has given on the way is not there to be given again")
    func uncountedShares() async throws {
        let books = try await Books()
        try await wallet(books)
        var journal = Journal()
        let split = [PurseShare(purse: "benefit", units: 1_000, money: 1_000), PurseShare(purse: "own", units: 3_000, money: 3_000)]
        let record = try journal.record(.offlineApproval, 4_000, account: "W1", currency: .eur) {
            ($0.split, $0.instrument, $0.programme, $0.sealedEvidence) = (split, Self.phone, "epassi-wallet", nil)
        }
        for sent in [false, true] {
            if sent { try await books.send([record]) }
            let most: Int64 = 500 + 2_000
            for (amount, approved) in [(most + 1, false), (sent ? most : 0, true)] where amount > 0 {
                let answer = try await books.authorise(
                    request(amount) { ($0.uncountedFrom, $0.uncountedAmount, $0.uncountedShares) = (0, 4_000, split) })
                #expect(answer.approved == approved, "\(sent) \(amount)")
            }
        }
        #expect(try books.alarms() == ["noAllowance"])
        #expect(try books.report().faults == [])
    }

    @Test("ALL-3: records that arrive ahead are left out by purse and denomination")
    func ahead() async throws {
        let books = try await Books()
        let vouchers = Pseudonym(domain: "mail1", identifier: "a@b", key: Books.pseudonymKey)
        try await books.ledger.addAccount(
            NewAccount(
                id: "S1", programme: "smartum", currency: .eur,
                purses: [
                    PurseBalance(purse: "vouchers", denomination: 500, balance: 4),
                    PurseBalance(purse: "vouchers", denomination: 1_000, balance: 1), PurseBalance(purse: "balance", balance: 2_000),
                ], instruments: [InstrumentBinding(pseudonym: vouchers, kind: .email)]), now: Books.noon)
        var journal = Journal()
        let records = try [
            [PurseShare(purse: "vouchers", denomination: 500, units: 2, money: 1_000), PurseShare(purse: "balance", units: 200, money: 200)],
            [PurseShare(purse: "vouchers", denomination: 1_000, units: 1, money: 1_000)],
        ].map { split in
            try journal.record(.offlineApproval, split.reduce(0) { $0 + $1.money }, account: "S1", currency: .eur) {
                ($0.split, $0.instrument, $0.programme) = (split, vouchers, "smartum")
            }
        }
        try await books.send([records[1]])
        #expect(try await account(books, "S1") == [4, 1, 2_000])
        #expect(try await books.page("T2").accounts.first { $0.account == "S1" }?.purses.map(\.balance) == [4, 0, 2_000])
        try await books.send([records[0]])
        #expect(try await account(books, "S1") == [2, 0, 1_800])
        #expect(try books.report().faults == [])
    }

    @Test("SMA-2: a person has one account of a programme; a new number re-links the same person; loss stops all at once")
    func persons() async throws {
        let books = try await Books()
        try await wallet(books)
        await #expect(throws: LedgerError.duplicatePerson) { try await wallet(books, id: "W2", instrument: Self.tag) }
        try await books.ledger.bind(InstrumentBinding(pseudonym: Self.tag, kind: .tag), to: "W1", now: Books.noon)
        #expect(try await books.page().accounts.first { $0.account == "W1" }?.instruments.count == 2)
        await #expect(throws: LedgerError.unknownPerson) {
            try await books.ledger.loss(person: String(repeating: "cd", count: 16), now: Books.noon)
        }
        let before = try await books.page().version
        let stopped = try await books.ledger.loss(person: Self.person, now: Books.noon)
        #expect(stopped == (1, 2))
        // One page tells all of it (WAL-6).
        let page = try await books.page(since: before)
        #expect(page.accounts.map(\.status) == [.lostOrStolen])
        #expect(page.stops == StopChanges(added: [Self.phone, Self.tag].map { StopEntry(instrument: $0, reason: .lostOrStolen) }))
        #expect(try await books.authorise(request(100)).reason == "lostOrStolen")
    }

    @Test("WAL-8: a number moves to another person; what was bought before stays where it was")
    func moved() async throws {
        let books = try await Books()
        try await wallet(books)
        try await wallet(books, id: "W2", person: nil, instrument: Self.tag)
        var journal = Journal()
        let old = try journal.record(.offlineApproval, 1_000, account: "W1", currency: .eur) {
            $0.split = [PurseShare(purse: "benefit", units: 1_000, money: 1_000)]
            ($0.instrument, $0.programme, $0.sealedEvidence) = (Self.phone, "epassi-wallet", nil)
        }
        let later = Books.noon.advanced(byMilliseconds: 60_000)
        try await books.ledger.bind(InstrumentBinding(pseudonym: Self.phone, kind: .phone), to: "W2", now: later)
        #expect(try await books.authorise(request(500)).account?.account == "W2")
        #expect(try await books.send([old]) == ["applied"])
        // It was bound when the payment was made: no doubt about that.
        #expect(try books.alarms() == ["noAllowance"])
        #expect(try await account(books) == [0, 500, 5_000])
        #expect(try await account(books, "W2") == [500, 500, 5_000])
        try await books.ledger.unbind(Self.phone, now: later)
        #expect(try await books.authorise(request(500)).reason != "approvedOnline")
        await #expect(throws: LedgerError.unknownInstrument) { try await books.ledger.unbind(Self.phone, now: later) }
    }

    @Test("WAL-5, WAL-7: own money is loaded and paid out within the programme's rules")
    func ownMoney() async throws {
        let books = try await Books()
        try await wallet(books)
        func euros(_ units: Int64) -> Money { Money(minorUnits: units, currency: .eur) }
        await #expect(throws: LedgerError.refused("loadBelowMinimum")) {
            try await books.ledger.load(euros(1_999), account: "W1", now: Books.noon)
        }
        try await books.ledger.load(euros(100_000), account: "W1", now: Books.noon)
        await #expect(throws: LedgerError.refused("loadDayExceeded")) {
            try await books.ledger.load(euros(2_000), account: "W1", now: Books.noon)
        }
        #expect(try await books.ledger.redeem(euros(105_000), account: "W1", now: Books.noon) == euros(104_500))
        await #expect(throws: LedgerError.refused("redemptionBelowMinimum")) {
            try await books.ledger.redeem(euros(499), account: "W1", now: Books.noon)
        }
        #expect(try await account(books) == [1_000, 500, 0])
        #expect(try books.report().faults == [])
    }

    @Test("Status, last day and PIN reach the terminals")
    func states() async throws {
        let books = try await Books()
        try await books.ledger.setStatus(.paused, account: "A1")
        try await books.ledger.setLastDay(CivilDate("2026-12-31"), account: "A1")
        let pin = PINState(disabled: true, enabledFrom: Books.noon)
        try await books.ledger.setPIN(pin, account: "A1")
        let limit = try #require(try await books.account())
        #expect(limit.status == .paused)
        #expect(limit.lastDay == CivilDate("2026-12-31"))
        #expect(limit.pin == pin)
        #expect(try await books.authorise(try Books.request(100)).reason == "benefitPaused")
    }

    @Test("Accounts that make no sense are refused by field", arguments: [
        ("purses", [PurseBalance(purse: "nothing", balance: 1)]), ("purses", [PurseBalance(purse: "own", balance: -1)]),
        ("purses", [PurseBalance(purse: "own", denomination: 5, balance: 1)]), ("purses", []),
    ] as [(String, [PurseBalance])])
    func senseless(_ field: String, _ purses: [PurseBalance]) async throws {
        let books = try await Books()
        await #expect(throws: LedgerError.malformed(field: field)) {
            try await books.ledger.addAccount(
                NewAccount(id: "X", programme: "epassi-wallet", currency: .eur, purses: purses), now: Books.noon)
        }
    }
}
