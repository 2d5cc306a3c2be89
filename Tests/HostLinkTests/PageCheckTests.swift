import Core
import HostProtocol
import Testing

@testable import HostLink

@Suite("Limit pages: each field within its bounds, refused by its name")
struct PageCheckTests {
    typealias Change = @Sendable (inout LimitPage) -> Void

    static let nonce = UUIDv7(milliseconds: 1, random: [1])
    static let other = UUIDv7(milliseconds: 2, random: [2])

    static let good = AccountLimit(
        account: "A1", programme: "p", version: 9, currency: .eur,
        purses: [
            PurseBalance(purse: "lunch", balance: -5), PurseBalance(purse: "vouchers", denomination: 500, balance: 3),
            PurseBalance(purse: "vouchers", denomination: 1000, balance: 0),
        ],
        status: .active, countedThrough: 7, countedDay: nil, purchasesOnCountedDay: 2,
        offlineAllowance: OfflineAllowance(amount: 1, count: 0, perTransaction: 1), instruments: [],
        openHolds: [nonce], pin: PINState(disabled: false, verifier: "AAAA"))

    /// The answer to `request`: a delta from 5 to 9.
    static func page(_ change: (inout LimitPage) -> Void) -> LimitPage {
        var page = LimitPage(
            terminal: "T1", nonce: nonce, version: 9, base: 5, issuedAt: UTCInstant(milliseconds: 1), merchant: "M1",
            enrolledProgrammes: ["p"], risk: TerminalRiskLimits(exposureCap: 0, maximumCacheAge: 0), accounts: [good],
            removed: ["A2"], merchantCategory: "5812", rates: [ExchangeRate(from: .eur, to: .sek, rate: "11.20")])
        change(&page)
        return page
    }

    static func check(
        snapshot: SnapshotPosition? = nil, since: Int64 = 5, _ change: (inout LimitPage) -> Void
    ) throws -> LimitPage {
        try AnswerCheck.page(
            try WireJSON.encode(page(change)), terminal: "T1",
            request: LimitRequest(since: since, nonce: nonce, snapshot: snapshot))
    }

    struct Wrong: Sendable, CustomTestStringConvertible {
        var field: String
        var change: Change
        var testDescription: String { field }
        init(_ field: String, _ change: @escaping Change) {
            self.field = field
            self.change = change
        }
        /// Of the account.
        static func account(_ field: String, _ change: @escaping @Sendable (inout AccountLimit) -> Void) -> Wrong {
            Wrong("accounts[0].\(field)") { change(&$0.accounts[0]) }
        }
        static func purse(_ change: @escaping @Sendable (inout PurseBalance) -> Void) -> Wrong {
            account("purses") { change(&$0.purses[1]) }
        }
    }

    static let long = String(repeating: "x", count: 65)
    static let wrong: [Wrong] = [
        Wrong("type") { $0.type = .batch }, Wrong("terminal") { $0.terminal = "T2" }, Wrong("nonce") { $0.nonce = other },
        Wrong("issuedAt") { $0.issuedAt = UTCInstant(milliseconds: 0) },
        Wrong("issuedAt") { $0.issuedAt = UTCInstant(milliseconds: 253_402_300_800_000) },
        Wrong("incarnation") { $0.incarnation = 0 }, Wrong("incarnation") { $0.incarnation = 2 },
        Wrong("base") { $0.base = 4 }, Wrong("base") { $0.base = -1 }, Wrong("version") { $0.version = 4 },
        Wrong("version") { $0.version = .max }, Wrong("incarnation") { $0.incarnation = .max },
        Wrong("position") { $0.position = SnapshotPosition(at: 9, after: "a") },
        Wrong("next") { $0.next = SnapshotPosition(at: 9, after: "a") },
        Wrong("more") {
            $0.more = true
            $0.version = 5
        },
        Wrong("merchant") { $0.merchant = "" }, Wrong("merchant") { $0.merchant = long },
        Wrong("enrolledProgrammes") { $0.enrolledProgrammes = (0...64).map { "p\($0)" } },
        Wrong("enrolledProgrammes") { $0.enrolledProgrammes = ["p", "q r"] },
        Wrong("risk") { $0.risk.exposureCap = -1 }, Wrong("risk") { $0.risk.maximumCacheAge = -1 },
        Wrong("risk") { $0.risk.exposureCap = .max }, Wrong("risk") { $0.risk.maximumCacheAge = .max },
        Wrong("merchantCategory") { $0.merchantCategory = "581" }, Wrong("merchantCategory") { $0.merchantCategory = "58a2" },
        Wrong("rates[0]") { $0.rates[0].rate = "0.00" }, Wrong("rates[0]") { $0.rates[0].rate = "-1" },
        Wrong("rates[0]") { $0.rates[0].rate = "1.1.1" }, Wrong("rates[0]") { $0.rates[0].rate = "1e3" },
        Wrong("rates[0]") { $0.rates[0].to = .eur },
        Wrong("rates") { $0.rates = Array(repeating: $0.rates[0], count: 1001) },
        Wrong("accounts") { $0.accounts = Array(repeating: $0.accounts[0], count: 10_001) },
        Wrong("accounts[1].account") {
            $0.accounts.append($0.accounts[0])
            $0.accounts[1].account = ""
        },
        .account("account") { $0.account = long }, .account("account") { $0.account = "å" },
        .account("account") { $0.account = "A\n1" }, .account("programme") { $0.programme = "q" },
        .account("version") { $0.version = 10 }, .account("version") { $0.version = -1 },
        .account("countedThrough") { $0.countedThrough = -1 }, .account("countedThrough") { $0.countedThrough = .max },
        .account("purchasesOnCountedDay") { $0.purchasesOnCountedDay = -1 },
        .account("purchasesOnCountedDay") { $0.purchasesOnCountedDay = .max },
        .account("amountOnCountedDay") { $0.amountOnCountedDay = -1 },
        .account("amountOnCountedDay") { $0.amountOnCountedDay = 1_000_000_000_000_001 },
        .account("offlineAllowance") { $0.offlineAllowance?.amount = -1 },
        .account("offlineAllowance") { $0.offlineAllowance?.count = -1 },
        .account("offlineAllowance") { $0.offlineAllowance?.perTransaction = .max },
        .account("openHolds") { $0.openHolds = Array(repeating: nonce, count: 257) },
        .account("pin") { $0.pin?.verifier = String(repeating: "A", count: 1025) },
        .account("pin") { $0.pin?.enabledFrom = UTCInstant(milliseconds: -1) },
        .account("instruments") { account in
            account.instruments = (0..<257).map { number in
                InstrumentBinding(
                    pseudonym: Pseudonym(domain: "pan1", identifier: "\(number)", key: .init(size: .bits256)), kind: .card)
            }
        },
        .account("purses") { $0.purses = (0...64).map { PurseBalance(purse: "p\($0)", balance: 0) } },
        .account("purses") { $0.purses.append($0.purses[1]) },
        .purse { $0.purse = "" }, .purse { $0.purse = long }, .purse { $0.denomination = 0 },
        .purse { $0.denomination = -500 }, .purse { $0.denomination = .max }, .purse { $0.balance = .max },
        .purse {
            $0.denomination = 1_000_000
            $0.balance = 1_000_000_001
        },
        .account("purses") { $0.purses[0].balance = .min },
        .account("purses") { $0.purses[0].balance = -1_000_000_000_000_001 },
        Wrong("removed[1]") { $0.removed.append("") },
        Wrong("removed") { $0.removed = Array(repeating: "A", count: 100_001) },
    ]

    @Test("A page within all bounds is taken as it is")
    func right() throws {
        #expect(try Self.check { _ in } == Self.page { _ in })
        #expect(try Self.check { $0.accounts[0].purses[0].balance = 1_000_000_000_000_000 }.accounts.count == 1)
        #expect(try Self.check { $0.more = true }.more)
        #expect(try Self.check { $0.version = 5; $0.accounts = [] }.version == 5)
    }

    @Test("A delta out of bounds is refused by the name of its field", arguments: wrong)
    func refused(_ wrong: Wrong) {
        #expect(throws: LinkFailure.malformed(field: wrong.field)) { try Self.check(wrong.change) }
    }

    @Test("Stop-list changes that are no whole entries, or without a known reason, are refused", arguments: ["AAAA", "CQ=="])
    func stops(_ added: String) throws {
        let text = String(decoding: try WireJSON.encode(Self.page { _ in }), as: UTF8.self)
            .replacingOccurrences(of: #""stops":{"added":"""#, with: #""stops":{"added":"\#(added)""#)
        #expect(throws: LinkFailure.malformed(field: "stops")) {
            try AnswerCheck.page(
                Array(text.utf8), terminal: "T1", request: LimitRequest(since: 5, nonce: Self.nonce))
        }
    }

    static let here = SnapshotPosition(at: 9, after: "A1")
    static let there = SnapshotPosition(at: 9, after: "A5")

    @Test("A snapshot page goes on where it was asked to, or begins anew")
    func snapshot() throws {
        #expect(try Self.check { $0.base = 0 }.base == 0)
        #expect(try Self.check { $0.base = 0; $0.next = Self.here }.next == Self.here)
        #expect(try Self.check(snapshot: Self.here) { $0.base = 0; $0.position = Self.here; $0.next = Self.there }.next == Self.there)
        #expect(try Self.check(snapshot: Self.here) { $0.base = 0; $0.next = Self.here }.position == nil)
        // An account may have moved on since the first page, but not by more than books can.
        #expect(try Self.check { $0.base = 0; $0.accounts[0].version = 11 }.accounts[0].version == 11)
        #expect(throws: LinkFailure.malformed(field: "accounts[0].version")) {
            try Self.check { $0.base = 0; $0.accounts[0].version = 1_000_000_010 }
        }
        // Which version and incarnation may follow is the store's to judge: it knows what is rolled back.
        #expect(try Self.check(since: 50) { $0.base = 0 }.version == 9)
    }

    static let wrongSnapshots: [Wrong] = [
        Wrong("more") { $0.more = true }, Wrong("position") { $0.position = there },
        Wrong("position") { $0.position = here; $0.version = 10 },
        Wrong("next") { $0.position = here; $0.next = here },
        Wrong("next") { $0.next = SnapshotPosition(at: 8, after: "A1") },
        Wrong("next") { $0.next = SnapshotPosition(at: 9, after: "") },
        Wrong("next") { $0.next = SnapshotPosition(at: 9, after: String(repeating: "x", count: 257)) },
    ]

    @Test("A snapshot page from elsewhere is refused by the name of its field", arguments: wrongSnapshots)
    func refusedSnapshot(_ wrong: Wrong) {
        #expect(throws: LinkFailure.malformed(field: wrong.field)) {
            try Self.check(snapshot: Self.here) {
                $0.base = 0
                wrong.change(&$0)
            }
        }
    }

    /// A value that no field has is refused where it is decoded: by its path, but for numbers that no integer holds, of
    /// which Foundation's decoder does not say where they are.
    @Test("Values of the wrong type are refused", arguments: [
        (#""balance":-5"#, #""balance":9223372036854775808"#, ""), (#""balance":-5"#, #""balance":"5""#, "balance"), (#""status":"active""#, #""status":"x""#, "status"),
        (#""currency":"EUR""#, #""currency":"XXX""#, "currency"), (#""version":9"#, #""version":1.5"#, ""),
    ])
    func types(_ from: String, _ to: String, _ last: String) throws {
        let text = String(decoding: try WireJSON.encode(Self.page { _ in }), as: UTF8.self)
            .replacingOccurrences(of: from, with: to)
        #expect {
            try AnswerCheck.page(Array(text.utf8), terminal: "T1", request: LimitRequest(since: 5, nonce: Self.nonce))
        } throws: { error in
            guard case LinkFailure.malformed(let field) = error else { return false }
            return last.isEmpty || field.hasSuffix(last)
        }
    }
}
