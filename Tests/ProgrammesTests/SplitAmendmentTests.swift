import Core
import HostProtocol
import Testing

@testable import Programmes

/// CARD-12, CARD-20, SMA-4, WAL-3: what each purse gets back, and what a completion takes of it.
@Suite("Amendments of split payments")
struct SplitAmendmentTests {
    /// 10.00 benefit, 150 points for 1.50 and 3.50 own money.
    static let three = [share("benefit", 1000), share("points", 150, units: 150), share("own", 350)]

    static func paid(_ split: [PurseShare], _ programme: String, refunded: Int64 = 0) -> EarlierPayment {
        EarlierPayment(
            payment: UUIDv7(milliseconds: 1, random: [1, 2]), state: .paid, merchant: "M1", programme: programme,
            amount: Money(minorUnits: split.reduce(0) { $0 + $1.money }, currency: .eur), split: split,
            refunded: Money(minorUnits: refunded, currency: .eur))
    }

    static let givenBack: [(Int64, Int64, [PurseShare])] = [
        (Int64(0), Int64(350), [share("own", 350)]), (0, 351, [share("own", 350), share("points", 1)]),
        (0, 349, [share("own", 349)]), (0, 500, [share("own", 350), share("points", 150)]),
        (0, 1500, [share("own", 350), share("points", 150), share("benefit", 1000)]),
        (350, 100, [share("points", 100)]),
        (450, 51, [share("points", 50), share("benefit", 1)]), (500, 1000, [share("benefit", 1000)]),
    ]

    @Test("WAL-3, CARD-20: what was used last comes back first, points as points", arguments: givenBack)
    func returned(_ before: Int64, _ amount: Int64, _ split: [PurseShare]) throws {
        let decision = try Scene.wallet.programme.refund(
            Self.paid(Self.three, "epassi-wallet", refunded: before), amount: Money(minorUnits: amount, currency: .eur),
            account: Scene.wallet.account, terminal: Scene.wallet.terminal, now: Scene.wallet.now)
        #expect(decision.reason == .refunded)
        #expect(decision.split == split)
    }

    /// At 30 points for 1.00 EUR, 1.00 EUR took 30 points: refunded a cent at a time, exactly 30 come back.
    @Test("WAL-3: refunds in steps return exactly the points that were taken", arguments: [1, 3, 7, 33, 50, 100])
    func steps(_ step: Int) throws {
        let file = try programme(
            "[[purse]]\nid = \"points\"\nkind = \"points\"\npoints_per_unit = 30\n[refund]\ncredit_days = 3")
        var (given, refunded) = (Int64(0), Int64(0))
        while refunded < 100 {
            let amount = min(Int64(step), 100 - refunded)
            let decision = file.refund(
                Self.paid([share("points", 100, units: 30)], "test", refunded: refunded),
                amount: Money(minorUnits: amount, currency: .eur), account: nil, terminal: Scene.wallet.terminal,
                now: Scene.wallet.now)
            #expect(decision.approved)
            #expect(decision.split.allSatisfy { $0.units >= 0 && $0.money == amount })
            given += decision.split.reduce(0) { $0 + $1.units }
            refunded += amount
        }
        #expect(given == 30)
    }

    static let vouchersBack: [([PurseShare], Int64, Int64, [PurseShare]?)] = [
        // Split, refunded before, refund, comes back
        (
            [share("vouchers", 1000, units: 2, of: 500), share("balance", 200)], Int64(0), Int64(200),
            [share("balance", 200)]
        ),
        (
            [share("vouchers", 1000, units: 2, of: 500), share("balance", 200)], 0, 700,
            [share("balance", 200), share("vouchers", 500, units: 1, of: 500)]
        ),
        ([share("vouchers", 1000, units: 2, of: 500), share("balance", 200)], 0, 201, nil),
        ([share("vouchers", 1000, units: 2, of: 500), share("balance", 200)], 0, 699, nil),
        (
            [share("vouchers", 1000, units: 2, of: 500), share("balance", 200)], 700, 500,
            [share("vouchers", 500, units: 1, of: 500)]
        ),
        ([share("vouchers", 1200, units: 3, of: 500)], 0, 500, [share("vouchers", 500, units: 1, of: 500)]),
        ([share("vouchers", 1200, units: 3, of: 500)], 0, 400, nil),
        ([share("vouchers", 1200, units: 3, of: 500)], 0, 1200, [share("vouchers", 1200, units: 3, of: 500)]),
        ([share("vouchers", 1200, units: 3, of: 500)], 1000, 200, [share("vouchers", 200, units: 1, of: 500)]),
    ]

    @Test("SMA-4: vouchers come back whole; one used with a loss with the last of the money", arguments: vouchersBack)
    func vouchers(_ split: [PurseShare], _ before: Int64, _ amount: Int64, _ back: [PurseShare]?) throws {
        let decision = try Scene.smartum.programme.refund(
            Self.paid(split, "smartum", refunded: before), amount: Money(minorUnits: amount, currency: .eur),
            account: Scene.smartum.account, terminal: Scene.smartum.terminal, now: Scene.smartum.now)
        #expect(decision.reason == (back == nil ? .refundNeedsWholeVouchers : .refunded))
        #expect(decision.split == back ?? [])
    }

    static let parts: [(Int64, [PurseShare])] = [
        (Int64(1500), three), (1499, [share("benefit", 1000), share("points", 150), share("own", 349)]),
        (1001, [share("benefit", 1000), share("points", 1)]), (1000, [share("benefit", 1000)]),
        (1, [share("benefit", 1)]),
    ]

    @Test("CARD-12: a completion takes from the purses in their order of use", arguments: parts)
    func portions(_ amount: Int64, _ split: [PurseShare]) throws {
        var hold = Self.paid(Self.three, "epassi-wallet")
        hold.state = .held
        let decision = try Scene.wallet.programme.complete(
            hold, amount: Money(minorUnits: amount, currency: .eur), account: Scene.wallet.account,
            terminal: Scene.wallet.terminal, now: Scene.wallet.now)
        #expect(decision.reason == .approvedOffline)
        #expect(decision.split == split)
    }
}
