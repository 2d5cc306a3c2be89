import Core
import Foundation
import HostProtocol
import Testing

@testable import Programmes

/// SplitMix64, so that a failing case is found again by its seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func unitsOrMost() -> Int64 { chance(50) ? .max : units() }
    mutating func unitsOrNone() -> Int64 { chance(50) ? 0 : units() }

    /// One of them; the first for none.
    mutating func pick<Element>(_ elements: Element...) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &self)]
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    private static let ends: [Int64] = [
        .min, .min + 1, .max, .max - 1, .max / 100, .max / 100 + 1, .max / 2, 100_000_000_000_000_000,
    ]

    /// Everyday amounts, borders and the ends of the world.
    mutating func units() -> Int64 {
        switch Int.random(in: 0..<10, using: &self) {
        case 0: return Self.ends[Int.random(in: 0..<Self.ends.count, using: &self)]
        case 1: return Int64(bitPattern: next())
        case 2: return Int64.random(in: -1...2, using: &self)
        case 3: return Int64.random(in: -1000...0, using: &self)
        default: return Int64.random(in: 1...20_000, using: &self)
        }
    }
}

extension Int64 {
    fileprivate var magnitudeClamped: Int64 { self == .min ? .max : abs(self) }
}

/// `decide` is total and deterministic, whatever it is given.
@Suite("Wild inputs")
struct WildDecisionTests {
    static func programmes() throws -> [Programme] {
        let vouchers = "[[purse]]\nid = \"vouchers\"\nkind = \"vouchers\"\ncategories = [\"food\", \"sport\"]\n"
        let points = "[[purse]]\nid = \"points\"\nkind = \"points\"\npoints_per_unit = "
        return try Programme.shipped() + [
            changed(
                "epassi-card",
                ("maximum_amount = \"500.00\"", "deferred_maximum = \"200.00\"\nmaximum_amount = \"500.00\"")),
            Programme(toml: SixthProgrammeTests.commuter, fileName: "commuter.toml"),
            programme(
                points + "1\n" + moneyPurses(("own", []))
                    + "[fees]\npurchase = \"1.00\"\ndecline = \"2.00\"\n[exchange]\nmarkup_percent = \"99.99\""),
            programme(
                points + "7\n" + vouchers + moneyPurses(("own", ["food"]))
                    + "[fees]\npercent = \"33.3\"\n[purchase]\ncash = true"),
            programme(
                vouchers + points
                    + "1000000\n[fees]\npurchase = \"0.01\"\npercent = \"0.000000001\"\n[hold]\nvalidity_h = 1"),
            programme(moneyPurses(("a", ["food"]), ("b", ["sport"]), ("c", ["food", "sport"])) + vouchers),
        ]
    }

    static func scene(_ programme: Programme, _ random: inout SplitMix) -> Scene {
        let kinds = InstrumentKind.allCases
        let ways = InstrumentEvidence.Verification.allCases
        func time(_ random: inout SplitMix) -> Int64 {
            random.chance(90) ? Int64.random(in: 1_760_000_000_000...1_800_000_000_000, using: &random) : random.units()
        }
        let now = UTCInstant(milliseconds: time(&random))
        let currency = random.chance(85) ? programme.currency : random.pick(Currency.eur, .sek, .jpy, .kwd)
        var request = PurchaseRequest(
            kind: random.chance(85) ? .purchase : random.pick(.hold, .cash, .cashback),
            amount: Money(minorUnits: random.units(), currency: currency), allowsPartial: random.chance(50),
            acceptsVoucherLoss: random.chance(30))
        if random.chance(40) {
            request.basket = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                BasketLine(
                    amount: Money(
                        minorUnits: random.chance(95) ? (random.units() / 4).magnitudeClamped : random.units(),
                        currency: currency),
                    category: random.pick("food", "meal", "sport", "culture", "alcohol", "ticket", ""))
            }
            if let sum = try? Money.sum(request.basket.map(\.amount), currency: currency), random.chance(90) {
                request.amount = sum
            }
        }
        let usual = programme.instruments.kinds.sorted { $0.rawValue < $1.rawValue }.first ?? .tag
        let evidence = InstrumentEvidence(
            cryptogram: usual == .card
                ? random.pick(.tc, .tc, .tc, .arqc, .aac, .none) : random.pick(.none, .none, .none, .arqc, .tc),
            authentication: random.pick(.passed, .passed, .passed, .failed, .notPerformed, .counterOnly),
            verification: random.chance(60)
                ? (usual == .app ? .receipt : .device) : ways.randomElement(using: &random) ?? .none,
            expiry: random.chance(90) ? day("2049-01-31") : random.pick(nil, day("2020-01-01")),
            kind: random.chance(80) ? usual : kinds.randomElement(using: &random) ?? .tag)
        var purses: [PurseBalance] = []
        var spent: [PurseShare] = []
        for purse in programme.purses where random.chance(85) {
            let values: [Int64?] =
                purse.kind == .vouchers ? [random.pick(500, 300, 700, random.units()), random.pick(200, 1000)] : [nil]
            for value in values {
                let count = purse.kind == .vouchers ? random.pick(0, 1, 3, 7, random.units()) : random.units()
                purses.append(
                    PurseBalance(
                        purse: purse.id, denomination: value, balance: count,
                        validThrough: random.chance(95) ? nil : random.pick(day("2020-01-01"), day("2049-01-01"))))
                if random.chance(20) { spent.append(share(purse.id, random.units(), units: random.units(), of: value)) }
            }
        }
        if random.chance(10) { purses.append(PurseBalance(purse: "unknown", balance: random.units())) }
        let account = AccountState(
            limit: AccountLimit(
                account: "A", programme: random.chance(95) ? programme.id : "other", version: 1,
                currency: random.chance(97) ? programme.currency : .jpy, purses: purses,
                status: random.chance(92) ? .active : AccountStatus.allCases.randomElement(using: &random) ?? .active,
                countedThrough: 0, countedDay: random.pick(nil, programme.day(of: now)),
                purchasesOnCountedDay: Int(random.pick(0, 1, random.units())),
                offlineAllowance: random.chance(90)
                    ? OfflineAllowance(
                        amount: random.unitsOrMost(), count: Int(random.pick(100, random.units())),
                        perTransaction: random.unitsOrMost()) : nil,
                instruments: [], lastDay: random.chance(95) ? nil : day("2026-01-01"),
                amountOnCountedDay: random.unitsOrNone()),
            uncounted: UncountedSpends(
                shares: spent, offlineAmount: random.unitsOrNone(), offlineCount: Int(random.unitsOrNone()),
                purchasesToday: Int(random.unitsOrNone()), amountToday: random.unitsOrNone()))
        var scene = Scene.of(programme, [], request.amount, evidence: evidence)
        scene.request = request
        scene.account = random.chance(95) ? account : nil
        scene.now = TrustedTime(instant: now, anchored: random.chance(95))
        scene.draw = Int.random(in: 1...99, using: &random)
        scene.terminal = TerminalState(
            enrolledProgrammes: random.chance(97) ? [programme.id] : [],
            risk: TerminalRiskLimits(exposureCap: random.unitsOrMost(), maximumCacheAge: random.unitsOrMost()),
            exposure: random.pick(0, 0, random.units()),
            cacheAge: random.chance(90) ? 1000 : random.pick(nil, random.units()),
            hostReachable: random.chance(25), merchant: "M",
            merchantCategory: random.chance(90)
                ? (programme.id == "commuter" ? "4111" : "5812") : random.pick(nil, "x", "9999"),
            rates: ["11.2", "0.000000001", "999999999.999999999", "0"].prefix(Int.random(in: 0...4, using: &random))
                .shuffled(using: &random)
                .map { ExchangeRate(from: currency, to: programme.currency, rate: $0) },
            stopped: random.chance(98) ? nil : .blocked, storeIsCurrent: random.chance(98))
        if random.chance(70) { tame(&scene, usual, &random) }
        return scene
    }

    /// Everyday surroundings, so that it is the purses that decide.
    static func tame(_ scene: inout Scene, _ usual: InstrumentKind, _ random: inout SplitMix) {
        scene.time("2026-11-19T12:00:00+01:00")
        scene.request.kind = .purchase
        if random.chance(80), scene.request.basket.isEmpty {
            scene.amount = Money(
                minorUnits: Int64.random(in: 1...2500, using: &random), currency: scene.amount.currency)
        }
        scene.evidence = InstrumentEvidence(
            cryptogram: usual == .card ? random.pick(.tc, .tc, .arqc) : .none, authentication: .passed,
            verification: usual == .app ? .receipt : .device, expiry: day("2049-01-31"), kind: usual)
        scene.terminal.cacheAge = 1000
        scene.terminal.exposure = 0
        scene.terminal.risk = TerminalRiskLimits(exposureCap: .max, maximumCacheAge: .max)
        scene.terminal.hostReachable = false
        let id = scene.id
        scene.limit { limit in
            limit.programme = id
            limit.countedDay = nil
            limit.status = .active
            limit.offlineAllowance = OfflineAllowance(amount: .max, count: 100, perTransaction: .max)
        }
        let shares = scene.account?.uncounted.shares ?? []
        scene.uncounted {
            $0 = UncountedSpends(shares: shares, offlineAmount: 0, offlineCount: 0, purchasesToday: 0, amountToday: 0)
        }
    }

    @Test("No input traps, the answer is the same again, and nothing is given away")
    func wild() throws {
        let programmes = try Self.programmes()
        // KASSA_WILD=1000000 for a long run.
        let rounds = ProcessInfo.processInfo.environment["KASSA_WILD"].flatMap { UInt64($0) } ?? 4000
        var outcomes: [String: Int] = [:]
        for seed in 0..<rounds {
            var random = SplitMix(state: seed &* 0x1_0000_0001)
            let scene = Self.scene(programmes[Int(seed % UInt64(programmes.count))], &random)
            let decision = try scene.decide()
            outcomes[decision.approved ? "approved" : decision.reason.rawValue, default: 0] += 1
            let faults = try Self.faults(decision, scene)
            #expect(faults == [], "seed \(seed)")
            #expect(try scene.decide() == decision, "seed \(seed)")
            #expect(Decision(stored: decision.stored) == decision, "seed \(seed)")
            if scene.account != nil {
                let online = try scene.authorise()
                let faults = try Self.faults(online, scene)
                #expect(faults == [], "seed \(seed), at the host")
            }
            _ = try scene.beforeCard(offline: true)
        }
        // The inputs are worth the while: every end is reached.
        #expect(outcomes["approved", default: 0] > Int(rounds / 40))
        #expect(outcomes.count > 25, "\(outcomes)")
    }

    /// What may never be, by name.
    static func faults(_ decision: Decision, _ scene: Scene) throws -> [String] {
        var faults: [String] = []
        func must(_ holds: Bool, _ name: String) { if !holds { faults.append(name) } }
        let programme = try scene.programme
        let asked = scene.request.amount
        let approved = decision.approvedAmount
        must(approved.currency == asked.currency, "currency of the request")
        must((decision.trace.contains { !$0.passed }) == (decision.outcome == .declined), "a decline has a failed rule")
        guard decision.approved else {
            must(approved.minorUnits == 0, "nothing approved")
            must(decision.availableAfter == nil, "no balance told")
            let fees = decision.lines.reduce(Int64(0)) { $0 + $1.amount.minorUnits }
            must(decision.split.reduce(0) { $0 + $1.money } == fees, "a decline takes its fee")
            must(
                fees == 0 || (fees <= asked.minorUnits && fees <= programme.fees.decline.minorUnits),
                "a fee within the order")
            return faults
        }
        must(approved.isPositive && approved.minorUnits <= asked.minorUnits, "not more than asked")
        guard let account = scene.account else { return faults + ["an account"] }
        let fees = decision.lines.filter { $0.kind == .fee || $0.kind == .exchangeFee }.reduce(Int64(0)) {
            $0 + $1.amount.minorUnits
        }
        let paid = decision.split.reduce(Int64(0)) { $0 + $1.money }
        if approved.currency == programme.currency {
            must(paid == approved.minorUnits + fees, "shares are the amount and its fees")
        } else {
            must(paid == decision.lines.reduce(0) { $0 + $1.amount.minorUnits }, "shares are the lines")
            must(decision.isProvisional, "a rate is provisional")
        }
        if !scene.request.allowsPartial, scene.request.basket.isEmpty { must(approved == asked, "all or nothing") }
        let order = programme.purses.map(\.id)
        let places = decision.split.compactMap { share in order.firstIndex(of: share.purse) }
        must(places == places.sorted() && places.count == decision.split.count, "in the order of use")
        must(
            Set(decision.split.map { "\($0.purse) \($0.denomination ?? 0)" }).count == decision.split.count,
            "each purse once")
        var withoutVouchers: Int64 = 0
        var faces: Int64 = 0
        for share in decision.split {
            must(share.units > 0 && share.money > 0, "a share of something")
            must(
                share.units <= account.units(share.purse, denomination: share.denomination) ?? 0,
                "no more than the purse holds")
            if let face = share.denomination {
                faces += share.units * face
                must(share.money <= share.units * face, "not above the face")
                must(share.money > (share.units - 1) * face, "no voucher for nothing")
                must(scene.request.acceptsVoucherLoss || share.money == share.units * face, "no loss unasked")
                continue
            }
            withoutVouchers += share.money
            if let perUnit = programme.purses.first(where: { $0.id == share.purse })?.pointsPerUnit {
                let (worth, worthOver) = share.units.multipliedReportingOverflow(by: 100)
                let (costs, costsOver) = share.money.multipliedReportingOverflow(by: perUnit)
                if !worthOver, !costsOver { must(costs <= worth && costs > worth - 100, "points at their ratio") }
            } else {
                must(share.units == share.money, "money is money")
            }
        }
        must(withoutVouchers >= fees, "no fee by voucher")
        var after = account
        after.uncounted.shares += decision.split
        let today = programme.day(of: scene.now.instant)
        let before = programme.available(account, today: today)
        must(paid <= before.minorUnits, "not more than available")
        must(decision.availableAfter == programme.available(after, today: today), "what is left is told")
        if decision.reason != .approvedOnline {
            must(
                scene.evidence.kind != .card || [.tc, .arqc].contains(scene.evidence.cryptogram),
                "a card by its cryptogram")
            must(decision.reason == .approvedDeferred || scene.evidence.cryptogram != .arqc, "an ARQC is deferred")
            must(paid <= programme.offline.maximumAmount.minorUnits, "within the floor limit")
            if let allowance = account.limit.offlineAllowance {
                must(
                    paid <= allowance.perTransaction && account.uncounted.offlineCount < allowance.count,
                    "within the allowance")
            }
        }
        return faults
    }
}
