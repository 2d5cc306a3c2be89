import Core
import Foundation
import HostProtocol
import Programmes
import Testing

@testable import Store

@Suite("R10: whatever the machine's clock does at any step of a payment, the journal's times hold")
struct JournalTimeTests {
    static let jumps: [Int64] = [-3 * 86_400_000, -1000, 900_000, -900_000, 3653 * 86_400_000]

    /// Where in two payments, a reboot and a start the clock jumps.
    enum Step: Int, CaseIterable { case beforeIntent, beforeOutcome, beforeSecondIntent, beforeReboot, beforeRecovery, beforeHost }

    /// A machine whose wall clock lies; only host and test know the true time.
    private final class Machine {
        let scene: StoreScene
        var truth: UTCInstant
        var wallOffset: Int64 = 0
        private var boots = 1
        private var bootedAt: UTCInstant
        private var clock = TrustedClock()
        /// For each record: what the time was, and whether the host stood behind it.
        var committed: [(truth: UTCInstant, time: TrustedTime, floor: UTCInstant)] = []

        init() throws {
            scene = try StoreScene()
            truth = scene.now.instant
            bootedAt = truth.advanced(byMilliseconds: -10_000)
        }

        private var boot: Int64 { truth.millisecondsSince(bootedAt) }

        func pass(_ milliseconds: Int64) { truth = truth.advanced(byMilliseconds: milliseconds) }

        func hearHost() throws {
            let anchor = TrustedClock.Anchor(hostTime: truth, bootMilliseconds: boot, bootID: "boot-\(boots)")
            clock.observe(anchor)
            try scene.store.observe(anchor)
        }

        func reboot() throws {
            boots += 1
            bootedAt = truth
            scene.store.close()
            clock = try scene.store.clock()
        }

        func now() -> TrustedTime {
            let time = clock.now(
                wall: truth.advanced(byMilliseconds: wallOffset), bootMilliseconds: boot, bootID: "boot-\(boots)")
            clock.raise(to: time)
            scene.now = time
            return time
        }

        func begin() throws -> UUIDv7 {
            _ = now()
            return try scene.begin(100)
        }

        func end(_ payment: UUIDv7) throws {
            let time = now()
            committed.append((truth, time, try scene.store.clock().highWater))
            _ = try scene.store.settle(scene.closing(payment, 100)) { [scene] _, _ in
                .hostUnknown(.declined(scene.sek(100), rule: "ALL-10", reason: .hostOutcomeUnknown))
            }
        }

        func recover() throws {
            let time = now()
            committed.append((truth, time, try scene.store.clock().highWater))
            _ = try scene.store.recover(now: time, mint: scene.mint)
        }
    }

    @Test("Times with the host behind them are true to the millisecond; others raise no mark and never fall below it",
        arguments: jumps, Step.allCases)
    func times(_ jump: Int64, _ at: Step) throws {
        for startsAnchored in [true, false] {
            let machine = try Machine()
            func step(_ step: Step) {
                machine.pass(1500)
                if step == at { machine.wallOffset += jump }
            }
            if startsAnchored { try machine.hearHost() }
            step(.beforeIntent)
            let first = try machine.begin()
            step(.beforeOutcome)
            try machine.end(first)
            step(.beforeSecondIntent)
            _ = try machine.begin()
            step(.beforeReboot)
            try machine.reboot()
            step(.beforeRecovery)
            try machine.recover()
            step(.beforeHost)
            try machine.hearHost()
            machine.pass(1500)
            try machine.end(try machine.begin())

            let records = try machine.scene.records()
            #expect(records.count == 3 && machine.committed.count == 3)
            for (record, made) in zip(records, machine.committed) {
                #expect(record.decidedAt == made.time.instant)
                #expect(record.decidedAt >= made.floor)
                if made.time.anchored { #expect(record.decidedAt == made.truth) }
            }
            #expect(machine.committed.map(\.time.anchored) == [startsAnchored, false, true])
            // The wall clock alone has never raised the mark.
            #expect(try machine.scene.store.clock().highWater <= machine.truth)
            #expect(try machine.scene.store.walkJournal().fault == nil)
        }
    }

    @Test("A clock ten years ahead makes no record old; when the host's time is known, those that are old are deleted")
    func purge() throws {
        let machine = try Machine()
        try machine.hearHost()
        try machine.end(try machine.begin())
        try machine.scene.acknowledge()
        try machine.reboot()
        machine.wallOffset = 3653 * 86_400_000
        let walk = try machine.scene.store.walkJournal()
        func purge() throws -> Int {
            let now = machine.now()
            let cutoff = now.instant.advanced(byMilliseconds: -400 * 86_400_000)
            return try machine.scene.store.purgeJournal(before: cutoff, proven: walk, now: now).purged
        }
        #expect(try purge() == 0)
        try machine.hearHost()
        #expect(try purge() == 0)
        machine.pass(401 * 86_400_000)
        #expect(try purge() == 1)
    }

    @Test("Records made while the clock was ten years ahead don't keep what follows them for ten years")
    func ahead() throws {
        let machine = try Machine()
        machine.wallOffset = 3653 * 86_400_000
        try machine.end(try machine.begin())
        try machine.end(try machine.begin())
        machine.wallOffset = 0
        try machine.hearHost()
        try machine.scene.acknowledge()
        // Nothing after them says yet when they were made.
        let early = try machine.scene.store.purgeJournal(
            before: machine.now().instant, proven: machine.scene.store.walkJournal(), now: machine.now())
        #expect(early.purged == 0 && early.stop == .ahead(sequence: 1))
        machine.pass(1500)
        try machine.end(try machine.begin())
        try machine.scene.acknowledge()
        let walk = try machine.scene.store.walkJournal()
        func purge() throws -> Int {
            let now = machine.now()
            return try machine.scene.store.purgeJournal(
                before: now.instant.advanced(byMilliseconds: -30 * 86_400_000), proven: walk, now: now).purged
        }
        // Not before the first record after them is old, whose time the host stood behind.
        machine.pass(29 * 86_400_000)
        #expect(try purge() == 0)
        machine.pass(2 * 86_400_000)
        #expect(try purge() == 3)
        #expect(try machine.scene.store.walkJournal().fault == nil)
    }
}
