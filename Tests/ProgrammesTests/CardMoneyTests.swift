import Core
import HostProtocol
import Testing

@testable import Programmes

/// CARD-16, CARD-19, CARD-20: currencies and fees.
@Suite("Other currencies and fees")
struct CardMoneyTests {
    static func foreign(_ amount: String, at rate: String, balance: Int64 = 100_000) -> (inout Scene) -> Void {
        { scene in
            scene.amount = eur(amount)
            scene.limit { $0.balance = balance }
            scene.terminal.rates = [
                ExchangeRate(from: .sek, to: .eur, rate: "0.09"), ExchangeRate(from: .eur, to: .nok, rate: "12.00"),
                ExchangeRate(from: .nok, to: .sek, rate: "0.97"),
                ExchangeRate(from: .eur, to: .sek, rate: rate), ExchangeRate(from: .eur, to: .sek, rate: "99.00"),
            ]
            scene.allowance(.max)
            scene.evidence.verification = .pin
        }
    }

    /// What 10.00 EUR and the like come to: converted, with the fee on that.
    static func costs(_ amount: String, _ converted: String, _ fee: String, of balance: Int64 = 100_000) -> Expected {
        let (own, extra) = (sek(converted), sek(fee))
        let total = own.minorUnits + extra.minorUnits
        var expected = Expected.pays(amount, [share("prepaid", total)], after: balance - total)
        expected.lines = [ChargeLine(kind: .purchase, amount: own)]
        if extra.isPositive { expected.lines.append(ChargeLine(kind: .exchangeFee, amount: extra)) }
        expected.provisional = true
        return expected
    }

    static let unknownRate = Expected.declined("CARD-16", .exchangeRateUnknown)
    static let short = Expected.declined("CARD-1", .insufficientFunds)

    static let conversions: [Row] = [
        Row("CARD-16: 10.00 EUR at 11.20", costs("10.00", "112.00", "3.30"), foreign("10.00", at: "11.20")),
        Row("CARD-16: a fee of 0.295 is 0.30", costs("10.00", "10.00", "0.30"), foreign("10.00", at: "1")),
        Row("CARD-16: a fee of 0.29470 is 0.29", costs("9.99", "9.99", "0.29"), foreign("9.99", at: "1")),
        Row("CARD-16: 0.005 is 0.01", costs("0.01", "0.01", "0.00"), foreign("0.01", at: "0.5")),
        Row(
            "CARD-16: 0.004999999 is nothing", .declined("CARD-16", .amountNotPositive),
            foreign("0.01", at: "0.4999999")),
        Row("CARD-16: 1.125 is 1.13", costs("1.00", "1.13", "0.03"), foreign("1.00", at: "1.125")),
        Row("CARD-16: 1.124999999 is 1.12", costs("1.00", "1.12", "0.03"), foreign("1.00", at: "1.124999999")),
        Row(
            "CARD-16: the fee is on the converted amount, once", costs("3.33", "37.30", "1.10"),
            foreign("3.33", at: "11.2")),
        Row(
            "CARD-16: all of the balance", costs("10.00", "112.00", "3.30", of: 11_530),
            foreign("10.00", at: "11.20", balance: 11_530)),
        Row("CARD-16: the balance one öre short", short, foreign("10.00", at: "11.20", balance: 11_529)),
        Row("CARD-16: in part only in its own currency", short) {
            foreign("10.00", at: "11.20", balance: 11_529)(&$0)
            $0.request.allowsPartial = true
        },
        Row("CARD-16: no rate", unknownRate) { $0.amount = eur("10.00") },
        Row("CARD-16: a rate of zero", unknownRate, foreign("10.00", at: "0")),
        Row("CARD-16: a rate that is none", unknownRate, foreign("10.00", at: "1e1")),
        Row("CARD-16: only the other way round", unknownRate) {
            $0.amount = eur("10.00")
            $0.terminal.rates = [ExchangeRate(from: .sek, to: .eur, rate: "0.09")]
        },
        Row("CARD-16: a sum that can't be computed", unknownRate) {
            foreign("1.00", at: "999999999.9")(&$0)
            $0.amount = Money(minorUnits: .max, currency: .eur)
        },
        Row("CARD-16: a currency that the programme does not take", .wallet, .declined("CARD-16", .currencyNotAccepted))
        {
            $0.amount = sek("10.00")
            $0.terminal.rates = [ExchangeRate(from: .sek, to: .eur, rate: "0.09")]
        },
        Row("CARD-16, CARD-4: a converted total of 5,000.00", atHost: true, large("5000.00"), limit("4856.73")),
        Row(
            "CARD-16, CARD-4: a converted total of 5,000.01", atHost: true, .declined("CARD-4", .perTransactionLimit),
            limit("4856.74")),
        Row(
            "CARD-16, ALL-4: a converted total of 500.00 at the floor", costs("485.67", "485.67", "14.33"),
            foreign("485.67", at: "1")),
        Row(
            "CARD-16, ALL-4: a converted total of 500.01", .declined("ALL-4", .offlineAmountLimit),
            foreign("485.68", at: "1")),
        Row("CARD-16, ALL-4: the allowance is used by the total", costs("10.00", "112.00", "3.30")) {
            foreign("10.00", at: "11.20")(&$0)
            $0.allowance(11_530)
        },
        Row("CARD-16, ALL-4: an allowance one öre short", .declined("ALL-4", .offlineAllowanceExceeded)) {
            foreign("10.00", at: "11.20")(&$0)
            $0.allowance(11_529)
        },
        Row("CARD-16, ALL-9: a converted total of 400.01 needs more", .declined("ALL-9", .verificationRequired)) {
            foreign("388.55", at: "1")(&$0)
            $0.evidence.verification = .none
        },
        Row("CARD-16, ALL-9: a converted total of 400.00 does not", costs("388.54", "388.54", "11.46")) {
            foreign("388.54", at: "1")(&$0)
            $0.evidence.verification = .none
        },
        Row("CARD-16, ALL-4: exposure is in the currency of the payment", costs("10.00", "112.00", "3.30")) {
            foreign("10.00", at: "11.20")(&$0)
            $0.terminal.risk.exposureCap = 1000
        },
        Row("CARD-16, ALL-4: exposure one cent above", .declined("ALL-4", .terminalExposureExceeded)) {
            foreign("10.00", at: "11.20")(&$0)
            $0.terminal.risk.exposureCap = 999
        },
        Row("CARD-16, CARD-9: the excluded lines stay unpaid", costs("10.00", "112.00", "3.30")) {
            foreign("10.00", at: "11.20")(&$0)
            $0.basket(("food", "10.00"), ("alcohol", "5.00"))
        },
        Row("CARD-16: yen have no minor unit", yen) {
            foreign("1.00", at: "1")(&$0)
            $0.amount = Money(minorUnits: 1000, currency: .jpy)
            $0.terminal.rates = [ExchangeRate(from: .jpy, to: .sek, rate: "0.0721")]
        },
    ]

    static let yen: Expected = {
        var expected = costs("10.00", "72.10", "2.13")
        expected.approved = 1000
        return expected
    }()

    static func limit(_ amount: String) -> (inout Scene) -> Void { foreign(amount, at: "1", balance: 900_000) }

    static func large(_ total: String) -> Expected {
        var expected = costs("4856.73", "4856.73", "143.27", of: 900_000).by("CARD-21", .approvedOnline)
        expected.split = [share("prepaid", sek(total).minorUnits)]
        return expected
    }

    @Test("Conversion", arguments: conversions) func conversionRows(_ row: Row) throws { try row.run() }

    @Test("CARD-16: a currency that the file does not list is not taken; one that it lists is")
    func listed() throws {
        var scene = Scene.card
        Self.foreign("10.00", at: "11.20")(&scene)
        scene.file = try changed("epassi-card", ("markup_percent", "currencies = [\"NOK\", \"EUR\"]\nmarkup_percent"))
        check(try scene.decide(), Self.costs("10.00", "112.00", "3.30"), scene.amount)
        scene.file = try changed("epassi-card", ("markup_percent", "currencies = [\"NOK\"]\nmarkup_percent"))
        check(try scene.decide(), .declined("CARD-16", .currencyNotAccepted), scene.amount)
    }

    @Test(
        "CARD-16, CARD-21: another currency than the programme's is asked online wherever the host answers",
        arguments: [true, false])
    func foreignTag(_ reachable: Bool) throws {
        var scene = Scene.wallet
        scene.file = try changed("epassi-wallet", ("[hold]", "[exchange]\nmarkup_percent = \"0\"\n[hold]"))
        scene.amount = sek("100.00")
        scene.terminal.rates = [ExchangeRate(from: .sek, to: .eur, rate: "0.09")]
        scene.terminal.hostReachable = reachable
        var paid = Expected.pays("100.00", [share("benefit", 900)], after: 5100)
        paid.lines = [ChargeLine(kind: .purchase, amount: eur("9.00"))]
        paid.provisional = true
        check(try scene.decide(), reachable ? .online : paid, scene.amount)
    }

    // MARK: Fees

    /// Balance, asked, part taken → approved and fee, or nothing.
    static let fees: [(String, Int64, String, Bool, (String, String)?)] = [
        ("purchase = \"1.00\"", 1100, "10.00", false, ("10.00", "1.00")),
        ("purchase = \"1.00\"", 1099, "10.00", false, nil),
        ("purchase = \"1.00\"", 1099, "10.00", true, ("9.99", "1.00")),
        ("purchase = \"1.00\"", 101, "10.00", true, ("0.50", "0.50")),
        ("purchase = \"1.00\"", 200, "10.00", true, ("1.00", "1.00")),
        ("purchase = \"1.00\"", 201, "10.00", true, ("1.01", "1.00")),
        ("purchase = \"1.00\"", 2, "10.00", true, ("0.01", "0.01")),
        ("purchase = \"1.00\"", 1, "10.00", true, nil),
        ("purchase = \"1.00\"", 5000, "0.40", false, ("0.40", "0.40")),
        ("purchase = \"1.00\"", 80, "0.40", false, ("0.40", "0.40")),
        ("purchase = \"1.00\"", 79, "0.40", false, nil),
        ("percent = \"10\"", 11_000, "100.00", false, ("100.00", "10.00")),
        ("percent = \"10\"", 10_999, "100.00", false, nil),
        ("percent = \"10\"", 10_000, "200.00", true, ("90.91", "9.09")),
        ("percent = \"2.5\"", 5000, "1.00", false, ("1.00", "0.03")),
        ("percent = \"2.5\"", 5000, "0.99", false, ("0.99", "0.02")),
        ("purchase = \"0.50\"\npercent = \"1\"", 10_000, "50.00", false, ("50.00", "1.00")),
    ]

    @Test("CARD-19: amount and fees together within the balance; the fee never above the order", arguments: fees)
    func fee(_ rule: String, _ balance: Int64, _ asked: String, _ part: Bool, _ result: (String, String)?) throws {
        let file = try programme(moneyPurses(("own", [])) + "[fees]\n" + rule)
        var scene = Scene.of(file, [("own", balance)], eur(asked))
        scene.request.allowsPartial = part
        guard let (approved, fee) = result.map({ (eur($0.0), eur($0.1)) }) else {
            return check(try scene.decide(), Self.short, scene.amount)
        }
        let all = approved.minorUnits + fee.minorUnits
        var expected = Expected.pays(approved.decimal, [share("own", all)], after: balance - all)
        expected.lines = [ChargeLine(kind: .purchase, amount: approved), ChargeLine(kind: .fee, amount: fee)]
        check(try scene.decide(), expected, scene.amount)
    }

    @Test(
        "CARD-19: a fee is due on a decline where the file says so, at most the order and what there is",
        arguments: [
            (Int64(500), "10.00", Int64(200)), (199, "10.00", 199), (0, "10.00", 0), (100, "1.50", 100),
            (140, "1.50", 140),
            (149, "1.50", 149), (1000, "10.01", 200),
        ])
    func declineFee(_ balance: Int64, _ asked: String, _ fee: Int64) throws {
        var scene = Scene.of(
            try programme(moneyPurses(("own", [])) + "[fees]\ndecline = \"2.00\""), [("own", balance)], eur(asked))
        var expected = Self.short
        if fee > 0 {
            expected.split = [share("own", fee)]
            expected.lines = [ChargeLine(kind: .fee, amount: Money(minorUnits: fee, currency: .eur))]
            expected.valueDate = "2026-11-19"
        }
        check(try scene.decide(), expected, scene.amount)
        scene.file = try programme(moneyPurses(("own", [])))
        check(try scene.decide(), Self.short, scene.amount)
        // A fee on declines is none on approvals.
        scene.file = try programme(moneyPurses(("own", [])) + "[fees]\ndecline = \"2.00\"")
        scene.limit { $0.balance = 100_000 }
        #expect(try scene.decide().lines == [])
    }

    @Test(
        "CARD-19: a fee on a decline never exceeds the order, whatever the balance",
        arguments: [
            ("1.99", Int64(199)), ("2.00", 200), ("2.01", 200),
        ])
    func declineFeeOrder(_ asked: String, _ fee: Int64) throws {
        let file = try programme(moneyPurses(("own", [])) + "[fees]\ndecline = \"2.00\"")
        var scene = Scene.of(file, [("own", 5000)], eur(asked))
        scene.terminal.risk.exposureCap = 0
        var expected = Expected.declined("ALL-4", .terminalExposureExceeded)
        expected.split = [share("own", fee)]
        expected.lines = [ChargeLine(kind: .fee, amount: Money(minorUnits: fee, currency: .eur))]
        expected.valueDate = "2026-11-19"
        check(try scene.decide(), expected, scene.amount)
    }

    @Test("CARD-20: purchase, mark-up and fee are lines of their own; a plain purchase has none")
    func lines() throws {
        var scene = Scene.card
        #expect(try scene.decide().lines.isEmpty)
        Self.foreign("10.00", at: "11.20")(&scene)
        scene.file = try changed("epassi-card", ("[value_date]", "[fees]\npurchase = \"2.00\"\n[value_date]"))
        var expected = Self.costs("10.00", "112.00", "3.30")
        expected.lines.append(ChargeLine(kind: .fee, amount: sek("2.00")))
        expected.split = [share("prepaid", 11_730)]
        expected.after = 88_270
        check(try scene.decide(), expected, scene.amount)
    }
}
