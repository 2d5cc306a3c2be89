import Core
import HostProtocol
import Testing

@testable import Programmes

/// A new benefit programme with known kinds of rule is a file, no code: a commuter benefit with own money on top.
@Suite("A sixth programme")
struct SixthProgrammeTests {
    static let commuter = """
        id = "commuter"
        name = "Commuter benefit"
        currency = "EUR"
        time_zone = "Europe/Helsinki"  # days and months
        # Never more than this in all purses.
        balance_cap = "900.00"

        [instrument]
        kinds = ["tag", "phone"]
        [instrument.proof]
        phone = ["pin"]

        [[purse]]
        id = "ticket"
        kind = "benefit"
        name = "Tickets"
        purpose = "commuting"
        categories = ["ticket"]

        [[purse]]
        id = "own"
        kind = "ownMoney"

        [[limits]]
        from = 2026-01-01
        until = 2026-12-31
        maximum = "120.00"
        approved_per_day = 6
        [[limits]]
        from = 2027-01-01
        maximum = "150.00"

        [goods]
        merchant_categories = ["4111-4112", "4131"]
        allowed = ["ticket", "bicycle"]
        excluded = ["snack"]

        [purchase]
        cash = false
        partial_approval = true
        instrument_expires = false

        [hold]
        validity_h = 24
        [refund]
        credit_days = 3
        [fees]
        percent = "1.5"
        [[verification]]
        up_to = "10.00"
        by = ["none", "pin"]
        [[verification]]
        up_to = "40.00"
        by = ["device", "pin"]
        [[verification]]
        by = ["device", "pin"]
        [offline]
        allowance_required = true
        host_time_required = true
        maximum_amount = "60.00"
        counter_only_maximum = "15.00"
        [[offline.aged]]
        older_than_h = 12
        percent = 50
        [offline.random_selection]
        threshold = "20.00"
        target_percent = 10
        maximum_percent = 50
        [value_date]
        cut_off = "16:00"
        time_zone = "Europe/Helsinki"
        calendar = "FI"
        [rule_names]
        "CARD-1" = "WAL-4"
        """

    /// 50.00 for tickets, 30.00 of the payer's own.
    static func scene(_ lines: (String, String)...) throws -> Scene {
        let file = try Programme(toml: commuter, fileName: "commuter.toml")
        var scene = Scene.of(file, [("ticket", 5000), ("own", 3000)], eur("0.01"))
        scene.terminal.merchantCategory = "4111"
        scene.request.basket = lines.map { BasketLine(amount: eur($0.1), category: $0.0) }
        scene.amount = try Money.sum(scene.request.basket.map(\.amount), currency: .eur)
        return scene
    }

    static func fee(_ price: String, _ fee: String) -> [ChargeLine] {
        [ChargeLine(kind: .purchase, amount: eur(price)), ChargeLine(kind: .fee, amount: eur(fee))]
    }

    @Test("A ticket by the benefit, a bicycle by own money, a snack by neither")
    func decides() throws {
        let scene = try Self.scene(("ticket", "40.00"), ("bicycle", "10.00"), ("snack", "3.00"))
        // 50.00 and 1.5 % of it: 0.75, which the benefit pays first of all.
        var expected = Expected.pays("50.00", [share("ticket", 4075), share("own", 1000)], after: 2925)
        expected.lines = Self.fee("50.00", "0.75")
        check(try scene.decide(), expected, scene.amount)
    }

    @Test("Own money tops the benefit up")
    func topUp() throws {
        var scene = try Self.scene(("ticket", "59.00"))
        scene.evidence.verification = .device
        var expected = Expected.pays("59.00", [share("ticket", 5000), share("own", 989)], after: 2011)
        expected.lines = Self.fee("59.00", "0.89")
        check(try scene.decide(), expected, scene.amount)
    }

    @Test(
        "Its limits refuse by the rules' names",
        arguments: [
            ("WAL-4", Reason.insufficientFunds, 0), ("CARD-4", .perTransactionLimit, 1),
            ("CARD-9", .merchantCategoryNotAllowed, 2),
            ("ALL-9", .verificationRequired, 3), ("CARD-9", .goodsNotAllowed, 4), ("CARD-3", .dailyCountExceeded, 5),
            ("CARD-4", .programmeNotInForce, 6), ("ALL-4", .offlineAmountLimit, 7),
        ])
    func refuses(_ rule: String, _ reason: Reason, _ what: Int) throws {
        var scene = try Self.scene((what == 4 ? "snack" : what == 0 ? "bicycle" : "ticket", "31.00"))
        switch what {
        case 1:
            scene.request.basket = []
            scene.amount = eur("120.01")
        case 2: scene.terminal.merchantCategory = "4113"
        case 3: scene.evidence.verification = .none
        case 5: scene.limit { $0.purchasesOnCountedDay = 6 }
        case 6: scene.time("2025-12-31T23:59:59+02:00")
        case 7:
            scene.request.basket = []
            scene.amount = eur("59.12")
        default: break
        }
        check(try scene.decide(), .declined(RuleID(rawValue: rule), reason), scene.amount)
    }
}
