import Core
import Secrets
import SmartCard
import Testing

@testable import Verification

@Suite("PIN entry")
struct PINEntryMachineTests {
    typealias Key = PINEntryCarrier.Key
    typealias Request = PINEntryRequest<ClosedLoopPIN>

    static func request(_ digits: ClosedRange<Int> = 4...12, allowsBypass: Bool = false) throws -> Request {
        try #require(Request(amount: Money(minorUnits: 1_250, currency: .eur), digits: digits, allowsBypass: allowsBypass))
    }

    /// Keys after so many milliseconds each, and what is shown.
    private static func run(_ request: Request, _ keys: [(Int64, Key)]) async -> (result: String, stars: [Int]) {
        let source = SimulatedPINSource<ClosedLoopPIN>([.keys(keys.map { (after: $0.0, key: $0.1) })])
        let seen = Seen()
        let result = await source.enter(request) { await seen.add($0) }
        return (describe(result), await seen.stars)
    }

    actor Seen {
        private(set) var stars: [Int] = []
        func add(_ count: Int) { stars.append(count) }
    }

    private static func describe(_ result: consuming PINEntryResult) -> String {
        switch consume result {
        case .entered(let pin): "PIN " + digits(pin)
        case .verifiedByReader(let status): "reader \(status.sw1) \(status.sw2)"
        case .bypassed: "bypassed"
        case .cancelled: "cancelled"
        case .timedOut: "timed out"
        case .failed(let failure): "\(failure)"
        }
    }

    private static func typed(_ text: String, after pause: Int64 = 100) -> [(Int64, Key)] {
        text.compactMap { character in
            switch character {
            case "<": (pause, Key.backspace)
            case "C": (pause, .clear)
            case "E": (pause, .enter)
            case "X": (pause, .cancel)
            case "B": (pause, .bypass)
            default: character.wholeNumberValue.map { (pause, .digit(UInt8($0))) }
            }
        }
    }

    @Test("What the keys come to", arguments: [
        ("1234E", "PIN 1234", [0, 1, 2, 3, 4]),
        ("12<34567<E", "PIN 13456", [0, 1, 2, 1, 2, 3, 4, 5, 6, 5]),
        ("987C1234E", "PIN 1234", [0, 1, 2, 3, 0, 1, 2, 3, 4]),
        ("<E1234E", "PIN 1234", [0, 1, 2, 3, 4]),
        ("123EX", "cancelled", [0, 1, 2, 3, 0]),
        ("1234X", "cancelled", [0, 1, 2, 3, 4, 0]),
        ("1234567890123E", "PIN 123456789012", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
        ("12B34E", "PIN 1234", [0, 1, 2, 3, 4]),
        ("1234", "timed out", [0, 1, 2, 3, 4, 0]),
        ("", "timed out", [0, 0]),
        ("0000E9999E", "PIN 0000", [0, 1, 2, 3, 4]),
    ] as [(String, String, [Int])])
    func keys(keys: String, expected: String, stars: [Int]) async throws {
        let seen = await Self.run(try Self.request(), Self.typed(keys))
        #expect(seen.result == expected && seen.stars == stars)
    }

    @Test("Bypass where the request allows it; the request's own lengths", arguments: [
        (4...12, true, "12B", "bypassed"), (6...6, false, "12345E6E", "PIN 123456"), (4...4, false, "12345E", "PIN 1234"),
        (1...20, false, "123E4E", "PIN 1234"),
    ] as [(ClosedRange<Int>, Bool, String, String)])
    func policy(digits: ClosedRange<Int>, allowsBypass: Bool, keys: String, expected: String) async throws {
        #expect(await Self.run(try Self.request(digits, allowsBypass: allowsBypass), Self.typed(keys)).result == expected)
    }

    @Test("No request without an ISO length")
    func noLength() {
        let amount = Money(minorUnits: 1, currency: .eur)
        #expect(Request(amount: amount, digits: 1...3) == nil && Request(amount: amount, digits: 13...14) == nil)
    }

    @Test("Thirty seconds from key to key, sixty over all: the edge is too late", arguments: [
        ([29_999, 29_999, 1, 0, 0], "PIN 1234"), ([30_000, 0, 0, 0, 0], "timed out"), ([0, 29_999, 30_000, 0, 0], "timed out"),
        ([15_000, 15_000, 15_000, 14_999, 0], "PIN 1234"), ([15_000, 15_000, 15_000, 14_999, 1], "timed out"),
    ] as [([Int64], String)])
    func pauses(pauses: [Int64], expected: String) async throws {
        let keys = zip(pauses, Self.typed("1234E")).map { ($0, $1.1) }
        #expect(await Self.run(try Self.request(), keys).result == expected)
    }

    @Test("Nothing is taken before the amount is shown")
    func amountFirst() throws {
        var machine = PINEntryMachine(try Self.request(allowsBypass: true))
        for event in [PINEntryMachine.Event.digit, .enter, .backspace, .clear, .bypass] {
            #expect(machine.handle(event, at: 0) == [.refuse])
        }
        #expect(machine.count == 0)
        #expect(machine.handle(.amountShown, at: 5) == [.show(stars: 0), .wake(at: 30_005)])
        #expect(machine.handle(.digit, at: 10) == [.append, .show(stars: 1), .wake(at: 30_010)])
    }

    @Test("A lost device, and cancel after the time, end it; after the end nothing is done")
    func ends() throws {
        for (event, outcome) in [(PINEntryMachine.Event.deviceLost, PINEntryMachine.Outcome.deviceLost), (.cancel, .cancelled)] {
            var machine = PINEntryMachine(try Self.request())
            _ = machine.handle(.amountShown, at: 0)
            _ = machine.handle(.digit, at: 1)
            #expect(machine.handle(event, at: 90_000) == [.clear, .show(stars: 0), .finish(outcome)])
            #expect(machine.outcome == outcome && machine.handle(.digit, at: 90_001) == [] && machine.handle(.timer, at: 90_001) == [])
        }
    }

    @Test("A timer that fires early is set again; one that fires late ends it, at any clock")
    func timers() throws {
        var machine = PINEntryMachine(try Self.request())
        _ = machine.handle(.amountShown, at: 1_000)
        #expect(machine.handle(.timer, at: 30_999) == [.wake(at: 31_000)])
        #expect(machine.handle(.timer, at: 31_000) == [.clear, .show(stars: 0), .finish(.timedOut)])
        var late = PINEntryMachine(try Self.request())
        _ = late.handle(.amountShown, at: .max - 5)
        #expect(late.handle(.digit, at: .max - 1).contains(.append))
    }

    @Test("10,000 random key sequences: the buffer holds what the stars say, and only whole PINs come out")
    func property() throws {
        var generator = SystemRandomNumberGenerator()
        let request = try Self.request(allowsBypass: true)
        for _ in 0..<10_000 {
            var carrier = try PINEntryCarrier(request)
            var model: [UInt8] = []
            var now: Int64 = 0
            _ = carrier.amountShown(at: now)
            while carrier.outcome == nil {
                now += Int64.random(in: 0...4_000, using: &generator)
                let isLate = now >= 60_000
                let key: Key
                switch Int.random(in: 0...40, using: &generator) {
                case 0: key = .cancel
                case 1: key = .bypass
                case 2...3: key = .enter
                case 4...6: key = .clear
                case 7...12: key = .backspace
                default: key = .digit(UInt8.random(in: 0...9, using: &generator))
                }
                let effects = carrier.press(key, at: now)
                if isLate { break }
                switch key {
                case .digit(let digit): if model.count < 12 { model.append(digit) }
                case .backspace: _ = model.popLast()
                case .clear: model = []
                default: break
                }
                for case .show(let stars) in effects where carrier.outcome == nil { #expect(stars == model.count) }
            }
            let outcome = carrier.outcome
            let result = carrier.result()
            switch consume result {
            case .entered(let pin): #expect(outcome == .entered && digits(pin) == model.map(String.init).joined() && model.count >= 4)
            case .bypassed: #expect(outcome == .bypassed)
            case .cancelled: #expect(outcome == .cancelled)
            case .timedOut: #expect(outcome == .timedOut)
            case .verifiedByReader: Issue.record("no reader was asked")
            case .failed: Issue.record("\(String(describing: outcome))")
            }
        }
    }

    @Test("A pinpad's answer is the card's; without a device nothing is entered")
    func otherSources() async throws {
        let request = try #require(PINEntryRequest<SchemePIN>(amount: Money(minorUnits: 100, currency: .sek)))
        let pinpad: any PINEntrySource<SchemePIN> = SimulatedPINSource([.reader(StatusWord(0x63, 0xC2)), .absent])
        #expect(Self.describe(await pinpad.enter(request) { _ in }) == "reader 99 194")
        #expect(Self.describe(await pinpad.enter(request) { _ in }) == "noDevice")
    }

    private struct Keypad: PINEntrySource {
        func enter(
            _ request: PINEntryRequest<ClosedLoopPIN>, shown: @escaping @Sendable (Int) async -> Void
        ) async -> PINEntryResult { .cancelled }
    }

    @Test("ALL-11: a keypad of the till is no source for the PIN of a scheme's card, even where types are looked up")
    func scope() {
        let keypad: Any = Keypad()
        #expect(keypad is any PINEntrySource<ClosedLoopPIN>)
        #expect(!(keypad is any PINEntrySource<SchemePIN>))
        let simulated: Any = SimulatedPINSource<SchemePIN>([.absent])
        #expect(simulated is any PINEntrySource<SchemePIN> && !(simulated is any PINEntrySource<ClosedLoopPIN>))
    }

    @Test("A machine that is printed says nothing of the digits: it has never seen them")
    func silent() throws {
        var machine = PINEntryMachine(try Self.request())
        _ = machine.handle(.amountShown, at: 0)
        var other = machine
        for _ in 0..<4 { #expect(machine.handle(.digit, at: 1) == other.handle(.digit, at: 1)) }
        #expect(machine == other)
    }
}
