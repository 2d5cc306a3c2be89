import Core
import HostProtocol
import Testing

@testable import Programmes

/// CARD-7, CARD-8, CARD-9, CARD-10, CARD-21, CARD-22, MOB-8, SMA-1, SMA-3, WAL-6: who may pay where and for what.
@Suite("Place, goods, account and instrument")
struct CardPlaceTests {
    static let statuses: [Row] =
        [
            (AccountStatus.notActivated, "CARD-7", Reason.notActivated), (.blocked, "CARD-8", .blocked),
            (.lostOrStolen, "CARD-8", .lostOrStolen), (.suspended, "CARD-8", .suspended),
            (.paused, "MOB-8", .benefitPaused),
            (.ended, "SMA-3", .benefitEnded),
        ].flatMap { (status: AccountStatus, rule: String, reason: Reason) in
            let expected = Expected.declined(RuleID(rawValue: rule), reason)
            let change = { (scene: inout Scene) in scene.limit { $0.status = status } }
            return [
                Row("\(rule): \(status)", expected, change),
                Row("\(rule): \(status) at the issuer", atHost: true, expected, change),
                Row("\(rule): \(status), wallet", .wallet, expected, change),
                Row("\(rule): \(status), mobile", .mobile, expected, change),
                Row("\(rule): \(status), smartum", .smartum, expected, change),
            ]
        } + [
            Row("CARD-7, CARD-8, MOB-8, SMA-3: active", .pays("95.00")) { $0.limit { $0.status = .active } },
            Row("MOB-8, SMA-3: active, mobile", .mobile, .pays("10.00", [share("lunch", 1000)], after: 4000)),
        ]

    static func last(_ last: String, at time: String) -> (inout Scene) -> Void {
        { scene in
            scene.limit { $0.lastDay = day(last) }
            scene.time(time)
        }
    }

    static let ended = Expected.declined("MOB-8", .benefitEnded)
    static let lunch = Expected.pays("10.00", [share("lunch", 1000)], after: 4000)

    static let lastDays: [Row] = [
        Row(
            "MOB-8: the last day, 23:59:59.999", .mobile, lunch, last("2026-11-19", at: "2026-11-19T23:59:59.999+02:00")
        ),
        Row("MOB-8: the day after, 00:00", .mobile, ended, last("2026-11-19", at: "2026-11-20T00:00:00+02:00")),
        Row(
            "MOB-8: 23:00 in Stockholm is the day after", .mobile, ended,
            last("2026-11-19", at: "2026-11-19T23:00:00+01:00")),
        Row("MOB-8: 22:00 in UTC is the day after", .mobile, ended, last("2026-11-19", at: "2026-11-19T22:00:00Z")),
        Row("MOB-8: the day before", .mobile, lunch, last("2026-11-20", at: "2026-11-19T12:00:00+02:00")),
        Row(
            "MOB-8: clocks go back on the last day", .mobile, lunch.on("2026-10-25"),
            last("2026-10-25", at: "2026-10-25T23:59:59.999+02:00")),
        Row(
            "MOB-8: clocks went back, the day after", .mobile, ended,
            last("2026-10-25", at: "2026-10-26T00:00:00+02:00")),
        Row("MOB-8: at the host", .mobile, atHost: true, ended, last("2026-11-18", at: "2026-11-19T00:00:00+02:00")),
        Row("SMA-3: after the last day", .smartum, ended, last("2026-11-18", at: "2026-11-19T00:00:00+02:00")),
    ]

    static let codes: [Row] =
        [
            ("5812", true), ("5811", true), ("5810", false), ("5814", true), ("5815", false), ("5411", true),
            ("5410", false),
            ("5412", false), ("5499", true), ("5921", false), ("581", false), ("05812", false), ("", false),
            ("581x", false),
        ].map { (code: String, taken: Bool) in
            Row(
                "CARD-9: merchant category \(code)",
                taken ? .pays("95.00") : .declined("CARD-9", .merchantCategoryNotAllowed)
            ) {
                $0.terminal.merchantCategory = code
            }
        } + [
            Row("CARD-9: no merchant category", .declined("CARD-9", .merchantCategoryNotAllowed)) {
                $0.terminal.merchantCategory = nil
            },
            Row(
                "CARD-9: merchant category at the issuer", atHost: true,
                .declined("CARD-9", .merchantCategoryNotAllowed)
            ) {
                $0.terminal.merchantCategory = "5921"
            },
            Row("CARD-9: a programme for any merchant", .mobile, lunch) { $0.terminal.merchantCategory = nil },
        ]

    static let goods: [Row] = [
        Row("CARD-9: 80.00 food + 40.00 wine", .pays("80.00")) { $0.basket(("food", "80.00"), ("alcohol", "40.00")) },
        Row("CARD-9: 80.00 meal + 40.00 tobacco", .pays("80.00")) {
            $0.basket(("meal", "80.00"), ("tobacco", "40.00"))
        },
        Row("CARD-9: what is not named is not paid", .pays("80.00")) {
            $0.basket(("food", "80.00"), ("clothes", "40.00"))
        },
        Row("CARD-9: two lines of food", .pays("80.00")) {
            $0.basket(("food", "50.00"), ("alcohol", "1.00"), ("food", "30.00"))
        },
        Row("CARD-9: food and meal", .pays("80.00")) { $0.basket(("food", "50.00"), ("meal", "30.00")) },
        Row("CARD-9: wine alone", .declined("CARD-9", .goodsNotAllowed)) { $0.basket(("alcohol", "40.00")) },
        Row("CARD-9: food for 0.01", .pays("0.01")) { $0.basket(("alcohol", "40.00"), ("food", "0.01")) },
        Row("CARD-9: food for nothing", .declined("CARD-9", .goodsNotAllowed)) {
            $0.basket(("alcohol", "40.00"), ("food", "0.00"))
        },
        Row("CARD-9: lines one cent short", .declined("CARD-9", .basketMismatch)) {
            $0.basket(("food", "94.99"))
            $0.amount = sek("95.00")
        },
        Row("CARD-9: lines one cent above", .declined("CARD-9", .basketMismatch)) {
            $0.basket(("food", "95.01"))
            $0.amount = sek("95.00")
        },
        Row("CARD-9: a line below zero", .declined("CARD-9", .basketMismatch)) {
            $0.basket(("food", "96.00"))
            $0.request.basket.append(BasketLine(amount: Money(minorUnits: -100, currency: .sek), category: "alcohol"))
            $0.amount = sek("95.00")
        },
        Row("CARD-9: a line in another currency", .declined("CARD-9", .basketMismatch)) {
            $0.basket(("food", "95.00"))
            $0.request.basket.append(BasketLine(amount: eur("0.00"), category: "food"))
        },
        Row("CARD-9: lines that can't be added up", .declined("CARD-9", .basketMismatch)) { scene in
            scene.request.basket = [Int64.max, .max, 9502].map {
                BasketLine(amount: Money(minorUnits: $0, currency: .sek), category: "food")
            }
        },
        Row("CARD-9: 1,000 lines", .pays("10.00")) { lines(1000, &$0) },
        Row("CARD-9: 1,001 lines", .declined("CARD-9", .basketMismatch)) { lines(1001, &$0) },
        Row(
            "CARD-9: limits look at what the card pays", atHost: true,
            .pays("5000.00", of: 900_000).by("CARD-21", .approvedOnline)
        ) {
            $0.limit { $0.balance = 900_000 }
            $0.basket(("food", "5000.00"), ("alcohol", "0.01"))
        },
        Row("CARD-9, CARD-11: in part, of the food alone", .pays("70.00", of: 7000)) {
            $0.limit { $0.balance = 7000 }
            $0.request.allowsPartial = true
            $0.basket(("food", "80.00"), ("alcohol", "40.00"))
        },
    ]

    static func lines(_ count: Int, _ scene: inout Scene) {
        scene.request.basket = Array(repeating: BasketLine(amount: sek("0.01"), category: "food"), count: count)
        scene.amount = Money(minorUnits: Int64(count), currency: .sek)
    }

    static let places: [Row] = [
        Row("CARD-10: cash", .declined("CARD-10", .cashNotAllowed)) { $0.request.kind = .cash },
        Row("CARD-10: cashback", .declined("CARD-10", .cashNotAllowed)) { $0.request.kind = .cashback },
        Row("CARD-10: cash at the issuer", atHost: true, .declined("CARD-10", .cashNotAllowed)) {
            $0.request.kind = .cash
        },
        Row("CARD-10: cash from a wallet", .wallet, .declined("CARD-10", .cashNotAllowed)) { $0.request.kind = .cash },
        Row("CARD-21: no allowance and the host out of reach", .declined("CARD-21", .onlineRequired)) {
            $0.limit { $0.offlineAllowance = nil }
        },
        Row("CARD-21: an allowance of nothing", .declined("CARD-21", .onlineRequired)) { $0.allowance(0) },
        Row("CARD-21: an allowance below nothing", .declined("CARD-21", .onlineRequired)) { $0.allowance(-1) },
        Row("CARD-21: with an allowance", .pays("95.00")) { $0.allowance(9500) },
        Row("CARD-21: an ARQC while the host is away", .declined("CARD-21", .onlineRequired)) {
            $0.evidence.cryptogram = .arqc
        },
        Row("CARD-21: an ARQC while the host answers", .online) {
            $0.evidence.cryptogram = .arqc
            $0.terminal.hostReachable = true
        },
        Row("CARD-21: a card that nobody knows here", .declined("CARD-21", .unknownInstrument)) { $0.account = nil },
        Row("CARD-21: an account of another programme", .declined("CARD-21", .unknownInstrument)) {
            $0.limit { $0.programme = "epassi-wallet" }
        },
        Row("CARD-21: a programme that needs no allowance", .mobile, lunch) { $0.limit { $0.offlineAllowance = nil } },
        Row("CARD-22: the merchant is not enrolled", .declined("CARD-22", .merchantNotEnrolled)) {
            $0.terminal.enrolledProgrammes = []
        },
        Row("CARD-22: enrolled with others alone", .declined("CARD-22", .merchantNotEnrolled)) {
            $0.terminal.enrolledProgrammes = ["epassi-wallet", "epassi-car", "epassi-card2"]
        },
        Row("CARD-22: enrolled with this one alone", .pays("95.00")) {
            $0.terminal.enrolledProgrammes = ["epassi-card"]
        },
        Row("CARD-16: an account in another currency", .declined("CARD-16", .currencyNotAccepted)) {
            $0.limit { $0.currency = .eur }
        },
    ]

    @Test("Status", arguments: statuses) func statusRows(_ row: Row) throws { try row.run() }
    @Test("Last day", arguments: lastDays) func lastDayRows(_ row: Row) throws { try row.run() }
    @Test("Merchant category", arguments: codes) func codeRows(_ row: Row) throws { try row.run() }
    @Test("Basket", arguments: goods) func basketRows(_ row: Row) throws { try row.run() }
    @Test("Place", arguments: places) func placeRows(_ row: Row) throws { try row.run() }

    @Test("MOB-8: paused says whom to contact, unlike lack of funds")
    func paused() {
        #expect(Reason.benefitPaused.sentence.english.contains("contact your employer"))
        #expect(Reason.benefitPaused.sentence != Reason.insufficientFunds.sentence)
    }

    @Test("CARD-9: the card is asked for the food alone")
    func cardAmount() throws {
        var scene = Scene.card
        scene.basket(("food", "80.00"), ("alcohol", "40.00"))
        #expect(try scene.programme.cardAmount(of: scene.request) == sek("80.00"))
        scene.request.basket = []
        #expect(try scene.programme.cardAmount(of: scene.request) == sek("120.00"))
    }

    // MARK: Instruments

    /// What each programme takes, with the proof it asks for.
    static let taken: [(Scene, InstrumentKind)] = [
        (.card, .card), (.wallet, .tag), (.wallet, .phone), (.wallet, .app), (.mobile, .app), (.smartum, .tag),
        (.smartum, .email),
    ]

    static func shown(_ base: Scene, _ kind: InstrumentKind) -> Scene {
        var scene = base
        guard kind != base.evidence.kind else { return scene }
        scene.evidence = InstrumentEvidence(
            cryptogram: .none, authentication: .notPerformed, verification: kind == .app ? .receipt : .pin, expiry: nil,
            kind: kind)
        return scene
    }

    @Test("WAL-6, CARD-8: the stop list stops every instrument, whatever the account says", arguments: taken)
    func stopped(_ base: Scene, _ kind: InstrumentKind) throws {
        var scene = Self.shown(base, kind)
        #expect(try scene.decide().outcome == .approved)
        for (stop, reason) in [
            (StopReason.blocked, Reason.blocked), (.lostOrStolen, .lostOrStolen), (.suspended, .suspended),
        ] {
            scene.terminal.stopped = stop
            for reachable in [false, true] {
                scene.terminal.hostReachable = reachable
                check(try scene.decide(), .declined("CARD-8", reason), scene.amount)
            }
            scene.account = nil
            check(try scene.decide(), .declined("CARD-8", reason), scene.amount)
        }
    }

    @Test("SMA-1: a Plus user is told to use the app, by whatever else he is known", arguments: InstrumentKind.allCases)
    func plus(_ kind: InstrumentKind) throws {
        var scene = Scene.mobile
        scene.id = "smartum-plus"
        scene.limit { limit in
            limit.programme = "smartum-plus"
            limit.purses = [PurseBalance(purse: "balance", balance: 1000)]
        }
        scene.evidence.kind = kind
        let expected: Expected =
            kind == .app
            ? .pays("10.00", [share("balance", 1000)], after: 0) : .declined("SMA-1", .useAppInstead)
        check(try scene.decide(), expected, scene.amount)
    }

    @Test("ALL-7, SMA-1: a programme takes no other kind of instrument", arguments: InstrumentKind.allCases)
    func kinds(_ kind: InstrumentKind) throws {
        for base in [Scene.card, .wallet, .mobile, .smartum]
        where !Self.taken.contains(where: { $0.0.id == base.id && $0.1 == kind }) {
            let scene = Self.shown(base, kind)
            check(try scene.decide(), .declined("ALL-7", .instrumentNotAccepted), scene.amount)
        }
    }
}
