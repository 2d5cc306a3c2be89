import Core
import Foundation
import HostProtocol
import Testing

@testable import Programmes

private let pinTOML = "tries = 3\nchecked_by = \"terminal\"\nvirtual_cards = false"

private func rules(_ toml: String = pinTOML) throws(TOMLFileError) -> PINTryRules {
    try PINTryRules(try TOMLFileTable(toml: toml, file: "pin.toml"), currency: .eur)
}

private let start = UTCInstant(milliseconds: 1_795_262_400_000)

private func at(_ milliseconds: Int64, anchored: Bool = true) -> TrustedTime {
    TrustedTime(instant: start.advanced(byMilliseconds: milliseconds), anchored: anchored)
}

private let now = at(0)

@Suite("Tries of a PIN")
struct PINTryRuleTests {
    enum Event: CaseIterable, Sendable {
        case right, wrong
        /// Power goes after the try was counted: the answer, right or wrong, is not stored.
        case cut
        case disabled, reactivated
        /// The host tells again what it told last, as with every change of a balance.
        case toldAgain
    }

    /// What CARD-5 says, as plainly as it can be written.
    private struct Model {
        var row = 0
        var dead = false
        var issuerDisabled = false

        var status: PINStatus { dead || issuerDisabled ? .disabled : .enabled(left: 3 - row) }

        mutating func take(_ event: Event) {
            switch event {
            case .right where !dead && !issuerDisabled: row = 0
            case .wrong where !dead && !issuerDisabled, .cut where !dead && !issuerDisabled:
                row += 1
                dead = row == 3
            case .right, .wrong, .cut, .toldAgain: break
            case .disabled: issuerDisabled = true
            case .reactivated: self = Model()
            }
        }
    }

    private struct Terminal {
        var pin = PINTries()
        var told = PINState(disabled: false)

        mutating func take(_ event: Event, _ rules: PINTryRules, now: TrustedTime) {
            switch event {
            case .right, .wrong, .cut:
                let verdict = rules.begin(pin, now: now)
                pin = verdict.store
                if verdict.ruling.passed, event != .cut { pin.finish(right: event == .right) }
            case .disabled:
                told = PINState(disabled: true)
                pin.update(told, now: now.instant)
            case .reactivated:
                told = PINState(disabled: false, enabledFrom: now.instant)
                pin.update(told, now: now.instant)
            case .toldAgain: pin.update(told, now: now.instant)
            }
        }
    }

    private func explore(
        _ events: [Event], depth: Int, _ terminal: Terminal, _ model: Model, _ rules: PINTryRules, _ path: [Event],
        _ count: inout Int
    ) -> [Event]? {
        guard path.count < depth else { return nil }
        let time = at(Int64(path.count) * 1000)
        for event in events {
            var (terminal, model) = (terminal, model)
            terminal.take(event, rules, now: time)
            model.take(event)
            count += 1
            guard rules.status(terminal.pin, now: time) == model.status else { return path + [event] }
            if let wrong = explore(events, depth: depth, terminal, model, rules, path + [event], &count) {
                return wrong
            }
        }
        return nil
    }

    @Test(
        "CARD-5: every sequence of tries, power cuts and the issuer's words agrees with the plain model",
        arguments: [
            ([.right, .wrong, .cut], 8), ([.right, .wrong, .cut, .reactivated, .toldAgain], 8), (Event.allCases, 8),
        ] as [([Event], Int)])
    func everySequence(events: [Event], depth: Int) throws {
        var count = 0
        let wrong = explore(events, depth: depth, Terminal(), Model(), try rules(), [], &count)
        #expect(wrong == nil)
        // All nodes of the tree were visited: Σ nⁱ for i = 1…depth.
        #expect(
            count == (1...depth).reduce(0) { sum, level in sum + (0..<level).reduce(1) { n, _ in n * events.count } })
    }

    @Test(
        "CARD-5: 3 wrong entries in a row disable the PIN, a right one resets the count",
        arguments: [
            ([.wrong, .wrong, .right, .wrong, .wrong], .enabled(left: 1)),
            ([.wrong, .wrong, .right, .wrong, .wrong, .wrong], .disabled),
            ([.wrong, .wrong, .wrong], .disabled), ([.wrong, .wrong], .enabled(left: 1)),
            ([.wrong, .wrong, .cut], .disabled), ([.cut, .cut, .cut, .right], .disabled),
            ([.wrong, .wrong, .wrong, .right], .disabled), ([.wrong, .wrong, .wrong, .toldAgain], .disabled),
            ([.wrong, .wrong, .toldAgain, .wrong], .disabled),
            ([.wrong, .wrong, .wrong, .reactivated], .enabled(left: 3)),
            ([.wrong, .wrong, .wrong, .reactivated, .wrong, .toldAgain], .enabled(left: 2)),
            ([.right, .disabled, .right], .disabled),
        ] as [([Event], PINStatus)])
    func examples(events: [Event], status: PINStatus) throws {
        var terminal = Terminal()
        for (place, event) in events.enumerated() { terminal.take(event, try rules(), now: at(Int64(place))) }
        #expect(try rules().status(terminal.pin, now: at(100)) == status)
        if status == .disabled {
            let verdict = try rules().begin(terminal.pin, now: at(100))
            #expect(verdict.ruling.refusal == Ruling.Refusal(rule: "CARD-5", reason: .pinDisabled))
            #expect(verdict.store == terminal.pin)
        }
    }

    @Test("CARD-5: what is stored before the check has the try counted, and survives the store")
    func durableBeforeCheck() throws {
        var pin = PINTries()
        for count in 1...3 {
            let verdict = try rules().begin(pin, now: now)
            #expect(verdict.ruling.passed)
            pin = try JSONDecoder().decode(PINTries.self, from: JSONEncoder().encode(verdict.store))
            #expect(pin == verdict.store)
            #expect(pin.counted == count)
        }
        #expect(try rules().status(pin, now: now) == .disabled)
        // A larger limit in a newer file revives nothing; a smaller one counts at once.
        #expect(try rules(pinTOML.replacing("tries = 3", with: "tries = 5")).status(pin, now: now) == .disabled)
        var two = PINTries()
        for _ in 0..<2 { two = try rules().begin(two, now: now).store }
        #expect(try rules(pinTOML.replacing("tries = 3", with: "tries = 2")).status(two, now: now) == .disabled)
    }

    @Test("CARD-5: a right last try enables the PIN that it had disabled while it was checked")
    func rightLastTry() throws {
        var pin = PINTries()
        for _ in 0..<3 { pin = try rules().begin(pin, now: now).store }
        #expect(pin.exhausted)
        pin.finish(right: true)
        #expect(try rules().status(pin, now: now) == .enabled(left: 3))
    }

    @Test("CARD-5: the issuer's word that comes while a right PIN is checked stands")
    func issuerDuringCheck() throws {
        var pin = try rules().begin(PINTries(), now: now).store
        pin.update(PINState(disabled: true), now: now.instant)
        pin.finish(right: true)
        #expect(try rules().status(pin, now: now) == .disabled)
    }

    @Test(
        "CARD-5: a reactivated PIN stays disabled until the instant in the update, to the millisecond",
        arguments: [(86_399_999, false), (86_400_000, true), (86_400_001, true)] as [(Int64, Bool)], [true, false])
    func reactivation(row: (milliseconds: Int64, enabled: Bool), exhausted: Bool) throws {
        var pin = PINTries()
        for _ in 0..<(exhausted ? 3 : 1) { pin = try rules().begin(pin, now: now).store }
        let from = start.advanced(byMilliseconds: 86_400_000)
        pin.update(PINState(disabled: false, enabledFrom: from), now: now.instant)
        let verdict = try rules().begin(pin, now: at(row.milliseconds))
        #expect(verdict.status == (row.enabled ? .enabled(left: 3) : .disabledUntil(from)))
        #expect(verdict.ruling.refusal == (row.enabled ? nil : Ruling.Refusal(rule: "CARD-5", reason: .pinDisabled)))
        #expect(verdict.store.counted == (row.enabled ? 1 : pin.counted))
        // The machine's own clock, which can be pushed ahead, does not say that the instant has come.
        let untrusted = try rules().begin(pin, now: at(row.milliseconds, anchored: false))
        #expect(untrusted.ruling.refusal == Ruling.Refusal(rule: "CARD-5", reason: .timeUntrusted))
        // The same instant told again, after it was used, gives no tries back.
        var used = verdict.store
        used.update(PINState(disabled: false, enabledFrom: from), now: start.advanced(byMilliseconds: row.milliseconds))
        #expect(used == verdict.store)
    }

    @Test("CARD-5: the issuer's newest word on the instant counts")
    func newestWord() throws {
        var pin = PINTries()
        pin.update(PINState(disabled: false, enabledFrom: start.advanced(byMilliseconds: 5000)), now: now.instant)
        pin.update(PINState(disabled: false, enabledFrom: start.advanced(byMilliseconds: 9000)), now: now.instant)
        #expect(try rules().status(pin, now: at(8999)) == .disabledUntil(start.advanced(byMilliseconds: 9000)))
        // Enabled without an instant: from now on.
        var lifted = pin
        lifted.update(PINState(disabled: false), now: start.advanced(byMilliseconds: 1000))
        #expect(try rules().status(lifted, now: at(999)) == .disabledUntil(start.advanced(byMilliseconds: 1000)))
        #expect(try rules().status(lifted, now: at(1000)) == .enabled(left: 3))
        // Disabled again: no instant helps.
        pin.update(PINState(disabled: true, enabledFrom: start), now: now.instant)
        #expect(try rules().status(pin, now: at(99_999)) == .disabled)
        // The end of the issuer's disabling starts the count anew.
        pin.update(PINState(disabled: false), now: start.advanced(byMilliseconds: 100_000))
        #expect(try rules().status(pin, now: at(100_000)) == .enabled(left: 3))
        // An account of which the issuer says nothing.
        var silent = try rules().begin(PINTries(), now: now).store
        let before = silent
        silent.update(nil, now: now.instant)
        #expect(silent == before)
    }

    @Test(
        "CARD-5: for a scheme card the chip or the issuer counts, the terminal follows", arguments: ["chip", "issuer"])
    func authority(_ name: String) throws {
        let rules = try rules(pinTOML.replacing("terminal", with: name))
        var pin = PINTries()
        for _ in 0..<10 {
            let verdict = rules.begin(pin, now: now)
            #expect(verdict.ruling.passed)
            #expect(verdict.status == .enabled(left: nil))
            pin = verdict.store
            pin.finish(right: false)
        }
        #expect(pin == PINTries())
        // The issuer's word counts all the same.
        pin.update(PINState(disabled: true), now: now.instant)
        #expect(!rules.begin(pin, now: now).ruling.passed)
    }

    @Test(
        "CARD-5: what the authority answered is told",
        arguments: [
            (.right, nil), (.wrong(left: 2), .pinWrong), (.wrong(left: 1), .pinWrong), (.wrong(left: 0), .pinDisabled),
            (.wrong(left: nil), .pinWrong), (.disabled, .pinDisabled),
        ] as [(PINAnswer, Reason?)])
    func answers(answer: PINAnswer, reason: Reason?) throws {
        let refusal = try rules().heard(answer).refusal
        #expect(refusal?.reason == reason)
        if reason != nil { #expect(refusal?.rule == "CARD-5") }
    }

    @Test(
        "CARD-18: a virtual card has no PIN; it is never asked for",
        arguments: [
            (.card, false, true), (.card, nil, true), (.card, true, false), (.tag, nil, true), (.tag, true, false),
            (.phone, nil, true), (.app, nil, false),
        ] as [(InstrumentKind, Bool?, Bool)])
    func virtualCards(kind: InstrumentKind, isVirtual: Bool?, asked: Bool) throws {
        let ruling = try rules().mayAsk(kind: kind, isVirtual: isVirtual)
        #expect(ruling.passed == asked)
        #expect(ruling.refusal == (asked ? nil : Ruling.Refusal(rule: "CARD-18", reason: .verificationRequired)))
        // A programme whose virtual cards have one says so in its file.
        let other = try rules(pinTOML.replacing("virtual_cards = false", with: "virtual_cards = true"))
        #expect(other.mayAsk(kind: kind, isVirtual: isVirtual).passed == (kind != .app))
    }

    @Test(
        "CARD-5: what is wrong in [pin] is named by its field",
        arguments: [
            ("tries = 3", "tries = 0", "tries"), ("tries = 3", "tries = 16", "tries"), ("tries = 3", "", "tries"),
            ("\"terminal\"", "\"phone\"", "checked_by"),
            ("virtual_cards = false", "virtual_cards = \"no\"", "virtual_cards"),
            ("tries = 3", "tries = 3\ntires = 4", "tires"),
        ])
    func wrongFile(from: String, to: String, field: String) {
        let error = #expect(throws: TOMLFileError.self) { try rules(pinTOML.replacing(from, with: to)) }
        #expect(error?.field == field)
    }

    @Test(
        "CARD-5: the shipped programmes' tables are read",
        arguments: [("epassi-card.toml", PINTryRules.Authority.chip), ("smartum.toml", .terminal)])
    func shipped(name: String, authority: PINTryRules.Authority) throws {
        let bytes = try #require(Programme.shippedFiles.first { $0.name == name }?.bytes)
        let table = try TOMLFileTable(toml: String(decoding: bytes, as: UTF8.self), file: name).table("pin")
        let rules = try PINTryRules(table, currency: .eur)
        #expect(rules.tries == 3)
        #expect(rules.checkedBy == authority)
        #expect(!rules.virtualCards)
    }
}
