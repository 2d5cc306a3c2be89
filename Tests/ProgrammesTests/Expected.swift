import Core
import HostProtocol
import Testing

@testable import Programmes

/// The whole of a decision but its trace, as a test expects it.
struct Expected: Sendable {
    var outcome = Decision.Outcome.approved
    var rule: RuleID = "ALL-7"
    var reason = Reason.approvedOffline
    /// In the currency of the request.
    var approved: Int64 = 0
    var split: [PurseShare] = []
    var lines: [ChargeLine] = []
    /// Minor units.
    var after: Int64?
    var provisional = false
    var valueDate: String?

    static func declined(_ rule: RuleID, _ reason: Reason) -> Expected {
        Expected(outcome: .declined, rule: rule, reason: reason)
    }

    static let online = Expected(outcome: .goOnline, rule: "ALL-7", reason: .onlineRequired)

    /// Approved here, on Thursday 2026-11-19, paid by these purses.
    static func pays(_ approved: String, _ split: [PurseShare], after: Int64) -> Expected {
        Expected(approved: eur(approved).minorUnits, split: split, after: after, valueDate: "2026-11-19")
    }

    /// By the prepaid card of ``Scene/card``: 1,000.00 less what is approved is left, unless told otherwise.
    static func pays(_ approved: String, of balance: Int64 = 100_000) -> Expected {
        let units = sek(approved).minorUnits
        return .pays(approved, [share("prepaid", units)], after: balance - units)
    }

    func by(_ rule: RuleID, _ reason: Reason) -> Expected {
        var other = self
        other.rule = rule
        other.reason = reason
        return other
    }

    func on(_ valueDate: String) -> Expected {
        var other = self
        other.valueDate = valueDate
        return other
    }
}

/// Money, or points and vouchers when the units are given.
func share(_ purse: String, _ money: Int64, units: Int64? = nil, of denomination: Int64? = nil) -> PurseShare {
    PurseShare(purse: purse, denomination: denomination, units: units ?? money, money: money)
}

func check(_ decision: Decision, _ expected: Expected, _ asked: Money, at location: SourceLocation = #_sourceLocation) {
    #expect(decision.outcome == expected.outcome, sourceLocation: location)
    #expect(decision.rule == expected.rule, sourceLocation: location)
    #expect(decision.reason == expected.reason, sourceLocation: location)
    #expect(
        decision.approvedAmount == Money(minorUnits: expected.approved, currency: asked.currency),
        sourceLocation: location)
    #expect(decision.split == expected.split, sourceLocation: location)
    #expect(decision.lines == expected.lines, sourceLocation: location)
    #expect(decision.availableAfter?.minorUnits == expected.after, sourceLocation: location)
    #expect(decision.isProvisional == expected.provisional, sourceLocation: location)
    #expect(decision.valueDate?.description == expected.valueDate, sourceLocation: location)
    let failed = decision.trace.filter { !$0.passed }.map(\.rule)
    #expect(failed == (expected.outcome == .declined ? [expected.rule] : []), sourceLocation: location)
}

/// One row of a table: what is spoilt, and what comes of it.
struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let scene: Scene
    let expected: Expected
    let atHost: Bool

    init(
        _ name: String, _ base: Scene, atHost: Bool = false, _ expected: Expected,
        _ change: (inout Scene) -> Void = { _ in }
    ) {
        self.name = name
        var scene = base
        change(&scene)
        self.scene = scene
        self.expected = expected
        self.atHost = atHost
    }

    /// Of ``Scene/card``.
    init(_ name: String, atHost: Bool = false, _ expected: Expected, _ change: (inout Scene) -> Void = { _ in }) {
        self.init(name, .card, atHost: atHost, expected, change)
    }

    var testDescription: String { name }

    func run() throws { check(try atHost ? scene.authorise() : scene.decide(), expected, scene.amount) }
}
