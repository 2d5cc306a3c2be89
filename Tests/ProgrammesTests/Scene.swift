import Core
import Foundation
import HostProtocol
import Testing

@testable import Programmes

func sek(_ text: String) -> Money { money(text, .sek) }
func eur(_ text: String) -> Money { money(text, .eur) }

/// A wrong text becomes an amount that no rule takes.
func money(_ text: String, _ currency: Currency) -> Money {
    (try? Money(decimal: text, currency: currency)) ?? Money(minorUnits: .min, currency: currency)
}

/// `2026-11-30T23:59:59.999+01:00`, by Foundation's own reading, to the millisecond.
func at(_ text: String) -> UTCInstant {
    let format = Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains("."))
    let seconds = (try? Date(text, strategy: format))?.timeIntervalSince1970 ?? .nan
    return UTCInstant(milliseconds: Int64((seconds * 1000).rounded()))
}

func day(_ text: String) -> CivilDate? { CivilDate(text) }

/// The shipped programmes by id, read once.
private let shipped: [String: Programme] = Dictionary(
    uniqueKeysWithValues: ((try? Programme.shipped()) ?? []).map { ($0.id, $0) })

/// One payment and its surroundings in which everything is well; a test spoils one thing.
struct Scene: Sendable {
    var id: String
    /// In the place of the shipped programme of that id.
    var file: Programme?
    var request: PurchaseRequest
    var evidence: InstrumentEvidence
    var account: AccountState?
    var terminal: TerminalState
    var now = TrustedTime(instant: at("2026-11-19T12:00:00+01:00"), anchored: true)
    var draw = 99

    var programme: Programme {
        get throws { try #require(file ?? shipped[id]) }
    }

    func decide() throws -> Decision {
        try programme.decide(request, evidence: evidence, account: account, terminal: terminal, now: now, draw: draw)
    }

    /// The same at the issuer.
    func authorise() throws -> Decision {
        try programme.authorise(
            request, account: try #require(account), cardExpiry: evidence.expiry,
            merchantCategory: terminal.merchantCategory,
            rates: terminal.rates, now: now.instant)
    }

    func beforeCard(offline: Bool) throws -> Decision? {
        try programme.refusalBeforeCard(request, terminal: terminal, now: now, offline: offline)
    }

    // MARK: Shorthand

    var amount: Money {
        get { request.amount }
        set { request.amount = newValue }
    }

    /// Instant, by a clock that the host has set.
    mutating func time(_ text: String) { now = TrustedTime(instant: at(text), anchored: true) }

    mutating func limit(_ change: (inout AccountLimit) -> Void) {
        guard var account else { return }
        change(&account.limit)
        self.account = account
    }

    /// Minor units, points or a number of vouchers in a purse; the purse is added when the account lacks it.
    mutating func purse(_ purse: String, _ balance: Int64, denomination: Int64? = nil, validThrough: String? = nil) {
        limit { limit in
            limit.purses.removeAll { $0.purse == purse && $0.denomination == denomination }
            limit.purses.append(
                PurseBalance(
                    purse: purse, denomination: denomination, balance: balance,
                    validThrough: validThrough.flatMap { CivilDate($0) }))
        }
    }

    mutating func allowance(_ amount: Int64, count: Int = 100, single: Int64 = .max) {
        limit { $0.offlineAllowance = OfflineAllowance(amount: amount, count: count, perTransaction: single) }
    }

    mutating func uncounted(_ change: (inout UncountedSpends) -> Void) {
        guard var account else { return }
        change(&account.uncounted)
        self.account = account
    }

    mutating func basket(_ lines: (String, String)...) {
        let currency = request.amount.currency
        request.basket = lines.map { BasketLine(amount: money($0.1, currency), category: $0.0) }
        request.amount = (try? Money.sum(request.basket.map(\.amount), currency: currency)) ?? request.amount
    }

    // MARK: Scenes

    /// 95.00 SEK by a proved TC of a card with 1,000.00, the host away, within every limit.
    static let card = Scene(
        id: "epassi-card", request: PurchaseRequest(amount: sek("95.00")),
        evidence: InstrumentEvidence(cryptogram: .tc, authentication: .passed, expiry: day("2027-05-31")),
        account: AccountState(
            limit: AccountLimit(
                account: "A1", programme: "epassi-card", version: 7, currency: .sek, balance: 100_000, status: .active,
                countedThrough: 0, countedDay: day("2026-11-19"), purchasesOnCountedDay: 0,
                offlineAllowance: OfflineAllowance(amount: 50_000, count: 3, perTransaction: 30_000), instruments: [])),
        terminal: shop)

    /// 12.70 EUR by a proved tag: 10.00 benefit, 500 points, 50.00 own money.
    static let wallet = Scene(
        id: "epassi-wallet", request: PurchaseRequest(amount: eur("12.70")), evidence: tag,
        account: account("epassi-wallet", [("benefit", 1000), ("points", 0), ("own", 5000)]), terminal: shop)

    /// 12.00 EUR by a proved tag: 50.00 balance, no vouchers.
    static let smartum = Scene(
        id: "smartum", request: PurchaseRequest(amount: eur("12.00")), evidence: tag,
        account: account("smartum", [("balance", 5000)]), terminal: shop)

    /// 10.00 EUR by the application's receipt: 50.00 lunch benefit.
    static let mobile = Scene(
        id: "epassi-mobile", request: PurchaseRequest(amount: eur("10.00")),
        evidence: InstrumentEvidence(
            cryptogram: .none, authentication: .notPerformed, verification: .receipt, expiry: nil, kind: .app),
        account: account("epassi-mobile", [("lunch", 5000)]), terminal: shop)

    /// A file of the test's own, with an account of its currency.
    static func of(_ file: Programme, _ purses: [(String, Int64)], _ amount: Money, evidence: InstrumentEvidence = tag)
        -> Scene
    {
        var account = account(file.id, purses)
        account.limit.currency = file.currency
        var scene = Scene(
            id: file.id, file: file, request: PurchaseRequest(amount: amount), evidence: evidence, account: account,
            terminal: shop)
        scene.terminal.enrolledProgrammes = [file.id]
        return scene
    }

    static let tag = InstrumentEvidence(
        cryptogram: .none, authentication: .passed, verification: .device, expiry: nil, kind: .tag)

    private static let shop = TerminalState(
        enrolledProgrammes: ["epassi-card", "epassi-wallet", "epassi-mobile", "smartum", "smartum-plus"],
        risk: TerminalRiskLimits(exposureCap: 1_000_000, maximumCacheAge: 259_200_000), exposure: 0, cacheAge: 60_000,
        hostReachable: false, merchant: "M1", merchantCategory: "5812")

    private static func account(_ programme: String, _ purses: [(String, Int64)]) -> AccountState {
        AccountState(
            limit: AccountLimit(
                account: "A1", programme: programme, version: 7, currency: .eur,
                purses: purses.map { PurseBalance(purse: $0.0, balance: $0.1) }, status: .active, countedThrough: 0,
                countedDay: day("2026-11-19"), purchasesOnCountedDay: 0,
                offlineAllowance: OfflineAllowance(amount: 1_000_000, count: 100, perTransaction: 1_000_000),
                instruments: []))
    }
}
