import Core
import HostProtocol
import Testing

@testable import Programmes

/// WAL-2, WAL-3, WAL-4, WAL-9, SMA-4, ALL-3: which purse pays how much.
@Suite("Purses")
struct PurseTests {
    static func holds(_ benefit: Int64, _ points: Int64, _ own: Int64, _ amount: String) -> (inout Scene) -> Void {
        { scene in
            scene.purse("benefit", benefit)
            scene.purse("points", points)
            scene.purse("own", own)
            scene.amount = eur(amount)
        }
    }

    static let short = Expected.declined("WAL-4", .insufficientFunds)

    static let wallet: [Row] = [
        Row(
            "WAL-2: 12.70 of 10.00 benefit and own money", .wallet,
            .pays("12.70", [share("benefit", 1000), share("own", 270)], after: 4730)),
        Row(
            "WAL-2: the benefit pays all of 10.00", .wallet, .pays("10.00", [share("benefit", 1000)], after: 5000),
            holds(1000, 0, 5000, "10.00")),
        Row(
            "WAL-2: 10.01", .wallet, .pays("10.01", [share("benefit", 1000), share("own", 1)], after: 4999),
            holds(1000, 0, 5000, "10.01")),
        Row("WAL-2: 9.99", .wallet, .pays("9.99", [share("benefit", 999)], after: 5001), holds(1000, 0, 5000, "9.99")),
        Row(
            "WAL-2: no benefit left", .wallet, .pays("12.70", [share("own", 1270)], after: 3730),
            holds(0, 0, 5000, "12.70")),
        Row(
            "WAL-2: an overdrawn benefit takes nothing from own money", .wallet,
            .pays("12.70", [share("own", 1270)], after: 0), holds(-900, 0, 1270, "12.70")),
        Row(
            "WAL-2: own money for goods that the benefit does not pay", .wallet,
            .pays("12.70", [share("benefit", 700), share("own", 570)], after: 4730)
        ) { $0.basket(("meal", "7.00"), ("book", "5.70")) },
        Row(
            "WAL-2: the benefit is spent where it can be", .wallet,
            .pays("12.00", [share("benefit", 1000), share("own", 200)], after: 4800)
        ) { $0.basket(("book", "2.00"), ("food", "10.00")) },
        Row(
            "CARD-9: excluded without a list of what is allowed", .wallet,
            .pays("7.00", [share("benefit", 700)], after: 5300)
        ) {
            $0.basket(("meal", "7.00"), ("tobacco", "5.70"))
        },
        Row(
            "WAL-3: points before own money", .wallet,
            .pays("12.70", [share("benefit", 1000), share("points", 200), share("own", 70)], after: 4930),
            holds(1000, 200, 5000, "12.70")),
        Row(
            "WAL-3: 100 points are 1.00", .wallet, .pays("1.00", [share("points", 100)], after: 0),
            holds(0, 100, 0, "1.00")),
        Row("WAL-3: 99 points are not", .wallet, short, holds(0, 99, 0, "1.00")),
        Row(
            "WAL-3: 101 points are more", .wallet, .pays("1.00", [share("points", 100)], after: 1),
            holds(0, 101, 0, "1.00")),
        Row(
            "WAL-4: all of all purses", .wallet,
            .pays("17.00", [share("benefit", 1000), share("points", 200), share("own", 500)], after: 0),
            holds(1000, 200, 500, "17.00")),
        Row("WAL-4: one cent more", .wallet, short, holds(1000, 200, 500, "17.01")),
        Row("WAL-4: nothing at all", .wallet, short, holds(0, 0, 0, "0.01")),
        Row("WAL-4: goods that only an empty purse pays", .wallet, short) {
            holds(1000, 0, 0, "1.00")(&$0)
            $0.basket(("book", "1.00"))
        },
        Row(
            "WAL-4, CARD-11: in part", .wallet,
            .pays("17.00", [share("benefit", 1000), share("points", 200), share("own", 500)], after: 0)
        ) {
            holds(1000, 200, 500, "17.01")(&$0)
            $0.request.allowsPartial = true
        },
        Row("WAL-2: a benefit past its last day", .wallet, .pays("12.70", [share("own", 1270)], after: 3730)) {
            $0.purse("benefit", 1000, validThrough: "2026-11-18")
        },
        Row(
            "WAL-2: a benefit on its last day", .wallet,
            .pays("12.70", [share("benefit", 1000), share("own", 270)], after: 4730)
        ) {
            $0.purse("benefit", 1000, validThrough: "2026-11-19")
        },
        Row(
            "WAL-2: 23:00 in Stockholm is the next day", .wallet,
            .pays("12.70", [share("own", 1270)], after: 3730).on("2026-11-20")
        ) {
            $0.purse("benefit", 1000, validThrough: "2026-11-19")
            $0.time("2026-11-19T23:00:00+01:00")
        },
        Row(
            "ALL-3: each purse less its own spends", .wallet,
            .pays("12.70", [share("benefit", 600), share("points", 50), share("own", 620)], after: 80)
        ) {
            holds(1000, 100, 1000, "12.70")(&$0)
            $0.uncounted { $0.shares = [share("benefit", 400), share("points", 50), share("own", 300)] }
        },
        Row("ALL-3: points are taken off by number", .wallet, short) {
            holds(0, 100, 0, "1.00")(&$0)
            $0.uncounted { $0.shares = [share("points", 0, units: 1)] }
        },
    ]

    @Test("Wallet", arguments: wallet) func walletRows(_ row: Row) throws { try row.run() }

    /// Points for one euro, points, asked → points taken and left over in money; nil: not enough.
    static let ratios: [(Int, Int64, String, (units: Int64, after: Int64)?)] = [
        (30, 10, "0.33", (10, 0)), (30, 10, "0.34", nil), (30, 10, "0.11", (4, 20)), (30, 10, "0.10", (3, 23)),
        (30, 4, "0.11", (4, 0)), (30, 3, "0.11", nil), (1, 1, "1.00", (1, 0)), (1, 1, "0.01", (1, 0)),
        (1, 1, "1.01", nil),
        (1000, 10, "0.01", (10, 0)), (1000, 9, "0.01", nil), (1000, 11, "0.01", (10, 0)), (7, 2, "0.28", (2, 0)),
        (7, 2, "0.29", nil),
    ]

    @Test("WAL-3: points never pay more than they are worth", arguments: ratios)
    func ratio(_ perUnit: Int, _ points: Int64, _ asked: String, _ result: (units: Int64, after: Int64)?) throws {
        let file = try programme("[[purse]]\nid = \"points\"\nkind = \"points\"\npoints_per_unit = \(perUnit)\n")
        let scene = Scene.of(file, [("points", points)], eur(asked))
        let expected = result.map {
            Expected.pays(asked, [share("points", eur(asked).minorUnits, units: $0.units)], after: $0.after)
        }
        check(try scene.decide(), expected ?? .declined("CARD-1", .insufficientFunds), scene.amount)
    }

    @Test("WAL-9: the order of the purses is the file's")
    func order() throws {
        let own = "[[purse]]\nid = \"own\"\nkind = \"ownMoney\"\nname = \"Own money\"\n"
        var scene = Scene.wallet
        scene.file = try changed(
            "epassi-wallet", (own, ""), ("# WAL-9: benefit, then points", own + "# WAL-9: benefit, then points"))
        check(try scene.decide(), .pays("12.70", [share("own", 1270)], after: 4730), scene.amount)
        scene.purse("own", 1269)
        check(try scene.decide(), .pays("12.70", [share("own", 1269), share("benefit", 1)], after: 999), scene.amount)
    }

    @Test(
        "WAL-2: what is spent first leaves nothing due that another purse could have paid",
        arguments: [
            (Int64(1000), Int64(0), Int64(1000)), (1000, 1000, 0), (2000, 0, 0), (500, 500, 1000), (0, 1000, 1000),
        ])
    func lunch(_ lunch: Int64, _ sport: Int64, _ culture: Int64) throws {
        var scene = Scene.mobile
        scene.limit { $0.purses = [] }
        for (purse, balance) in [("lunch", lunch), ("sport", sport), ("culture", culture)] {
            scene.purse(purse, balance)
        }
        scene.basket(("culture", "10.00"), ("sport", "10.00"))
        let split = [share("lunch", lunch), share("sport", sport), share("culture", culture)].filter { $0.money > 0 }
        check(try scene.decide(), .pays("20.00", split, after: 0), scene.amount)
        scene.purse("lunch", lunch - 1)
        if lunch > 0 { check(try scene.decide(), .declined("CARD-1", .insufficientFunds), scene.amount) }
    }

    // MARK: Vouchers

    static func vouchers(_ stock: [(Int64, Int64)], balance: Int64, _ amount: String, loss: Bool = false) -> (
        inout Scene
    ) -> Void {
        { scene in
            scene.limit { $0.purses = [] }
            for (value, count) in stock { scene.purse("vouchers", count, denomination: value) }
            scene.purse("balance", balance)
            scene.amount = eur(amount)
            scene.request.acceptsVoucherLoss = loss
        }
    }

    static func voucher(_ count: Int64, _ value: Int64, pays: Int64? = nil) -> PurseShare {
        share("vouchers", pays ?? count * value, units: count, of: value)
    }

    static let noFunds = Expected.declined("CARD-1", .insufficientFunds)

    static let stocks: [Row] = [
        Row(
            "SMA-4: 3 × 5.00 on 12.00 by default", .smartum,
            .pays("12.00", [voucher(2, 500), share("balance", 200)], after: 5300),
            vouchers([(500, 3)], balance: 5000, "12.00")),
        Row(
            "SMA-4: 3 × 5.00 on 12.00, the loss accepted", .smartum,
            .pays("12.00", [voucher(3, 500, pays: 1200)], after: 5000),
            vouchers([(500, 3)], balance: 5000, "12.00", loss: true)),
        Row("SMA-4: 3 × 5.00 on 12.00, no balance", .smartum, noFunds, vouchers([(500, 3)], balance: 199, "12.00")),
        Row(
            "SMA-4: 2.00 of balance is enough", .smartum,
            .pays("12.00", [voucher(2, 500), share("balance", 200)], after: 500),
            vouchers([(500, 3)], balance: 200, "12.00")),
        Row(
            "SMA-4: no balance, the loss accepted", .smartum, .pays("12.00", [voucher(3, 500, pays: 1200)], after: 0),
            vouchers([(500, 3)], balance: 0, "12.00", loss: true)),
        Row("SMA-4: no balance, in part", .smartum, .pays("10.00", [voucher(2, 500)], after: 500)) {
            vouchers([(500, 3)], balance: 0, "12.00")(&$0)
            $0.request.allowsPartial = true
        },
        Row(
            "SMA-4: 10.00 exactly", .smartum, .pays("10.00", [voucher(2, 500)], after: 5500),
            vouchers([(500, 3)], balance: 5000, "10.00")),
        Row(
            "SMA-4: 9.99", .smartum, .pays("9.99", [voucher(1, 500), share("balance", 499)], after: 5501),
            vouchers([(500, 3)], balance: 5000, "9.99")),
        Row(
            "SMA-4: 10.00 exactly, the loss accepted, loses nothing", .smartum,
            .pays("10.00", [voucher(2, 500)], after: 5500), vouchers([(500, 3)], balance: 5000, "10.00", loss: true)),
        Row(
            "SMA-4: 4.99 takes no voucher", .smartum, .pays("4.99", [share("balance", 499)], after: 6001),
            vouchers([(500, 3)], balance: 5000, "4.99")),
        Row(
            "SMA-4: 4.99, the loss accepted", .smartum, .pays("4.99", [voucher(1, 500, pays: 499)], after: 6000),
            vouchers([(500, 3)], balance: 5000, "4.99", loss: true)),
        Row(
            "SMA-4: too few vouchers even with the loss", .smartum,
            .pays("12.00", [voucher(2, 500), share("balance", 200)], after: 4800),
            vouchers([(500, 2)], balance: 5000, "12.00", loss: true)),
        Row(
            "SMA-4: the nearest sum, not the largest first", .smartum, .pays("12.00", [voucher(3, 400)], after: 1500),
            vouchers([(1000, 1), (400, 3)], balance: 500, "12.00")),
        Row(
            "SMA-4: of equal sums the fewest", .smartum, .pays("10.00", [voucher(1, 1000)], after: 1000),
            vouchers([(1000, 1), (500, 2)], balance: 0, "10.00")),
        Row(
            "SMA-4: the least loss", .smartum,
            .pays("12.00", [voucher(1, 800), voucher(1, 500, pays: 400)], after: 2000),
            vouchers([(800, 1), (500, 1), (2000, 1)], balance: 0, "12.00", loss: true)),
        Row("SMA-4: for meals no voucher", .smartum, .pays("12.00", [share("balance", 1200)], after: 5300)) {
            vouchers([(500, 3)], balance: 5000, "12.00")(&$0)
            $0.basket(("meal", "12.00"))
        },
        Row("SMA-4: for sport alone", .smartum, .pays("12.00", [voucher(1, 500), share("balance", 700)], after: 5300)) {
            vouchers([(500, 3)], balance: 5000, "12.00")(&$0)
            $0.basket(("meal", "5.00"), ("sport", "7.00"))
        },
        Row(
            "ALL-3: vouchers used here are gone", .smartum,
            .pays("12.00", [voucher(1, 500), share("balance", 700)], after: 4300)
        ) {
            vouchers([(500, 3)], balance: 5000, "12.00")(&$0)
            $0.uncounted { $0.shares = [voucher(2, 500), share("vouchers", 1000, units: 1, of: 1000)] }
        },
        Row("SMA-4: vouchers past their day", .smartum, .pays("12.00", [share("balance", 1200)], after: 3800)) {
            vouchers([(500, 3)], balance: 5000, "12.00")(&$0)
            $0.purse("vouchers", 3, denomination: 500, validThrough: "2026-11-18")
        },
        Row("SMA-4: vouchers on their day", .smartum, .pays("10.00", [voucher(2, 500)], after: 5500)) {
            vouchers([(500, 3)], balance: 5000, "10.00")(&$0)
            $0.purse("vouchers", 3, denomination: 500, validThrough: "2026-11-19")
        },
    ]

    @Test("Vouchers", arguments: stocks) func stockRows(_ row: Row) throws { try row.run() }

    @Test(
        "CARD-19, SMA-4: vouchers pay no fees by way of what another purse has paid",
        arguments: [(Int64(999), false), (1000, true)])
    func noVoucherForFees(_ own: Int64, _ approved: Bool) throws {
        let file = try programme(
            "[[purse]]\nid = \"vouchers\"\nkind = \"vouchers\"\ncategories = [\"sport\"]\n" + moneyPurses(("own", []))
                + "[fees]\npurchase = \"5.00\"")
        var scene = Scene.of(file, [("own", own)], eur("5.00"))
        scene.purse("vouchers", 2, denomination: 500)
        scene.basket(("book", "5.00"))
        var paid = Expected.pays("5.00", [share("own", 1000)], after: 1000)
        paid.lines = [ChargeLine(kind: .purchase, amount: eur("5.00")), ChargeLine(kind: .fee, amount: eur("5.00"))]
        check(try scene.decide(), approved ? paid : Self.noFunds, scene.amount)
    }

    @Test(
        "CARD-19, SMA-4: vouchers pay no fees",
        arguments: [
            (Int64(0), nil, []), (99, nil, []),
            (100, "10.00", [share("vouchers", 1000, units: 2, of: 500), share("own", 100)]),
            (101, "10.01", [share("vouchers", 1000, units: 2, of: 500), share("own", 101)]),
        ] as [(Int64, String?, [PurseShare])])
    func voucherFee(_ own: Int64, _ approved: String?, _ split: [PurseShare]) throws {
        let file = try programme(
            "[[purse]]\nid = \"vouchers\"\nkind = \"vouchers\"\n" + moneyPurses(("own", []))
                + "[fees]\npurchase = \"1.00\"")
        var scene = Scene.of(file, [("own", own)], eur("12.00"))
        scene.purse("vouchers", 2, denomination: 500)
        scene.request.allowsPartial = true
        let decision = try scene.decide()
        if let approved {
            #expect(decision.approvedAmount == eur(approved))
            #expect(decision.split == split)
        } else {
            check(decision, Self.noFunds, scene.amount)
        }
    }
}
