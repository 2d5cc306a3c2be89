import Core
import HostProtocol
import Testing

@testable import Programmes

@Suite("Decisions at rest")
struct StoredDecisionTests {
    /// Every outcome, with everything that a decision can hold.
    static func decisions() throws -> [Decision] {
        var scenes = [Scene.card, .wallet, .smartum, .mobile]
        var foreign = Scene.card
        CardMoneyTests.foreign("10.00", at: "11.20")(&foreign)
        scenes.append(foreign)
        var vouchers = Scene.smartum
        PurseTests.vouchers([(500, 3)], balance: 0, "12.00", loss: true)(&vouchers)
        scenes.append(vouchers)
        scenes += scenes.map { scene in
            var other = scene
            other.account = nil
            return other
        }
        scenes += scenes.prefix(4).map { scene in
            var other = scene
            other.terminal.hostReachable = true
            other.draw = 1
            return other
        }
        var decisions = try scenes.map { try $0.decide() }
        decisions.append(
            Decision(
                outcome: .unknown, approvedAmount: .zero(.jpy), rule: "ALL-10", reason: .storeOutcomeUnknown,
                availableAfter: Money(minorUnits: .min, currency: .kwd),
                split: [PurseShare(purse: "a", denomination: .max, units: .min, money: -1)],
                lines: [ChargeLine(kind: .refund, amount: Money(minorUnits: .max, currency: .isk))],
                isProvisional: true,
                valueDate: day("0001-01-01"), trace: [RuleVerdict(rule: "ALL-1", passed: false, inputs: [])]))
        return decisions
    }

    @Test("A stored decision reads back as it was")
    func roundTrip() throws {
        for decision in try Self.decisions() {
            #expect(Decision(stored: decision.stored) == decision)
            #expect(Decision(stored: decision.stored)?.stored == decision.stored)
        }
    }

    @Test("What is told apart by control characters alone is the same at rest")
    func blanks() {
        let trace = ["x\u{7}", "x ", "x\t"].map { RuleVerdict(rule: RuleID(rawValue: "ALL-1\($0)"), passed: true, inputs: [RuleInput(.note, $0)]) }
        let decision = Decision(
            outcome: .approved, approvedAmount: sek("1.00"), rule: "CARD-21", reason: .approvedOnline, trace: trace)
        #expect(Decision(stored: decision.stored)?.stored == decision.stored)
    }

    @Test("Control characters in a value are blanks")
    func hostile() {
        let decision = Decision(
            outcome: .approved, approvedAmount: sek("1.00"), rule: RuleID(rawValue: "CARD-21\t\n\r"),
            reason: .approvedOnline,
            split: [share("a\tb\n", 100)],
            trace: [RuleVerdict(rule: "ALL\n1", passed: true, inputs: [RuleInput(.note, "x\ty\nr\tALL-1\t1\u{0}é")])])
        let read = Decision(stored: decision.stored)
        #expect(read?.rule == "CARD-21   ")
        #expect(read?.split == [share("a b ", 100)])
        #expect(
            read?.trace == [RuleVerdict(rule: "ALL 1", passed: true, inputs: [RuleInput(.note, "x y r ALL-1 1 é")])])
    }

    @Test("Version 1 is read: one currency, no shares, verdicts with a text")
    func firstVersion() {
        let text =
            "1\tapproved\tALL-7\tapprovedOffline\tSEK\t9500\t90500\nCARD-4\t1\t95.00 SEK, limit 5000.00 SEK\nCARD-1\t0\t"
        #expect(
            Decision(stored: text)
                == Decision(
                    outcome: .approved, approvedAmount: sek("95.00"), rule: "ALL-7", reason: .approvedOffline,
                    availableAfter: sek("905.00"),
                    trace: [
                        RuleVerdict(
                            rule: "CARD-4", passed: true, inputs: [RuleInput(.note, "95.00 SEK, limit 5000.00 SEK")]),
                        RuleVerdict(rule: "CARD-1", passed: false, inputs: [RuleInput(.note, "")]),
                    ]))
        let declined = Decision(stored: "1\tdeclined\tCARD-8\tblocked\tEUR\t0\t-")
        #expect(declined == Decision(outcome: .declined, approvedAmount: eur("0"), rule: "CARD-8", reason: .blocked))
        // A tab within the text of version 1 is part of it.
        #expect(
            Decision(stored: "1\tdeclined\tCARD-8\tblocked\tEUR\t0\t-\nCARD-8\t0\ta\tb")?.trace.first?.inputs == [
                RuleInput(.note, "a\tb")
            ])
    }

    static let head = "2\tapproved\tALL-7\tapprovedOffline\tSEK\t1\t-\t0\t-"

    @Test(
        "Text that was never stored is refused",
        arguments: [
            "", "1", "1\tapproved", "4" + head.dropFirst(), "2\tapproved\tALL-7\tapprovedOffline\tSEK\t1\t-",
            "1\tapproved\tALL-7\tapprovedOffline\tSEK\tx\t-", "1\tapproved\tALL-7\tapprovedOffline\tSEK\t1\t-\t0\t-",
            "1\tmaybe\tALL-7\tapprovedOffline\tSEK\t1\t-", "1\tapproved\tALL-7\tbecause\tSEK\t1\t-",
            "1\tapproved\tALL-7\tapprovedOffline\tXXX\t1\t-", "1\tapproved\tALL-7\tapprovedOffline\tSEK\t1\tx",
            "1\tapproved\tALL-7\tapprovedOffline\tSEK\t1\t-\nCARD-4\t2\tx",
            "1\tapproved\tALL-7\tapprovedOffline\tSEK\t1\t-\nCARD-4\t1",
            "2\tapproved\tALL-7\tapprovedOffline\tSEK\t1\tXXX 5\t0\t-",
            "2\tapproved\tALL-7\tapprovedOffline\tSEK\t1\tSEK 5 6\t0\t-",
            "2\tapproved\tALL-7\tapprovedOffline\tSEK\t1\t-\t7\t-",
            "2\tapproved\tALL-7\tapprovedOffline\tSEK\t1\t-\t0\tgarbage",
            "2\tapproved\tALL-7\tapprovedOffline\tSEK\t1\t-\t0\t2026-02-30", head + "\n", head + "\nq\t1",
            head + "\ns\ta\t-\t1",
            head + "\ns\ta\tx\t1\t1", head + "\ns\ta\t-\tx\t1", head + "\ns\ta\t-\t1\tx", head + "\nl\tbribe\tSEK\t1",
            head + "\nl\tfee\tXXX\t1", head + "\nl\tfee\tSEK\tx", head + "\nr\tALL-1", head + "\nr\tALL-1\t2",
            head + "\nr\tALL-1\t1\tlimit", head + "\nr\tALL-1\t1\tnothing\t1", head + "\nCARD-4\t1\ttext",
            // Verdicts of another version; a rule, and a value, that were never said; a label without a value.
            head + "\n+ALL-1", third + "\nr\tALL-1\t1", third + "\n+\u{1}", third + "\n+\u{1}\tlimit\t1", third + "\n+ALL-1\tlimit\t\u{1}",
            third + "\n+ALL-1\tlimit", third + "\n+ALL-1\tnothing\t1", third + "\n*ALL-1", third + "\n",
        ])
    func refused(_ text: String) { #expect(Decision(stored: text) == nil) }

    static let third = "3" + head.dropFirst()

    @Test("The shortest that was stored is not")
    func shortest() {
        #expect(Decision(stored: Self.head) != nil)
        #expect(Decision(stored: Self.third) == Decision(stored: Self.head))
    }

    @Test("Version 2 is read: verdicts in full; version 3 leaves out what was said before")
    func versions() throws {
        let full = Self.head + "\nr\tALL-4\t1\tasked\t1.00 SEK\tlimit\t5\nr\tALL-4\t0\tlimit\t6\tasked\t1.00 SEK\nr\tALL-7\t1\tlimit\t6"
        let short = Self.third + "\n+ALL-4\tasked\t1.00 SEK\tlimit\t5\n-\u{1}\tlimit\t6\tasked\t\u{1}\n+ALL-7\tlimit\t\u{1}"
        let decision = try #require(Decision(stored: full))
        #expect(
            decision.trace == [
                RuleVerdict(rule: "ALL-4", passed: true, inputs: [RuleInput(.asked, "1.00 SEK"), RuleInput(.limit, "5")]),
                RuleVerdict(rule: "ALL-4", passed: false, inputs: [RuleInput(.limit, "6"), RuleInput(.asked, "1.00 SEK")]),
                RuleVerdict(rule: "ALL-7", passed: true, inputs: [RuleInput(.limit, "6")]),
            ])
        #expect(decision.stored == short)
        #expect(Decision(stored: short) == decision)
    }

    @Test("ALL-1: every reason has a sentence in three languages", arguments: Reason.allCases)
    func sentences(_ reason: Reason) {
        let sentence = reason.sentence
        let all = Language.allCases.map { sentence[$0] }
        #expect(Set(all).count == 3)
        #expect(all.allSatisfy { $0.hasSuffix(".") })
    }

    @Test("ALL-1: every label of a rule's inputs has a name in three languages", arguments: InputLabel.allCases)
    func labels(_ label: InputLabel) { #expect(Language.allCases.allSatisfy { !label.name[$0].isEmpty }) }
}
