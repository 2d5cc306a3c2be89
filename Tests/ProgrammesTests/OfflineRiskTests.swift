import Core
import HostProtocol
import Testing

@testable import Programmes

/// ALL-4: what a terminal may risk without its host.
@Suite("Offline risk")
struct OfflineRiskTests {
    static let amountLimit = Expected.declined("ALL-4", .offlineAmountLimit)
    static let exceeded = Expected.declined("ALL-4", .offlineAllowanceExceeded)
    static let exposed = Expected.declined("ALL-4", .terminalExposureExceeded)
    static let old = Expected.declined("ALL-4", .limitsTooOld)
    static let hour: Int64 = 3_600_000

    static func asks(_ amount: String, age: Int64 = 60_000, _ change: @escaping (inout Scene) -> Void = { _ in }) -> (
        inout Scene
    ) -> Void {
        { scene in
            scene.amount = sek(amount)
            scene.allowance(100_000)
            scene.evidence.verification = .pin
            scene.terminal.cacheAge = age
            change(&scene)
        }
    }

    static func used(_ amount: Int64, _ count: Int = 1) -> (inout Scene) -> Void {
        { scene in
            scene.uncounted {
                $0.offlineAmount = amount
                $0.offlineCount = count
            }
        }
    }

    static let limits: [Row] = [
        Row("ALL-4: floor, 500.00", .pays("500.00"), asks("500.00")),
        Row("ALL-4: floor, 500.01", amountLimit, asks("500.01")),
        Row("ALL-4: floor, 499.99", .pays("499.99"), asks("499.99")),
        Row("ALL-4: one purchase of the account, 300.00", .pays("300.00")) { $0.amount = sek("300.00") },
        Row("ALL-4: one purchase of the account, 300.01", amountLimit) { $0.amount = sek("300.01") },
        Row("ALL-4: third in a row of three", .pays("95.00"), used(0, 2)),
        Row("ALL-4: fourth in a row of three", .declined("ALL-4", .offlineCountExceeded), used(0, 3)),
        Row("ALL-4: fifth in a row of three", .declined("ALL-4", .offlineCountExceeded), used(0, 4)),
        Row("ALL-4: a count of none", .declined("ALL-4", .offlineCountExceeded)) { $0.allowance(50_000, count: 0) },
        Row("ALL-4: 405.00 of 500.00 used", .pays("95.00"), used(40_500)),
        Row("ALL-4: 405.01 of 500.00 used", exceeded, used(40_501)),
        Row("ALL-4: 404.99 of 500.00 used", .pays("95.00"), used(40_499)),
        Row("ALL-4: more used than can be counted", exceeded, used(.max)),
        Row("ALL-4: what was given back is not used", .pays("95.00"), used(-100)),
        Row("ALL-4: exposure up to the cap", .pays("95.00")) { $0.terminal.exposure = 990_500 },
        Row("ALL-4: exposure one öre above", exposed) { $0.terminal.exposure = 990_501 },
        Row("ALL-4: exposure without end", exposed) { $0.terminal.exposure = .max },
        Row("ALL-4: a cap of the payment", .pays("95.00")) { $0.terminal.risk.exposureCap = 9500 },
        Row("ALL-4: a cap one öre below", exposed) { $0.terminal.risk.exposureCap = 9499 },
        Row("ALL-4: in part, the exposure is of the part", .pays("70.00", of: 7000)) {
            $0.limit { $0.balance = 7000 }
            $0.request.allowsPartial = true
            $0.terminal.risk.exposureCap = 7000
        },
        Row("ALL-4: in part, the allowance is of the part", .pays("70.00", of: 7000)) {
            $0.limit { $0.balance = 7000 }
            $0.request.allowsPartial = true
            $0.allowance(7000, single: 7000)
        },
        Row("ALL-4: limits as old as they may be", .pays("95.00")) { $0.terminal.cacheAge = 259_200_000 },
        Row("ALL-4: limits a millisecond older", old) { $0.terminal.cacheAge = 259_200_001 },
        Row("ALL-4: limits of no known age", old) { $0.terminal.cacheAge = nil },
        Row("ALL-4: limits from now", .pays("95.00")) { $0.terminal.cacheAge = 0 },
        Row("ALL-4: limits a minute ahead of the clock", .pays("95.00")) { $0.terminal.cacheAge = -60_000 },
        Row("ALL-4: limits further ahead", old) { $0.terminal.cacheAge = -60_001 },
        Row("ALL-4: no host time since boot", .declined("ALL-4", .timeUntrusted)) {
            $0.now = TrustedTime(instant: $0.now.instant, anchored: false)
        },
        Row("A store that is not current approves nothing", .declined("ALL-4", .storeUnavailable)) {
            $0.terminal.storeIsCurrent = false
        },
        Row("A store that is not current still asks the host", .online) {
            $0.terminal.storeIsCurrent = false
            $0.terminal.hostReachable = true
            $0.evidence.cryptogram = .arqc
        },
    ]

    /// After 24 h half of allowance, single purchase and floor.
    static let graded: [Row] = [
        Row("ALL-4, 24 h: all of the floor", .pays("500.00"), asks("500.00", age: 24 * hour)),
        Row("ALL-4, 24 h and 1 ms: half of the floor", amountLimit, asks("250.01", age: 24 * hour + 1)),
        Row("ALL-4, 24 h and 1 ms: within half of the floor", .pays("250.00"), asks("250.00", age: 24 * hour + 1)),
        Row("ALL-4, 24 h: all of the allowance", .pays("95.00"), asks("95.00", age: 24 * hour) { $0.allowance(9500) }),
        Row(
            "ALL-4, 24 h and 1 ms: half of the allowance", exceeded,
            asks("95.00", age: 24 * hour + 1) { $0.allowance(18_999) }),
        Row(
            "ALL-4, 24 h and 1 ms: within half of the allowance", .pays("95.00"),
            asks("95.00", age: 24 * hour + 1) { $0.allowance(19_000) }),
        Row(
            "ALL-4, 24 h and 1 ms: half of a single purchase", amountLimit,
            asks("95.00", age: 24 * hour + 1) { $0.allowance(.max, single: 18_999) }),
        Row(
            "ALL-4, 24 h and 1 ms: within half of a single purchase", .pays("95.00"),
            asks("95.00", age: 24 * hour + 1) { $0.allowance(.max, single: 19_000) }),
        Row("ALL-4: 12 h, all of the wallet", .wallet, walletPays) {
            $0.terminal.cacheAge = 12 * hour
            $0.allowance(1270)
        },
        Row("ALL-4: 12 h and 1 ms, half of the wallet", .wallet, exceeded) {
            $0.terminal.cacheAge = 12 * hour + 1
            $0.allowance(2539)
        },
        Row("ALL-4: 48 h, half of the wallet", .wallet, walletPays) {
            $0.terminal.cacheAge = 48 * hour
            $0.allowance(2540)
        },
        Row("ALL-4: 48 h and 1 ms, nothing of the wallet", .wallet, .declined("CARD-21", .onlineRequired)) {
            $0.terminal.cacheAge = 48 * hour + 1
            $0.allowance(.max)
        },
    ]

    static let walletPays = Expected.pays("12.70", [share("benefit", 1000), share("own", 270)], after: 4730)

    @Test("Limits", arguments: limits + graded) func limitRows(_ row: Row) throws { try row.run() }

    @Test("ALL-4: a programme may do without host time")
    func withoutHostTime() throws {
        var scene = Scene.card
        scene.now = TrustedTime(instant: scene.now.instant, anchored: false)
        scene.file = try changed("epassi-card", ("host_time_required = true", "host_time_required = false"))
        check(try scene.decide(), .pays("95.00"), scene.amount)
    }

    @Test(
        "CARD-4: dated limits change at midnight in Helsinki",
        arguments: [
            ("2025-12-31T23:59:59.999+02:00", "400.00", true), ("2025-12-31T23:59:59.999+02:00", "400.01", false),
            ("2026-01-01T00:00:00+02:00", "500.00", true), ("2026-01-01T00:00:00+02:00", "500.01", false),
            ("2025-12-31T23:30:00+01:00", "500.00", true), ("2026-01-01T00:00:00+03:00", "400.01", false),
        ])
    func dated(_ time: String, _ amount: String, _ approved: Bool) throws {
        var scene = Scene.smartum
        scene.time(time)
        scene.amount = eur(amount)
        scene.purse("balance", 100_000)
        let decision = try scene.authorise()
        #expect(decision.approved == approved)
        if !approved { check(decision, .declined("CARD-4", .perTransactionLimit), scene.amount) }
    }

    static let maxima: [(Scene, String, String)] = [
        (.wallet, "own", "1000.00"), (.mobile, "lunch", "1000.00"), (.smartum, "balance", "500.00"),
        (plus, "balance", "500.00"),
    ]

    static let plus: Scene = {
        var scene = Scene.mobile
        scene.id = "smartum-plus"
        scene.limit { $0.programme = "smartum-plus" }
        return scene
    }()

    @Test("CARD-4: the largest purchase of each programme, inclusive", arguments: maxima.indices)
    func maximum(_ row: Int) throws {
        let (base, purse, maximum) = Self.maxima[row]
        var scene = base
        scene.limit { $0.purses = [PurseBalance(purse: purse, balance: 1_000_000)] }
        scene.amount = eur(maximum)
        #expect(try scene.authorise().approvedAmount == scene.amount)
        scene.amount = Money(minorUnits: scene.amount.minorUnits + 1, currency: .eur)
        check(try scene.authorise(), .declined("CARD-4", .perTransactionLimit), scene.amount)
    }

    @Test(
        "ALL-4: the floor of each programme, inclusive",
        arguments: [
            (Scene.wallet, "own", "50.00"), (.mobile, "lunch", "1000.00"), (.smartum, "balance", "100.00"),
            (plus, "balance", "500.00"),
        ])
    func floors(_ base: Scene, _ purse: String, _ floor: String) throws {
        var scene = base
        scene.limit { $0.purses = [PurseBalance(purse: purse, balance: 1_000_000)] }
        scene.amount = eur(floor)
        check(
            try scene.decide(),
            .pays(floor, [share(purse, scene.amount.minorUnits)], after: 1_000_000 - scene.amount.minorUnits),
            scene.amount)
        scene.amount = Money(minorUnits: scene.amount.minorUnits + 1, currency: .eur)
        #expect(try !scene.decide().approved)
    }

    @Test("CARD-3: the wallet's day, its 30th purchase and its 31st")
    func walletDay() throws {
        var scene = Scene.wallet
        scene.limit { $0.purchasesOnCountedDay = 29 }
        check(try scene.decide(), Self.walletPays, scene.amount)
        scene.limit { $0.purchasesOnCountedDay = 30 }
        check(try scene.decide(), .declined("CARD-3", .dailyCountExceeded), scene.amount)
    }

    @Test("CARD-3: the day's sum in the year before", arguments: [(Int64(38_800), true), (38_801, false)])
    func daySumBefore(_ host: Int64, _ approved: Bool) throws {
        var scene = Scene.smartum
        scene.time("2025-12-31T12:00:00+02:00")
        scene.limit {
            $0.countedDay = day("2025-12-31")
            $0.amountOnCountedDay = host
        }
        let paid = Expected.pays("12.00", [share("balance", 1200)], after: 3800).on("2025-12-31")
        check(try scene.decide(), approved ? paid : .declined("CARD-3", .dailyAmountExceeded), scene.amount)
    }

    @Test(
        "CARD-3: the day's sum, at the host and here",
        arguments: [
            (Int64(48_800), Int64(0), "2026-11-19", true), (48_801, 0, "2026-11-19", false),
            (40_000, 8800, "2026-11-19", true),
            (40_000, 8801, "2026-11-19", false), (48_801, 0, "2026-11-18", true), (48_801, 48_801, "2026-11-18", false),
            (.max, 1, "2026-11-19", false),
        ])
    func daySum(_ host: Int64, _ here: Int64, _ counted: String, _ approved: Bool) throws {
        var scene = Scene.smartum
        scene.limit {
            $0.countedDay = day(counted)
            $0.amountOnCountedDay = host
        }
        scene.uncounted { $0.amountToday = here }
        let paid = Expected.pays("12.00", [share("balance", 1200)], after: 3800)
        check(try scene.decide(), approved ? paid : .declined("CARD-3", .dailyAmountExceeded), scene.amount)
    }

    @Test(
        "CARD-4: a programme has dates, and a least amount",
        arguments: [
            ("2026-02-28T12:00:00+02:00", "10.00", Reason.programmeNotInForce),
            ("2026-03-01T00:00:00+02:00", "10.00", nil),
            ("2026-02-28T23:59:59.999+02:00", "10.00", .programmeNotInForce),
            ("2026-05-31T23:59:59.999+03:00", "10.00", nil),
            ("2026-06-01T00:00:00+03:00", "10.00", .programmeNotInForce), ("2026-04-01T12:00:00+03:00", "5.00", nil),
            ("2026-04-01T12:00:00+03:00", "4.99", .belowMinimum), ("2026-04-01T12:00:00+03:00", "5.01", nil),
        ] as [(String, String, Reason?)])
    func dates(_ time: String, _ amount: String, _ refusal: Reason?) throws {
        let text = String(
            decoding: try #require(Programme.shippedFiles.first { $0.name == "epassi-mobile.toml" }).bytes,
            as: UTF8.self)
        let file = try Programme(
            toml: text.replacing(
                "[[limits]]", with: "[[limits]]\nfrom = 2026-03-01\nuntil = 2026-05-31\nminimum = \"5.00\""),
            fileName: "test.toml")
        var scene = Scene.mobile
        scene.file = file
        scene.time(time)
        scene.amount = eur(amount)
        let decision = try scene.decide()
        #expect(decision.approved == (refusal == nil))
        if let refusal { check(decision, .declined("CARD-4", refusal), scene.amount) }
    }

    // MARK: Before the card

    static let before: [(String, Bool, Reason?, @Sendable (inout Scene) -> Void)] = [
        ("95.00", true, nil, { _ in }), ("5000.00", false, nil, { _ in }),
        ("5000.01", false, .perTransactionLimit, { _ in }),
        ("500.00", true, nil, { _ in }), ("500.01", true, .offlineAmountLimit, { _ in }),
        ("500.01", false, nil, { _ in }),
        ("95.00", true, .limitsTooOld, { $0.terminal.cacheAge = nil }),
        ("95.00", false, nil, { $0.terminal.cacheAge = nil }),
        ("95.00", true, .terminalExposureExceeded, { $0.terminal.exposure = 990_501 }),
        ("95.00", true, nil, { $0.terminal.exposure = 990_500 }),
        ("95.00", true, .queueFull, { $0.terminal.fullQueue = 10_000 }),
        ("95.00", false, nil, { $0.terminal.fullQueue = 10_000 }),
        ("95.00", true, .queueTooOld, { $0.terminal.overdueQueue = 604_800_000 }),
        ("95.00", false, nil, { $0.terminal.overdueQueue = 604_800_000 }),
        ("95.00", true, .limitsUntrusted, { $0.terminal.isRestored = true }),
        ("95.00", false, nil, { $0.terminal.isRestored = true }),
        ("95.00", false, .merchantNotEnrolled, { $0.terminal.enrolledProgrammes = [] }),
        ("95.00", false, .cashNotAllowed, { $0.request.kind = .cash }),
        ("95.00", false, .merchantCategoryNotAllowed, { $0.terminal.merchantCategory = nil }),
        ("95.00", true, .timeUntrusted, { $0.now = TrustedTime(instant: $0.now.instant, anchored: false) }),
    ]

    @Test("Refusals that need no card come before it", arguments: before.indices)
    func beforeCard(_ row: Int) throws {
        let (amount, offline, reason, change) = Self.before[row]
        var scene = Scene.card
        scene.amount = sek(amount)
        change(&scene)
        let refusal = try scene.beforeCard(offline: offline)
        #expect(refusal?.reason == reason)
        #expect(refusal?.outcome == (reason == nil ? nil : .declined))
    }
}
