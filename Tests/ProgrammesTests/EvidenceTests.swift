import Core
import HostProtocol
import Testing

@testable import Programmes

/// ALL-7, ALL-9, CARD-17: what the instrument and the payer have proved.
@Suite("Evidence and consent")
struct EvidenceTests {
    static let notAuthentic = Expected.declined("ALL-7", .cardNotAuthentic)
    static let unverified = Expected.declined("ALL-9", .verificationRequired)
    static let unproved = Expected.declined("ALL-7", .verificationRequired)

    static let cards: [Row] = [
        Row("ALL-7: TC, authenticated", .pays("95.00")),
        Row("ALL-7: TC, authentication failed", notAuthentic) { $0.evidence.authentication = .failed },
        Row("ALL-7: TC, not authenticated", notAuthentic) { $0.evidence.authentication = .notPerformed },
        Row("ALL-7: TC, a counter is for tags", notAuthentic) { $0.evidence.authentication = .counterOnly },
        Row("ALL-7: AAC", .declined("ALL-7", .declinedByCard)) { $0.evidence.cryptogram = .aac },
        Row("ALL-7: AAC, the host answers", .declined("ALL-7", .declinedByCard)) {
            $0.evidence.cryptogram = .aac
            $0.terminal.hostReachable = true
        },
        Row("ALL-7: a card without a cryptogram", .declined("ALL-7", .cardDataInvalid)) {
            $0.evidence.cryptogram = .none
        },
        Row("ALL-7: a card without a cryptogram, the host answers", .declined("ALL-7", .cardDataInvalid)) {
            $0.evidence.cryptogram = .none
            $0.terminal.hostReachable = true
        },
        Row("ALL-7: ARQC while the host is away, not permitted", .declined("CARD-21", .onlineRequired)) {
            $0.evidence.cryptogram = .arqc
        },
    ]

    @Test("Card", arguments: cards) func cardRows(_ row: Row) throws { try row.run() }

    /// The card with deferred authorisation up to 200.00.
    static func deferring(_ change: (inout Scene) -> Void) throws -> Scene {
        var scene = Scene.card
        scene.file = try changed(
            "epassi-card", ("maximum_amount = \"500.00\"", "deferred_maximum = \"200.00\"\nmaximum_amount = \"500.00\"")
        )
        scene.evidence.cryptogram = .arqc
        change(&scene)
        return scene
    }

    static let deferred = Expected.pays("95.00").by("ALL-7", .approvedDeferred)

    struct Deferral: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let expected: Expected
        let change: @Sendable (inout Scene) -> Void
    }

    static let deferrals: [Deferral] = [
        Deferral(testDescription: "95.00", expected: deferred) { _ in },
        Deferral(testDescription: "200.00", expected: .pays("200.00").by("ALL-7", .approvedDeferred)) {
            $0.amount = sek("200.00")
        },
        Deferral(testDescription: "200.01", expected: .declined("ALL-7", .offlineAmountLimit)) {
            $0.amount = sek("200.01")
        },
        Deferral(testDescription: "the host answers", expected: .online) { $0.terminal.hostReachable = true },
        Deferral(testDescription: "the host answers, above", expected: .online) {
            $0.terminal.hostReachable = true
            $0.amount = sek("200.01")
        },
        Deferral(testDescription: "authentication failed", expected: notAuthentic) {
            $0.evidence.authentication = .failed
        },
        Deferral(testDescription: "not authenticated", expected: notAuthentic) {
            $0.evidence.authentication = .notPerformed
        },
        Deferral(testDescription: "online PIN", expected: unverified) { $0.evidence.verification = .onlinePIN },
        Deferral(testDescription: "PIN", expected: deferred) { $0.evidence.verification = .pin },
        Deferral(testDescription: "no allowance", expected: .declined("CARD-21", .onlineRequired)) {
            $0.limit { $0.offlineAllowance = nil }
        },
        Deferral(testDescription: "count", expected: .declined("ALL-4", .offlineCountExceeded)) {
            $0.uncounted { $0.offlineCount = 3 }
        },
        Deferral(testDescription: "AAC", expected: .declined("ALL-7", .declinedByCard)) {
            $0.evidence.cryptogram = .aac
        },
        Deferral(testDescription: "TC", expected: .pays("95.00")) { $0.evidence.cryptogram = .tc },
        Deferral(testDescription: "TC above", expected: .pays("200.01")) {
            $0.evidence.cryptogram = .tc
            $0.amount = sek("200.01")
        },
        Deferral(testDescription: "total above in another currency", expected: .declined("ALL-7", .offlineAmountLimit))
        {
            CardMoneyTests.foreign("194.28", at: "1")(&$0)
        },
        Deferral(
            testDescription: "total within in another currency",
            expected: CardMoneyTests.costs("194.27", "194.27", "5.73").by("ALL-7", .approvedDeferred)
        ) { CardMoneyTests.foreign("194.27", at: "1")(&$0) },
    ]

    @Test("ALL-7: deferred authorisation", arguments: deferrals)
    func deferral(_ row: Deferral) throws {
        let scene = try Self.deferring(row.change)
        check(try scene.decide(), row.expected, scene.amount)
    }

    // MARK: Tags, phones and applications

    static func counter(_ amount: String) -> (inout Scene) -> Void {
        { scene in
            scene.evidence.authentication = .counterOnly
            scene.amount = eur(amount)
            scene.purse("benefit", 0)
        }
    }

    static func phone(_ verification: InstrumentEvidence.Verification, kind: InstrumentKind = .phone) -> (inout Scene)
        -> Void
    {
        { scene in
            scene.evidence = InstrumentEvidence(
                cryptogram: .none, authentication: .notPerformed, verification: verification, expiry: nil, kind: kind)
            scene.purse("benefit", 0)
            scene.purse("own", 1270)
        }
    }

    static let proved = Expected.pays("12.70", [share("own", 1270)], after: 0)
    static let balance = Expected.pays("12.00", [share("balance", 1200)], after: 3800)

    static let others: [Row] = [
        Row(
            "ALL-7: a tag's counter, 10.00", .wallet, .pays("10.00", [share("own", 1000)], after: 4000),
            counter("10.00")),
        Row("ALL-7: a tag's counter, 10.01", .wallet, .declined("ALL-7", .offlineAmountLimit), counter("10.01")),
        Row("ALL-7: a tag's mutual authentication, 10.01", .wallet, .pays("10.01", [share("own", 1001)], after: 3999)) {
            counter("10.01")(&$0)
            $0.evidence.authentication = .passed
        },
        Row("ALL-7: a tag that proves nothing", .wallet, notAuthentic) { $0.evidence.authentication = .notPerformed },
        Row("ALL-7: a tag that is no tag of ours", .wallet, notAuthentic) { $0.evidence.authentication = .failed },
        Row(
            "ALL-7: a counter, 15.00 at another programme", .smartum,
            .pays("15.00", [share("balance", 1500)], after: 3500)
        ) {
            $0.evidence.authentication = .counterOnly
            $0.amount = eur("15.00")
        },
        Row("ALL-7: a counter, 15.01 at another programme", .smartum, .declined("ALL-7", .offlineAmountLimit)) {
            $0.evidence.authentication = .counterOnly
            $0.amount = eur("15.01")
        },
        Row("ALL-7: a phone number alone", .wallet, unproved, phone(.none)),
        Row("ALL-7: a phone number with a signature", .wallet, unproved, phone(.signature)),
        Row("ALL-7: a phone number with a receipt", .wallet, unproved, phone(.receipt)),
        Row("ALL-7: a phone number with a PIN", .wallet, proved, phone(.pin)),
        Row("ALL-7: a phone number with the phone's own check", .wallet, proved, phone(.device)),
        Row("ALL-7: a phone number with an online PIN that nobody checks", .wallet, unproved, phone(.onlinePIN)),
        Row("ALL-7: the application with a receipt", .wallet, proved, phone(.receipt, kind: .app)),
        Row("ALL-7: the application with a PIN", .wallet, unproved, phone(.pin, kind: .app)),
        Row("ALL-7: a phone number alone, the host answers", .wallet, unproved) {
            phone(.none)(&$0)
            $0.terminal.hostReachable = true
            $0.draw = 1
        },
        Row("ALL-7: an e-mail address alone", .smartum, unproved) {
            $0.evidence.kind = .email
            $0.evidence.verification = .none
        },
        Row("ALL-7: an e-mail address with a PIN", .smartum, balance) {
            $0.evidence.kind = .email
            $0.evidence.authentication = .notPerformed
            $0.evidence.verification = .pin
        },
        Row("MOB-4, ALL-7: the application without a receipt", .mobile, unproved) {
            $0.evidence.verification = .device
        },
    ]

    @Test("Other instruments", arguments: others) func otherRows(_ row: Row) throws { try row.run() }

    @Test("ALL-7: a counter alone is not enough where the programme says nothing of it")
    func noCounter() throws {
        var scene = Scene.wallet
        scene.file = try changed("epassi-wallet", ("counter_only_maximum = \"10.00\"", ""))
        Self.counter("0.01")(&scene)
        check(try scene.decide(), Self.notAuthentic, scene.amount)
    }

    // MARK: Verification by amount

    /// Programme, bound of the first tier, ways good below it and above it.
    static let tiers: [(Scene, String, Set<InstrumentEvidence.Verification>, Set<InstrumentEvidence.Verification>)] = [
        (.card, "400.00", [.none, .device, .signature, .pin], [.device, .signature, .pin]),
        (.smartum, "25.00", [.none, .pin, .device], [.pin, .device]),
    ]

    @Test(
        "ALL-9, CARD-17: up to a limit none, above it more; what can't be verified is declined",
        arguments: tiers.indices)
    func tier(_ row: Int) throws {
        let (base, bound, below, above) = Self.tiers[row]
        let currency = base.amount.currency
        for method in InstrumentEvidence.Verification.allCases {
            for (cents, good) in [(Int64(-1), below), (0, below), (1, above)] {
                var scene = base
                scene.amount = Money(minorUnits: money(bound, currency).minorUnits + cents, currency: currency)
                scene.allowance(1_000_000)
                scene.evidence.verification = method
                let decision = try scene.decide()
                #expect(decision.approved == good.contains(method), "\(method) at \(scene.amount)")
                if !good.contains(method) { check(decision, Self.unverified, scene.amount) }
                // The host checks an online PIN, and nothing else that the terminal can't.
                scene.terminal.hostReachable = true
                if base.id == "epassi-card" { scene.evidence.cryptogram = .arqc }
                let online = good.contains(method) || method == .onlinePIN
                check(try scene.decide(), online ? .online : Self.unverified, scene.amount)
            }
        }
    }

    /// Its floor of 50.00 ends where its first tier does: above it the host is asked, or nobody.
    @Test(
        "ALL-9: the wallet's tiers, to the host above 50.00",
        arguments: [
            ("50.00", InstrumentEvidence.Verification.none, true), ("50.01", .none, false), ("50.01", .pin, true),
            ("50.01", .device, true),
            ("50.01", .receipt, true), ("50.01", .signature, false), ("50.00", .signature, false),
            ("50.01", .onlinePIN, true),
        ])
    func wallet(_ amount: String, _ method: InstrumentEvidence.Verification, _ good: Bool) throws {
        var scene = Scene.wallet
        scene.amount = eur(amount)
        scene.draw = 1
        scene.evidence.verification = method
        scene.terminal.hostReachable = true
        check(try scene.decide(), good ? .online : Self.unverified, scene.amount)
    }
}
