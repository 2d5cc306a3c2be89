import Core
import Crypto
import HostProtocol
import Testing

@testable import HostLedger

@Suite("Limit pages")
struct LimitPageTests {
    @Test("A delta holds what changed since, and builds on what the terminal has")
    func delta() async throws {
        let books = try await Books()
        try await books.ledger.addAccount(
            "A2", programme: "epassi-card", balance: Books.sek(5), instruments: [], now: Books.noon)
        let full = try await books.page()
        #expect(full.base == 0)
        #expect(full.accounts.map(\.account) == ["A1", "A2"])
        #expect(full.accounts.first?.instruments == [InstrumentBinding(pseudonym: Books.instrument, kind: .card)])
        #expect(full.accounts.first?.offlineAllowance?.count == 3)
        #expect(try await books.page("T2").accounts.first?.offlineAllowance == nil)

        let nothing = try await books.page(since: full.version)
        #expect(nothing.base == full.version)
        #expect(nothing.version == full.version)
        #expect(nothing.accounts == [])

        try await books.ledger.setStatus(.lostOrStolen, account: "A2")
        let change = try await books.page(since: full.version)
        #expect(change.base == full.version)
        #expect(change.version > full.version)
        #expect(change.accounts.map(\.account) == ["A2"])
        #expect(change.accounts.first?.status == .lostOrStolen)
        #expect(change.accounts.first?.version == change.version)
    }

    @Test("A version that this ledger does not know gets everything", arguments: [Int64(0), -1, 1_000_000, .max, .min])
    func unknownVersion(_ since: Int64) async throws {
        let page = try await Books().page(since: since)
        #expect(page.base == 0)
        #expect(page.accounts.count == 1)
    }

    @Test("A change of what a terminal may see makes its next page a full one")
    func changedTerminal() async throws {
        let books = try await Books()
        let full = try await books.page()
        try await books.ledger.setTerminal(
            "T1", merchant: "M2", signingKey: Curve25519.Signing.PrivateKey().publicKey, programmes: [],
            risk: TerminalRiskLimits(exposureCap: 1, maximumCacheAge: 1), now: Books.noon)
        let next = try await books.page(since: full.version)
        #expect(next.base == 0)
        #expect(next.accounts == [])
        #expect(next.merchant == "M2")
    }

    @Test("CARD-3: the counted day is the programme's, in Stockholm")
    func countedDay() async throws {
        let books = try await Books()
        let midnight = UTCInstant(milliseconds: 1_795_302_000_000)
        #expect(try await books.account(at: midnight)?.countedDay == CivilDate("2026-11-22"))
        #expect(try await books.account(at: midnight.advanced(byMilliseconds: -1))?.countedDay == CivilDate("2026-11-21"))
    }

    @Test("Administration refuses what it does not know")
    func refusals() async throws {
        let books = try await Books()
        await #expect(throws: LedgerError.exists) {
            try await books.ledger.addAccount(
                "A1", programme: "epassi-card", balance: Books.sek(1), instruments: [], now: Books.noon)
        }
        await #expect(throws: LedgerError.exists) {
            try await books.ledger.addAccount(
                "A9", programme: "epassi-card", balance: Books.sek(1), instruments: [Books.instrument], now: Books.noon)
        }
        await #expect(throws: LedgerError.unknownProgramme) {
            try await books.ledger.addAccount("A9", programme: "x", balance: Books.sek(1), instruments: [], now: Books.noon)
        }
        await #expect(throws: LedgerError.unknownAccount) { try await books.ledger.setStatus(.blocked, account: "A9") }
        await #expect(throws: LedgerError.unknownTerminal) { try await books.page("T9") }
        #expect(try books.report().accounts.count == 1)
    }
}
