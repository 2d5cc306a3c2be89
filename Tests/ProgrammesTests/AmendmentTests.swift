import Core
import HostProtocol
import Testing

@testable import Programmes

/// CARD-2, CARD-12, CARD-13, CARD-14, CARD-20: what happens to a payment later.
@Suite("Holds, refunds and voids")
struct AmendmentTests {
    /// 300.00 SEK held, or paid, by the card.
    static func earlier(
        _ state: EarlierPayment.State, _ amount: String = "300.00", merchant: String = "M1",
        programme: String = "epassi-card",
        refunded: String = "0.00", isReserved: Bool = true
    ) -> EarlierPayment {
        EarlierPayment(
            payment: UUIDv7(milliseconds: 1, random: [1, 2]), state: state, merchant: merchant, programme: programme,
            amount: sek(amount), split: [share("prepaid", sek(amount).minorUnits)], refunded: sek(refunded),
            expiresAt: at("2026-11-26T12:00:00+01:00"), isReserved: isReserved)
    }

    static func agreed(
        _ rule: RuleID, _ reason: Reason, _ amount: String, _ kind: ChargeLine.Kind, split: [PurseShare]? = nil
    ) -> Expected {
        let money = sek(amount)
        return Expected(
            rule: rule, reason: reason, approved: money.minorUnits,
            split: split ?? [share("prepaid", money.minorUnits)],
            lines: [ChargeLine(kind: kind, amount: money)], valueDate: "2026-11-19")
    }

    static let holds: [Row] = [
        Row("CARD-12: a hold reserves at once", hold("300.00")) { held(&$0) },
        Row("CARD-12: a hold of all there is", hold("300.00", of: 30_000)) {
            held(&$0)
            $0.limit { $0.balance = 30_000 }
        },
        Row("CARD-12: a hold of more than there is", .declined("CARD-1", .insufficientFunds)) {
            held(&$0)
            $0.limit { $0.balance = 29_999 }
        },
        Row("CARD-12: a programme without holds", .smartum, .declined("CARD-12", .holdNotAllowed)) {
            $0.request.kind = .hold
        },
        Row("CARD-12: the same as a purchase", .smartum, .pays("12.00", [share("balance", 1200)], after: 3800)),
    ]

    static func held(_ scene: inout Scene) {
        scene.request.kind = .hold
        scene.amount = sek("300.00")
    }

    static func hold(_ amount: String, of balance: Int64 = 100_000) -> Expected {
        var expected = Expected.pays(amount, of: balance)
        expected.lines = [ChargeLine(kind: .hold, amount: sek(amount))]
        return expected
    }

    @Test("Hold", arguments: holds) func holdRows(_ row: Row) throws { try row.run() }

    struct Step: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var original: EarlierPayment?
        var amount: Money
        let expected: Expected
        var balance: Int64? = 100_000
        var merchant = "M1"
        var status = AccountStatus.active

        init(
            _ name: String, _ original: EarlierPayment?, _ amount: Money, _ expected: Expected,
            _ change: (inout Step) -> Void = { _ in }
        ) {
            testDescription = name
            self.original = original
            self.amount = amount
            self.expected = expected
            change(&self)
        }

        var account: AccountState? {
            var scene = Scene.card
            guard let balance else { return nil }
            scene.limit {
                $0.balance = balance
                $0.status = status
            }
            return scene.account
        }
        var terminal: TerminalState {
            var terminal = Scene.card.terminal
            terminal.merchant = merchant
            return terminal
        }
    }

    static let closed = Expected.declined("CARD-12", .holdClosed)

    static let completions: [Step] = [
        Step(
            "CARD-12: 240.00 of 300.00", earlier(.held), sek("240.00"),
            agreed("CARD-12", .approvedOffline, "240.00", .purchase)),
        Step(
            "CARD-12: 300.00 of 300.00", earlier(.held), sek("300.00"),
            agreed("CARD-12", .approvedOffline, "300.00", .purchase)),
        Step("CARD-12: 300.01 of 300.00", earlier(.held), sek("300.01"), .declined("CARD-12", .holdExceeded)),
        Step(
            "CARD-12: 0.01 of 300.00", earlier(.held), sek("0.01"),
            agreed("CARD-12", .approvedOffline, "0.01", .purchase)),
        Step("CARD-12: 0.00 of 300.00", earlier(.held), sek("0.00"), .declined("CARD-12", .amountNotPositive)),
        Step(
            "CARD-12: below zero", earlier(.held), Money(minorUnits: -1, currency: .sek),
            .declined("CARD-12", .amountNotPositive)),
        Step("CARD-12: a hold that has ended", earlier(.closed), sek("240.00"), closed),
        Step("CARD-12: a hold that is completed", earlier(.paid), sek("240.00"), closed),
        Step(
            "CARD-12: reserved, whatever is left", earlier(.held), sek("240.00"),
            agreed("CARD-12", .approvedOffline, "240.00", .purchase)
        ) {
            $0.balance = 0
        },
        Step(
            "CARD-12: expired, 240.00 left", earlier(.held, isReserved: false), sek("240.00"),
            agreed("CARD-12", .approvedOffline, "240.00", .purchase)
        ) { $0.balance = 24_000 },
        Step("CARD-12: expired, 239.99 left", earlier(.held, isReserved: false), sek("240.00"), closed) {
            $0.balance = 23_999
        },
        Step("CARD-12: expired, account not known", earlier(.held, isReserved: false), sek("240.00"), closed) {
            $0.balance = nil
        },
        Step(
            "CARD-12, CARD-8: expired and blocked since", earlier(.held, isReserved: false), sek("240.00"),
            .declined("CARD-8", .blocked)
        ) {
            $0.status = .blocked
        },
        Step("CARD-12: of another merchant", earlier(.held), sek("240.00"), .declined("CARD-13", .refundOtherMerchant))
        { $0.merchant = "M2" },
        Step(
            "CARD-12: of another programme", earlier(.held, programme: "other"), sek("1.00"),
            .declined("CARD-13", .unknownPurchase)),
        Step("CARD-12: of nothing", nil, sek("1.00"), .declined("CARD-13", .unknownPurchase)),
        Step("CARD-12: in another currency", earlier(.held), eur("1.00"), .declined("CARD-13", .currencyNotAccepted)),
    ]

    @Test("Completion", arguments: completions)
    func complete(_ step: Step) throws {
        let decision = try Scene.card.programme.complete(
            step.original, amount: step.amount, account: step.account, terminal: step.terminal, now: Scene.card.now)
        check(decision, step.expected, step.amount)
    }

    static let releases: [(EarlierPayment.State, Expected)] = [
        (EarlierPayment.State.held, agreed("CARD-12", .released, "300.00", .hold)), (.paid, closed), (.closed, closed),
    ]

    @Test("CARD-12: a release gives all of the hold back, once", arguments: releases)
    func release(_ state: EarlierPayment.State, _ expected: Expected) throws {
        let decision = try Scene.card.programme.release(
            Self.earlier(state), terminal: Scene.card.terminal, now: Scene.card.now)
        check(decision, expected, sek("300.00"))
    }

    static let exceeds = Expected.declined("CARD-13", .refundExceedsPurchase)

    static let refunds: [Step] = [
        Step(
            "CARD-13: 60.00 of 100.00", earlier(.paid, "100.00"), sek("60.00"),
            agreed("CARD-13", .refunded, "60.00", .refund)),
        Step("CARD-13: 60.00 and 50.00 of 100.00", earlier(.paid, "100.00", refunded: "60.00"), sek("50.00"), exceeds),
        Step(
            "CARD-13: 60.00 and 40.00", earlier(.paid, "100.00", refunded: "60.00"), sek("40.00"),
            agreed("CARD-13", .refunded, "40.00", .refund)),
        Step("CARD-13: 60.00 and 40.01", earlier(.paid, "100.00", refunded: "60.00"), sek("40.01"), exceeds),
        Step(
            "CARD-13: all of it", earlier(.paid, "100.00"), sek("100.00"),
            agreed("CARD-13", .refunded, "100.00", .refund)),
        Step("CARD-13: one öre more", earlier(.paid, "100.00"), sek("100.01"), exceeds),
        Step("CARD-13: nothing is left", earlier(.paid, "100.00", refunded: "100.00"), sek("0.01"), exceeds),
        Step(
            "CARD-13: more than can be added up", earlier(.paid, "100.00", refunded: "60.00"),
            Money(minorUnits: .max, currency: .sek), exceeds),
        Step("CARD-13: 0.00", earlier(.paid, "100.00"), sek("0.00"), .declined("CARD-13", .amountNotPositive)),
        Step(
            "CARD-13: below zero", earlier(.paid), Money(minorUnits: -1, currency: .sek),
            .declined("CARD-12", .amountNotPositive)),
        Step(
            "CARD-13: bought at another merchant", earlier(.paid), sek("60.00"),
            .declined("CARD-13", .refundOtherMerchant)
        ) { $0.merchant = "M2" },
        Step("CARD-13: no earlier purchase", nil, sek("60.00"), .declined("CARD-13", .unknownPurchase)),
        Step(
            "CARD-13: a purchase of another programme", earlier(.paid, programme: "epassi-wallet"), sek("1.00"),
            .declined("CARD-13", .unknownPurchase)),
        Step("CARD-13: of a hold", earlier(.held), sek("1.00"), .declined("CARD-13", .purchaseChanged)),
        Step("CARD-13: of what was taken back", earlier(.closed), sek("1.00"), .declined("CARD-13", .purchaseChanged)),
        Step("CARD-13: in another currency", earlier(.paid), eur("1.00"), .declined("CARD-13", .currencyNotAccepted)),
        Step(
            "CARD-2: balance 14,900.00, refund 200.00", earlier(.paid), sek("200.00"),
            .declined("CARD-2", .balanceCapExceeded)
        ) { $0.balance = 1_490_000 },
        Step(
            "CARD-2: balance 14,800.00, refund 200.00", earlier(.paid), sek("200.00"),
            agreed("CARD-13", .refunded, "200.00", .refund)
        ) { $0.balance = 1_480_000 },
        Step(
            "CARD-2: balance 14,800.01, refund 200.00", earlier(.paid), sek("200.00"),
            .declined("CARD-2", .balanceCapExceeded)
        ) { $0.balance = 1_480_001 },
        Step(
            "CARD-2: a balance that can't be added to", earlier(.paid), sek("200.00"),
            .declined("CARD-2", .balanceCapExceeded)
        ) { $0.balance = .max },
        Step(
            "CARD-2: the host minds the cap of an account that is not known here", earlier(.paid), sek("200.00"),
            agreed("CARD-13", .refunded, "200.00", .refund)
        ) { $0.balance = nil },
    ]

    @Test("Refund", arguments: refunds)
    func refund(_ step: Step) throws {
        let decision = try Scene.card.programme.refund(
            step.original, amount: step.amount, account: step.account, terminal: step.terminal, now: Scene.card.now)
        check(decision, step.expected, step.amount)
    }

    @Test("CARD-13: no refunds without the table")
    func noRefund() throws {
        let file = try changed("epassi-card", ("[refund]                         # CARD-13\ncredit_days = 3", ""))
        let decision = file.refund(
            Self.earlier(.paid), amount: sek("1.00"), account: Scene.card.account, terminal: Scene.card.terminal,
            now: Scene.card.now)
        check(decision, .declined("CARD-13", .refundNotAllowed), sek("1.00"))
    }

    static let changed14 = Expected.declined("CARD-14", .purchaseChanged)

    static let voids: [(EarlierPayment, Expected)] = [
        (earlier(.paid), agreed("CARD-14", .voided, "300.00", .refund)), (earlier(.paid, refunded: "0.01"), changed14),
        (earlier(.held), changed14), (earlier(.closed), changed14),
        (earlier(.paid, merchant: "M2"), .declined("CARD-13", .refundOtherMerchant)),
    ]

    @Test("CARD-14: the merchant takes back a whole purchase, none that is refunded", arguments: voids)
    func void(_ original: EarlierPayment, _ expected: Expected) throws {
        let decision = try Scene.card.programme.void(original, terminal: Scene.card.terminal, now: Scene.card.now)
        check(decision, expected, sek("300.00"))
    }
}
