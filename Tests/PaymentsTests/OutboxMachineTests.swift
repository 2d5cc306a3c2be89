import Payments
import Testing

@Suite("Outbox machine")
struct OutboxMachineTests {
    typealias Event = OutboxMachine.Event
    typealias Action = OutboxMachine.Action

    /// One step of a story: at a time, an event, and what must be done.
    struct Step: Sendable {
        var at: Int64
        var event: Event
        var action: Action
        var random: UInt64 = .max

        init(_ at: Int64, _ event: Event, _ action: Action, random: UInt64 = .max) {
            self.at = at
            self.event = event
            self.action = action
            self.random = random
        }
    }

    struct Story: Sendable, CustomTestStringConvertible {
        var name: String
        var steps: [Step]
        var testDescription: String { name }
    }

    /// Probe, then sync: the link is up at 10 with an empty outbox.
    static let up = [
        Step(0, .started(depth: 0), .probe), Step(5, .answered(.probe), .syncLimits),
        Step(10, .answered(.limits), .wait(ms: 15_000)),
    ]

    static let stories = [
        Story(name: "start without records: probe, sync, keep alive", steps: up + [
            Step(15_010, .timerFired, .probe), Step(15_012, .answered(.probe), .wait(ms: 15_000)),
        ]),
        Story(name: "start with records: drain before sync", steps: [
            Step(0, .started(depth: 150), .probe), Step(5, .answered(.probe), .sendBatch),
            Step(9, .batchAnswered(settled: 100, remaining: 50), .sendBatch),
            Step(12, .batchAnswered(settled: 50, remaining: 0), .syncLimits),
            Step(15, .answered(.limits), .wait(ms: 15_000)),
        ]),
        Story(name: "a record goes at once, then the limits that count it", steps: up + [
            Step(20, .recordCommitted, .sendBatch), Step(25, .batchAnswered(settled: 1, remaining: 0), .syncLimits),
            Step(30, .answered(.limits), .wait(ms: 15_000)),
        ]),
        Story(name: "a record committed while a batch is away is not forgotten", steps: up + [
            Step(20, .recordCommitted, .sendBatch), Step(21, .recordCommitted, .idle),
            Step(25, .batchAnswered(settled: 1, remaining: 0), .sendBatch), Step(26, .nothingToSend, .syncLimits),
        ]),
        Story(name: "a sync wanted while one is away is done again", steps: up + [
            Step(20, .limitsDue, .syncLimits), Step(21, .limitsDue, .idle), Step(25, .answered(.limits), .syncLimits),
            Step(30, .answered(.limits), .wait(ms: 15_000)),
        ]),
        Story(name: "away: back-off doubles, records wait, the first answer drains at once", steps: [
            Step(0, .started(depth: 1), .probe), Step(10, .lost(.probe, retryAfter: nil), .wait(ms: 1000)),
            Step(500, .recordCommitted, .wait(ms: 510)), Step(1010, .timerFired, .probe),
            Step(1020, .lost(.probe, retryAfter: nil), .wait(ms: 2000)), Step(3020, .timerFired, .probe),
            Step(3030, .lost(.probe, retryAfter: nil), .wait(ms: 4000)), Step(7030, .timerFired, .probe),
            Step(7040, .answered(.probe), .sendBatch), Step(7050, .batchAnswered(settled: 2, remaining: 0), .syncLimits),
            Step(7060, .answered(.limits), .wait(ms: 15_000)),
            // The back-off began anew.
            Step(22_060, .timerFired, .probe), Step(22_070, .lost(.probe, retryAfter: nil), .wait(ms: 1000)),
        ]),
        Story(name: "an answer beside the machine ends the wait", steps: [
            Step(0, .started(depth: 3), .probe), Step(10, .lost(.probe, retryAfter: nil), .wait(ms: 1000)),
            Step(20, .answered(nil), .sendBatch),
        ]),
        Story(name: "a loss beside the machine starts probing; another does not push the probe back", steps: up + [
            Step(20, .lost(nil, retryAfter: nil), .wait(ms: 1000)), Step(900, .lost(nil, retryAfter: nil), .wait(ms: 120)),
            Step(1020, .timerFired, .probe),
        ]),
        Story(name: "Retry-After is honoured, with the jitter on top", steps: up + [
            Step(20, .recordCommitted, .sendBatch), Step(30, .lost(.batch, retryAfter: 30_000), .wait(ms: 31_000)),
            Step(31_030, .timerFired, .probe), Step(31_040, .answered(.probe), .sendBatch),
        ]),
        Story(name: "a refused batch waits by itself; limits and keep-alive go on", steps: up + [
            Step(20, .recordCommitted, .sendBatch), Step(30, .failed(.batch, retryAfter: nil), .wait(ms: 1000)),
            Step(40, .limitsDue, .syncLimits), Step(50, .answered(.limits), .wait(ms: 980)),
            Step(1030, .timerFired, .sendBatch), Step(1040, .failed(.batch, retryAfter: nil), .wait(ms: 2000)),
            Step(3040, .timerFired, .sendBatch), Step(3050, .batchAnswered(settled: 1, remaining: 0), .syncLimits),
        ]),
        Story(name: "a batch that settles nothing is not asked for in a loop", steps: up + [
            Step(20, .recordCommitted, .sendBatch), Step(30, .batchAnswered(settled: 0, remaining: 1), .wait(ms: 1000)),
            Step(1030, .timerFired, .sendBatch), Step(1040, .batchAnswered(settled: 0, remaining: 1), .wait(ms: 2000)),
        ]),
        Story(name: "a failed sync is tried again after its back-off", steps: [
            Step(0, .started(depth: 0), .probe), Step(5, .answered(.probe), .syncLimits),
            Step(10, .failed(.limits, retryAfter: nil), .wait(ms: 1000)), Step(20, .recordCommitted, .sendBatch),
            Step(25, .batchAnswered(settled: 1, remaining: 0), .wait(ms: 985)), Step(1010, .timerFired, .syncLimits),
            Step(1020, .answered(.limits), .wait(ms: 15_000)),
        ]),
        Story(name: "a refused probe is as good as no host", steps: [
            Step(0, .started(depth: 1), .probe), Step(5, .failed(.probe, retryAfter: nil), .wait(ms: 1000)),
            Step(1005, .timerFired, .probe),
        ]),
        Story(name: "the network has changed: probe now", steps: [
            Step(0, .started(depth: 0), .probe), Step(5, .lost(.probe, retryAfter: 60_000), .wait(ms: 61_000)),
            Step(100, .probeWanted, .probe), Step(105, .probeWanted, .idle),
        ]),
        Story(name: "herd: a host whose probes are good and whose batches time out is asked less and less", steps: up + [
            Step(20, .recordCommitted, .sendBatch), Step(5_020, .lost(.batch, retryAfter: nil), .wait(ms: 1000)),
            Step(6_020, .timerFired, .probe), Step(6_030, .answered(.probe), .sendBatch),
            Step(11_030, .lost(.batch, retryAfter: nil), .wait(ms: 1000)), Step(12_030, .timerFired, .probe),
            Step(12_040, .answered(.probe), .wait(ms: 990)), Step(13_030, .timerFired, .sendBatch),
            Step(18_030, .lost(.batch, retryAfter: nil), .wait(ms: 1000)), Step(19_030, .timerFired, .probe),
            Step(19_040, .answered(.probe), .wait(ms: 2990)), Step(20_000, .answered(nil), .wait(ms: 2030)),
            Step(22_030, .timerFired, .sendBatch), Step(22_040, .batchAnswered(settled: 1, remaining: 0), .syncLimits),
            Step(22_050, .answered(.limits), .wait(ms: 15_000)),
            // Its own success, and only that, ends it.
            Step(22_060, .recordCommitted, .sendBatch), Step(27_060, .lost(.batch, retryAfter: nil), .wait(ms: 1000)),
            Step(28_060, .timerFired, .probe), Step(28_070, .answered(.probe), .sendBatch),
        ]),
        Story(name: "herd: the same with pages", steps: [
            Step(0, .started(depth: 0), .probe), Step(5, .answered(.probe), .syncLimits),
            Step(10, .lost(.limits, retryAfter: nil), .wait(ms: 1000)), Step(1010, .timerFired, .probe),
            Step(1020, .answered(.probe), .syncLimits), Step(1030, .lost(.limits, retryAfter: nil), .wait(ms: 1000)),
            Step(2030, .timerFired, .probe), Step(2040, .answered(.probe), .wait(ms: 990)),
            // The queue does not wait for the pages.
            Step(2050, .recordCommitted, .sendBatch), Step(2060, .batchAnswered(settled: 1, remaining: 0), .wait(ms: 970)),
            Step(3030, .timerFired, .syncLimits), Step(3040, .lost(.limits, retryAfter: nil), .wait(ms: 1000)),
            Step(4040, .timerFired, .probe), Step(4050, .answered(.probe), .wait(ms: 2990)),
        ]),
        Story(name: "a sync of many pages asks for the next at once; records that wait go first", steps: [
            Step(0, .started(depth: 0), .probe), Step(5, .answered(.probe), .syncLimits),
            Step(10, .limitsPage, .syncLimits), Step(12, .recordCommitted, .idle), Step(15, .limitsPage, .sendBatch),
            Step(20, .batchAnswered(settled: 1, remaining: 4), .sendBatch),
            Step(25, .batchAnswered(settled: 4, remaining: 0), .syncLimits), Step(30, .limitsPage, .syncLimits),
            Step(35, .answered(.limits), .wait(ms: 15_000)),
        ]),
        Story(name: "a batch that fails does not stop the pages", steps: [
            Step(0, .started(depth: 1), .probe), Step(5, .answered(.probe), .sendBatch),
            Step(10, .failed(.batch, retryAfter: nil), .syncLimits), Step(15, .limitsPage, .syncLimits),
            Step(20, .answered(.limits), .wait(ms: 990)),
        ]),
        Story(name: "a sync that fails half-way again and again is asked for less and less, pages or not", steps: [
            Step(0, .started(depth: 0), .probe), Step(5, .answered(.probe), .syncLimits),
            Step(10, .limitsPage, .syncLimits), Step(20, .failed(.limits, retryAfter: nil), .wait(ms: 1000)),
            Step(1020, .timerFired, .syncLimits), Step(1030, .limitsPage, .syncLimits),
            Step(1040, .failed(.limits, retryAfter: nil), .wait(ms: 2000)),
            Step(3040, .timerFired, .syncLimits), Step(3050, .answered(.limits), .wait(ms: 15_000)),
            // A whole sync ends it.
            Step(3060, .limitsDue, .syncLimits), Step(3070, .failed(.limits, retryAfter: nil), .wait(ms: 1000)),
        ]),
        Story(name: "while a poll is open, what was booked comes back through it, or with a sync a second later", steps: up + [
            Step(11, .pollOpened, .wait(ms: 14_999)), Step(20, .recordCommitted, .sendBatch),
            Step(30, .batchAnswered(settled: 1, remaining: 0), .wait(ms: 1000)),
            Step(40, .polled(more: false, quiet: 35_000), .wait(ms: 15_000)), Step(41, .pollOpened, .wait(ms: 14_999)),
            Step(50, .recordCommitted, .sendBatch), Step(60, .batchAnswered(settled: 1, remaining: 0), .wait(ms: 1000)),
            Step(1060, .timerFired, .syncLimits), Step(1070, .answered(.limits), .wait(ms: 15_000)),
        ]),
        Story(name: "news in more pages than one are the machine's", steps: up + [
            Step(11, .pollOpened, .wait(ms: 14_999)), Step(20, .polled(more: true, quiet: 0), .syncLimits),
            Step(25, .limitsPage, .syncLimits), Step(30, .answered(.limits), .wait(ms: 15_000)),
        ]),
        Story(name: "a poll that breaks asks for a probe; one that is spoilt, for a sync", steps: up + [
            Step(20, .pollFailed(answered: false), .probe), Step(25, .answered(.probe), .wait(ms: 15_000)),
            Step(30, .pollFailed(answered: true), .syncLimits),
            Step(35, .failed(.limits, retryAfter: nil), .wait(ms: 1000)),
            // Neither shortens a pause.
            Step(40, .pollFailed(answered: true), .wait(ms: 995)), Step(45, .lost(nil, retryAfter: nil), .wait(ms: 1000)),
            Step(50, .pollFailed(answered: false), .wait(ms: 995)),
        ]),
        Story(name: "a late timer changes nothing", steps: up + [
            Step(20, .timerFired, .wait(ms: 14_990)), Step(21, .timerFired, .wait(ms: 14_989)),
        ]),
    ]

    @Test("Stories", arguments: stories)
    func story(_ story: Story) {
        var machine = OutboxMachine()
        for (index, step) in story.steps.enumerated() {
            let action = machine.handle(step.event, at: step.at, random: step.random)
            #expect(action == step.action, "step \(index): \(step.event)")
        }
    }

    @Test("The interval between syncs holds when nothing else happens")
    func interval() {
        var machine = OutboxMachine(OutboxMachine.Settings(keepAlive: 100_000, limitsInterval: 60_000))
        for step in Self.up.dropLast() { _ = machine.handle(step.event, at: step.at, random: 0) }
        #expect(machine.handle(.answered(.limits), at: 10, random: 0) == .wait(ms: 59_995))
        #expect(machine.handle(.timerFired, at: 60_005, random: 0) == .syncLimits)
        #expect(machine.isReachable)
        #expect(machine.nextAttempt(at: 60_005) == nil)
        _ = machine.handle(.lost(.limits, retryAfter: 7_000), at: 61_000, random: 0)
        #expect(!machine.isReachable)
        #expect(machine.nextAttempt(at: 62_000) == 6_000)
    }

    @Test("Polls that are answered keep the syncs by the clock away; they come again when it falls silent")
    func fallback() {
        var machine = OutboxMachine(OutboxMachine.Settings(keepAlive: 1_000_000, limitsInterval: 60_000))
        for step in Self.up.dropLast() { _ = machine.handle(step.event, at: step.at, random: 0) }
        #expect(machine.handle(.answered(.limits), at: 10, random: 0) == .wait(ms: 59_995))
        var now: Int64 = 10
        for _ in 0..<20 {
            #expect(machine.handle(.pollOpened, at: now, random: 0) != .syncLimits)
            now += 25_000
            #expect(machine.handle(.polled(more: false, quiet: 35_000), at: now, random: 0) == .wait(ms: 60_000))
        }
        _ = machine.handle(.pollOpened, at: now, random: 0)
        #expect(machine.handle(.timerFired, at: now + 60_000, random: 0) == .syncLimits)
        var slow = OutboxMachine(OutboxMachine.Settings(keepAlive: 1_000_000, limitsInterval: 500))
        for step in Self.up { _ = slow.handle(step.event, at: step.at, random: 0) }
        #expect(slow.handle(.polled(more: false, quiet: 35_000), at: 20, random: 0) == .wait(ms: 35_000))
        #expect(slow.handle(.polled(more: false, quiet: .max), at: 20, random: 0) == .wait(ms: 1_000_000))
    }

    @Test("A poll is opened only while the host is there and the store has all it had")
    func pollsLimits() {
        var machine = OutboxMachine()
        let steps: [(Event, Bool)] = [
            (.started(depth: 0), false), (.answered(.probe), false), (.limitsPage, false), (.answered(.limits), true),
            (.pollOpened, true), (.pollFailed(answered: false), true), (.answered(.probe), true),
            (.lost(nil, retryAfter: nil), false), (.answered(nil), true), (.polled(more: true, quiet: 0), false),
            (.limitsPage, false), (.answered(.limits), true), (.pollFailed(answered: true), true),
            (.failed(.limits, retryAfter: nil), false), (.answered(nil), false), (.timerFired, false),
            (.answered(.limits), true), (.limitsDue, true), (.lost(.limits, retryAfter: nil), false),
            (.answered(nil), false),
        ]
        for (index, (event, polls)) in steps.enumerated() {
            _ = machine.handle(event, at: Int64(index) * 10, random: 0)
            #expect(machine.pollsLimits == polls, "step \(index): \(event)")
        }
    }

    @Test("Terminals whose batches or pages time out behind good probes come to ask at the cap of the back-off", arguments: [
        OutboxMachine.Operation.batch, .limits,
    ])
    func herd(_ operation: OutboxMachine.Operation) {
        var generator = SplitMix(state: 7)
        var attempts = 0
        for _ in 0..<20 {
            var machine = OutboxMachine()
            var now: Int64 = 0
            var event = Event.started(depth: operation == .batch ? 1 : 0)
            while now < 7_200_000 {
                switch machine.handle(event, at: now, random: generator.next()) {
                case .probe:
                    now += 10
                    event = .answered(.probe)
                case .sendBatch:
                    if now > 3_600_000 { attempts += 1 }
                    now += 5_000
                    event = .lost(.batch, retryAfter: nil)
                case .syncLimits where operation == .limits:
                    if now > 3_600_000 { attempts += 1 }
                    now += 5_000
                    event = .lost(.limits, retryAfter: nil)
                case .syncLimits:
                    now += 10
                    event = .answered(.limits)
                case .wait(let milliseconds):
                    now += milliseconds
                    event = .timerFired
                case .idle:
                    Issue.record("idle")
                    return
                }
            }
        }
        // Mean sleep 150 s: some 24 an hour each; without a pace of their own it was some 650.
        #expect((20 * 12...20 * 40).contains(attempts))
    }

    /// Any order of events: never two requests at once, never a wait without end, and no trap.
    @Test("Any order of events", arguments: 0..<50 as Range<UInt64>)
    func anyOrder(seed: UInt64) {
        var generator = SplitMix(state: seed)
        var machine = OutboxMachine()
        var now: Int64 = 0
        var underWay: OutboxMachine.Operation?
        for step in 0..<400 {
            now += Int64(generator.next() % 3000)
            var events: [Event] = [.recordCommitted, .limitsDue, .timerFired, .probeWanted, .answered(nil), .lost(nil, retryAfter: nil)]
            if machine.pollsLimits {
                events += [.pollOpened, .polled(more: generator.next() % 4 == 0, quiet: 35_000), .pollFailed(answered: false)]
                events.append(.pollFailed(answered: true))
            }
            if let operation = underWay {
                events += [.lost(operation, retryAfter: nil), .failed(operation, retryAfter: 10)]
                if operation == .limits { events.append(.limitsPage) }
                events.append(operation == .batch ? .batchAnswered(settled: 1, remaining: Int(generator.next() % 3)) : .answered(operation))
            }
            let event = step == 0 ? .started(depth: 2) : events[Int(generator.next() % UInt64(events.count))]
            switch event {
            case .answered(.some), .limitsPage, .batchAnswered, .lost(.some, _), .failed: underWay = nil
            default: break
            }
            switch machine.handle(event, at: now, random: generator.next()) {
            case .probe:
                #expect(underWay == nil)
                underWay = .probe
            case .sendBatch:
                #expect(underWay == nil)
                underWay = .batch
            case .syncLimits:
                #expect(underWay == nil)
                underWay = .limits
            case .wait(let milliseconds):
                #expect(underWay == nil)
                #expect((1...3_600_000).contains(milliseconds))
            case .idle: #expect(underWay != nil)
            }
        }
    }
}

/// A small generator with a seed, so that a failure can be run again.
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
