import Payments
import Testing

@Suite("Outbox machine: several batches, the host's pace, first attempts that are spread")
struct OutboxPaceTests {
    typealias Step = OutboxMachineTests.Step
    typealias Story = OutboxMachineTests.Story

    static let up = OutboxMachineTests.up
    static let half = UInt64.max / 2

    static let stories = [
        Story(name: "four batches are on their way at once; limits and probes wait for their answers", steps: up + [
            Step(20, .recordCommitted, .sendBatch), Step(21, .batchLeft(more: true), .sendBatch),
            Step(22, .batchLeft(more: true), .sendBatch), Step(23, .batchLeft(more: true), .sendBatch),
            Step(24, .batchLeft(more: true), .idle), Step(25, .recordCommitted, .idle), Step(26, .limitsDue, .idle),
            Step(20_000, .batchAnswered(settled: 100, remaining: 900), .sendBatch),
            Step(20_001, .nothingToSend, .idle), Step(20_002, .batchAnswered(settled: 100, remaining: 0), .idle),
            Step(20_003, .batchAnswered(settled: 100, remaining: 0), .idle),
            Step(20_004, .batchAnswered(settled: 100, remaining: 0), .syncLimits),
        ]),
        Story(name: "batches that are lost together are one loss", steps: up + [
            Step(20, .recordCommitted, .sendBatch), Step(21, .batchLeft(more: true), .sendBatch),
            Step(22, .batchLeft(more: false), .idle), Step(30, .lost(.batch, retryAfter: nil), .wait(ms: 1000)),
            Step(31, .lost(.batch, retryAfter: nil), .wait(ms: 999)), Step(1030, .timerFired, .probe),
            Step(1040, .answered(.probe), .sendBatch),
        ]),
        Story(name: "batches that fail together are one failure", steps: up + [
            Step(20, .recordCommitted, .sendBatch), Step(21, .batchLeft(more: true), .sendBatch),
            Step(22, .batchLeft(more: false), .idle), Step(30, .failed(.batch, retryAfter: nil), .wait(ms: 1000)),
            Step(31, .failed(.batch, retryAfter: nil), .wait(ms: 999)), Step(1030, .timerFired, .sendBatch), Step(1031, .batchLeft(more: false), .idle),
            Step(1040, .failed(.batch, retryAfter: nil), .wait(ms: 2000)),
        ]),
        Story(name: "a batch that is being put together while another is lost is not forgotten", steps: up + [
            Step(20, .recordCommitted, .sendBatch), Step(21, .batchLeft(more: true), .sendBatch),
            Step(25, .lost(.batch, retryAfter: nil), .idle), Step(26, .batchLeft(more: false), .wait(ms: 999)),
            Step(30, .batchAnswered(settled: 5, remaining: 5), .sendBatch),
        ]),
        Story(name: "records that wait by themselves are looked at when their time has come", steps: up + [
            Step(20, .recordCommitted, .sendBatch), Step(21, .allWait(700), .wait(ms: 700)),
            Step(300, .recordCommitted, .sendBatch), Step(301, .allWait(420), .wait(ms: 420)),
            Step(721, .timerFired, .sendBatch),
        ]),
        Story(name: "a store that can't be read for a batch is tried again after a back-off", steps: up + [
            Step(20, .recordCommitted, .sendBatch), Step(21, .planFailed, .wait(ms: 1000)),
            Step(1021, .timerFired, .sendBatch),
        ]),
        Story(name: "the host wants no batches for a while: limits, probes and payments go on", steps: up + [
            Step(20, .paced(30_000), .wait(ms: 14_990)), Step(30, .recordCommitted, .wait(ms: 14_980)),
            Step(40, .limitsDue, .syncLimits), Step(50, .answered(.limits), .wait(ms: 15_000)),
            Step(15_050, .timerFired, .probe), Step(15_060, .answered(.probe), .wait(ms: 14_960)),
            Step(30_020, .timerFired, .sendBatch), Step(30_021, .batchLeft(more: false), .idle),
            Step(30_030, .paced(60_000), .idle),
            // An answer does not end it, a technician does.
            Step(30_040, .batchAnswered(settled: 1, remaining: 1), .syncLimits),
            Step(30_050, .answered(.limits), .wait(ms: 15_000)), Step(30_060, .probeWanted, .sendBatch),
        ]),
        Story(name: "a short silence is none", steps: [
            Step(0, .startedAfter(silence: 120_000, depth: 3), .probe), Step(5, .answered(.probe), .sendBatch),
        ]),
        Story(name: "without a word of the host a first attempt is spread over a minute", steps: [
            Step(0, .startedAfter(silence: .max, depth: 3), .wait(ms: 30_000), random: half),
            Step(10, .recordCommitted, .wait(ms: 29_990)), Step(30_000, .timerFired, .probe),
        ]),
        Story(name: "a payment's own answer ends the wait, and so does a technician", steps: [
            Step(0, .startedAfter(silence: 200_000, depth: 3), .wait(ms: 60_000)), Step(10, .answered(nil), .sendBatch),
        ]),
        Story(name: "a technician does not wait", steps: [
            Step(0, .startedAfter(silence: 200_000, depth: 3), .wait(ms: 60_000)), Step(10, .probeWanted, .probe),
        ]),
        Story(name: "a network that comes back after a short time is probed at once", steps: up + [
            Step(20, .lost(nil, retryAfter: 50_000), .wait(ms: 51_000)), Step(30, .networkChanged, .probe),
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

    private func waits(_ machine: OutboxMachine, _ event: OutboxMachine.Event, at now: Int64) -> Set<Int64> {
        var waits: Set<Int64> = []
        for random in [0, UInt64.max / 4, .max / 2, .max] {
            var machine = machine
            if case .wait(let milliseconds) = machine.handle(event, at: now, random: random) { waits.insert(milliseconds) }
        }
        return waits
    }

    @Test("The first attempt is spread over the span that the host said last")
    func span() {
        var machine = OutboxMachine()
        machine.remember(spread: 300_000)
        let start = OutboxMachine.Event.startedAfter(silence: .max, depth: 1)
        #expect(waits(machine, start, at: 0) == [75_000, 150_000, 300_000])
        machine.remember(spread: 0)
        #expect(waits(machine, start, at: 0) == [])
        // Who wants attempts more often than a minute apart gets them.
        var brisk = OutboxMachine(OutboxMachine.Settings(backoff: Backoff.Settings(cap: 500)))
        brisk.remember(spread: 300_000)
        #expect(waits(brisk, start, at: 0) == [125, 250, 500])
    }

    @Test("While an outage lasts attempts are never closer than the span; in a short one the back-off alone counts")
    func longOutage() {
        var machine = OutboxMachine()
        for step in Self.up { _ = machine.handle(step.event, at: step.at, random: 0) }
        _ = machine.handle(.spread(600_000), at: 20, random: 0)
        #expect(machine.handle(.lost(nil, retryAfter: nil), at: 30, random: .max) == .wait(ms: 1000))
        _ = machine.handle(.timerFired, at: 1030, random: 0)
        #expect(machine.handle(.lost(.probe, retryAfter: nil), at: 1040, random: .max) == .wait(ms: 2000))
        _ = machine.handle(.timerFired, at: 130_000, random: 0)
        var probing = machine
        #expect(probing.handle(.lost(.probe, retryAfter: nil), at: 131_000, random: .max) == .wait(ms: 600_000))
        #expect(probing.handle(.networkChanged, at: 132_000, random: .max / 4) == .wait(ms: 150_000))
        // One answer, and it is over.
        #expect(machine.handle(.answered(.probe), at: 131_000, random: 0) == .syncLimits)
        #expect(machine.handle(.lost(.limits, retryAfter: nil), at: 131_010, random: .max) == .wait(ms: 1000))
    }
}
