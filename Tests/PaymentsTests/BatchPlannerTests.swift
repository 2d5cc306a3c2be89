import HostProtocol
import Payments
import Testing

@Suite("Batch planner: in order per account, parallel over accounts")
struct BatchPlannerTests {
    /// A queue and a host beside the planner.
    struct Scene {
        var planner: BatchPlanner
        /// Sequence and group of what waits, by sequence.
        var store: [WaitingRecord] = []
        var asideReasons: [Int64: String] = [:]
        var now: Int64 = 0
        var readings = 0
        private var last: Int64 = 0

        init(_ settings: BatchPlanner.Settings = BatchPlanner.Settings(), groups: [String] = []) {
            planner = BatchPlanner(settings)
            for group in groups { commit(group) }
        }

        mutating func commit(_ group: String, bytes: Int = 1000) {
            last += 1
            store.append(WaitingRecord(sequence: last, group: group, bytes: bytes))
            planner.grown()
        }

        mutating func read() {
            while let reading = planner.reading(at: now) {
                let found = store.filter { $0.sequence > reading.after }.prefix(reading.limit)
                planner.add(Array(found), of: reading, at: now)
                readings += 1
            }
        }

        mutating func next() -> BatchPlanner.Batch? {
            read()
            return planner.next(at: now)
        }

        struct NoBatch: Error {}

        mutating func batch() throws -> BatchPlanner.Batch {
            guard let batch = next() else { throw NoBatch() }
            return batch
        }

        func group(_ sequence: Int64) -> String { store.first { $0.sequence == sequence }?.group ?? "" }

        mutating func book(_ batch: BatchPlanner.Batch, random: UInt64 = 0) {
            store.removeAll { batch.sequences.contains($0.sequence) }
            _ = planner.answered(batch, settled: Set(batch.sequences), at: now, random: random)
        }

        mutating func fail(_ batch: BatchPlanner.Batch, _ failure: BatchPlanner.Failure, random: UInt64 = .max) {
            for consequence in planner.failed(batch, failure, at: now, random: random) {
                switch consequence {
                case .quarantine(let sequence, let reason):
                    asideReasons[sequence] = reason
                    store.removeAll { $0.sequence == sequence }
                case .postpone(let sequence, let attempts, let milliseconds):
                    guard let index = store.firstIndex(where: { $0.sequence == sequence }) else { continue }
                    store[index].attempts = attempts
                    store[index].retryIn = milliseconds
                }
            }
        }
    }

    @Test("A short queue goes in one batch, in order")
    func short() {
        var scene = Scene(groups: ["A", "B", "A", "C"])
        let batch = scene.next()
        #expect(batch?.sequences == [1, 2, 3, 4])
        #expect(batch?.oldest == 1)
        #expect(scene.next() == nil)
    }

    @Test("What is committed for an account whose batch is away waits for its answer; other accounts do not")
    func oneAccount() throws {
        var scene = Scene(groups: ["A"])
        let first = try scene.batch()
        scene.commit("A")
        #expect(scene.next() == nil)
        scene.commit("B")
        let second = try scene.batch()
        #expect(second.sequences == [3] && second.oldest == 1)
        scene.book(first)
        #expect(scene.next()?.sequences == [2])
    }

    @Test("A long queue of many accounts fills all batches; of one account, one")
    func parallel() {
        var many = Scene(groups: (0..<1000).map { "A\($0 % 50)" })
        var away: [BatchPlanner.Batch] = []
        while let batch = many.next() { away.append(batch) }
        #expect(away.count == 4)
        let groups = away.map { batch in Set(batch.sequences.map { many.group($0) }) }
        for (index, group) in groups.enumerated() {
            for other in groups.dropFirst(index + 1) { #expect(group.isDisjoint(with: other)) }
        }
        var one = Scene(groups: [String](repeating: "A", count: 1000))
        #expect(one.next()?.sequences == Array(1...100))
        #expect(one.next() == nil)
    }

    @Test("A batch holds no more bytes than it may, and a larger record goes alone")
    func bytes() {
        var scene = Scene(BatchPlanner.Settings(bytes: 2500))
        for bytes in [1000, 1000, 1000, 9000, 10] { scene.commit("A", bytes: bytes) }
        #expect(scene.next()?.sequences == [1, 2])
        var large = Scene(BatchPlanner.Settings(bytes: 2500))
        for bytes in [9000, 10] { large.commit("A", bytes: bytes) }
        #expect(large.next()?.sequences == [1])
    }

    @Test("A record that the host can't process now waits with its account; the others go on")
    func later() throws {
        var scene = Scene(groups: ["A", "B", "A"])
        let batch = try scene.batch()
        let noted = scene.planner.answered(batch, settled: [2], delays: [1: 60_000, 3: 1000], at: 0, random: 0)
        scene.store.removeAll { $0.sequence == 2 }
        #expect(noted == [.postpone(sequence: 1, attempts: 0, milliseconds: 60_000)])
        scene.commit("B")
        #expect(scene.next()?.sequences == [4])
        #expect(scene.planner.wait(at: 0) == 60_000)
        scene.now = 59_999
        #expect(scene.next() == nil)
        scene.now = 60_000
        #expect(scene.next()?.sequences == [1, 3])
        // What the store remembers counts after a restart, and not for a technician.
        var again = Scene(groups: ["A", "B"])
        again.store[0].retryIn = 5000
        #expect(again.next()?.sequences == [2])
        again.planner.resume()
        #expect(again.next()?.sequences == [1])
    }

    @Test("A record that is named nowhere waits by a back-off of its own")
    func unnamed() throws {
        var scene = Scene(groups: ["A", "B"])
        let batch = try scene.batch()
        #expect(scene.planner.answered(batch, settled: [2], at: 0, random: .max).isEmpty)
        scene.store.removeAll { $0.sequence == 2 }
        #expect(scene.next() == nil)
        #expect(scene.planner.wait(at: 0) == 1000)
        scene.now = 1000
        let second = try scene.batch()
        _ = scene.planner.answered(second, settled: [], at: 1000, random: .max)
        #expect(scene.planner.wait(at: 1000) == 2000)
    }

    /// Plays against a host that refuses a batch when `poison` is in it. In each cycle all batches that may be on their way
    /// at once are sent, then all are answered.
    /// - Returns: the cycle in which each sequence was booked, and the number of requests.
    private func play(
        _ scene: inout Scene, poison: Int64?, _ failure: BatchPlanner.Failure, cycles: Int = 200
    ) -> (booked: [Int64: Int], requests: Int) {
        var booked: [Int64: Int] = [:]
        var requests = 0
        for cycle in 1...cycles {
            var away: [BatchPlanner.Batch] = []
            while let batch = scene.next() { away.append(batch) }
            if away.isEmpty {
                guard let wait = scene.planner.wait(at: scene.now) else { break }
                scene.now += wait
            }
            requests += away.count
            for batch in away {
                if let poison, batch.sequences.contains(poison) {
                    scene.fail(batch, failure)
                } else {
                    for sequence in batch.sequences { booked[sequence] = cycle }
                    scene.book(batch)
                }
            }
            // Others pay meanwhile: that shows that the host is not what is wrong.
            if cycle > 20, cycle % 4 == 0, scene.asideReasons.isEmpty, poison != nil { scene.commit("late") }
        }
        return (booked, requests)
    }

    @Test("R13: one record that spoils its batch is found by halves, set aside after five refusals, and delays nobody")
    func poison() {
        let groups = (0..<1000).map { "A\($0)" }
        var sound = Scene(groups: groups)
        let plain = play(&sound, poison: nil, .lost)
        var scene = Scene(groups: groups)
        let first = Set(scene.next()?.sequences ?? [])
        scene = Scene(groups: groups)
        let poison = first.sorted()[49]
        let (booked, requests) = play(&scene, poison: poison, .refused("malformed"))
        #expect(scene.asideReasons == [poison: "unsendable:malformed"])
        #expect(scene.store.isEmpty)
        let cycles = plain.booked.values.max() ?? 0
        let others = booked.filter { !first.contains($0.key) && $0.key <= 1000 }
        #expect(others.count == 900)
        #expect((others.values.max() ?? .max) <= cycles + 1)
        // Those of its own batch wait for the halves in between.
        let own = booked.filter { first.contains($0.key) }
        #expect(own.count == 99)
        #expect((own.values.max() ?? .max) <= 20)
        // Six refusals of halves, five of it alone, and the sound parts of the halves.
        #expect(requests - plain.requests <= 6 + 5 + 14 + 5)
    }

    @Test("A record that is put back behind what was read is read again, also when a reading is under way")
    func reread() throws {
        var scene = Scene(groups: ["A", "B", "C"])
        let back = scene.store.removeFirst()
        scene.book(try scene.batch())
        #expect(scene.next() == nil)
        scene.store.insert(back, at: 0)
        scene.planner.grown()
        #expect(scene.next() == nil, "a new record is no reason to look back")
        scene.planner.reread()
        #expect(try scene.batch().sequences == [1])

        // The store was asked before the record came back, and answers after.
        var late = Scene(groups: ["A"])
        let away = late.store.removeFirst()
        late.commit("B")
        let wish = late.planner.reading(at: 0)
        let reading = try #require(wish)
        let found = late.store
        late.store.insert(away, at: 0)
        late.planner.reread()
        late.planner.add(found, of: reading, at: 0)
        #expect(try late.batch().sequences == [1, 2])
    }

    @Test("Its account goes on once it is set aside, in order")
    func poisonedAccount() {
        var scene = Scene(groups: (0..<300).map { $0 % 3 == 0 ? "A" : "B\($0)" })
        let booked = play(&scene, poison: 4, .refused("tooLarge")).booked
        #expect(scene.asideReasons[4] == "unsendable:tooLarge")
        let sequences: [Int64] = stride(from: 1, to: 300, by: 3).filter { $0 != 4 }
        let account = sequences.compactMap { booked[$0] }
        #expect(account.count == 99)
        #expect(account == account.sorted())
    }

    @Test("A host that refuses whatever it is sent has nothing set aside")
    func barren() {
        var scene = Scene(groups: (0..<100).map { "A\($0)" })
        for _ in 0..<2000 {
            guard let batch = scene.next() else {
                scene.now += scene.planner.wait(at: scene.now) ?? 0
                continue
            }
            scene.fail(batch, .refused("malformed"))
        }
        #expect(scene.asideReasons.isEmpty && scene.store.count == 100)
        #expect(scene.planner.isBarren)
    }

    @Test("What the host can't serve again and again is found by halves too, and never set aside")
    func unavailable() {
        var scene = Scene(groups: (0..<200).map { "A\($0)" })
        let booked = play(&scene, poison: 50, .unavailable).booked
        #expect(booked.count { $0.key <= 200 } == 199)
        #expect(scene.asideReasons.isEmpty && scene.store.first?.sequence == 50)
    }

    @Test("What a planner holds is bounded, also when an account with a long queue waits by itself")
    func bounded() throws {
        var scene = Scene(groups: [String](repeating: "A", count: 5000))
        let first = try scene.batch()
        _ = scene.planner.answered(first, settled: [], delays: [1: 3_600_000], at: 0, random: 0)
        for _ in 0..<10 { scene.commit("B") }
        // All of A is passed over, and B is found behind it.
        let second = try scene.batch()
        #expect(second.sequences == Array(5001...5010))
        #expect(second.oldest == 1)
        scene.book(second)
        #expect(scene.next() == nil)
        #expect(scene.readings < 60)
        scene.now = 3_600_000
        #expect(scene.next()?.sequences == Array(1...100))
    }

    @Test("While the store is slow batches are small; they grow again")
    func adapts() {
        var scene = Scene(groups: [String](repeating: "A", count: 5000))
        func size() -> Int {
            guard let batch = scene.next() else { return 0 }
            scene.book(batch)
            return batch.sequences.count
        }
        #expect(size() == 100)
        scene.planner.settled(in: 200)
        #expect(size() == 50)
        for _ in 0..<10 { scene.planner.settled(in: 200) }
        #expect(size() == 10)
        for _ in 0..<20 { scene.planner.settled(in: 5) }
        #expect(size() == 100)
    }

    /// Whatever happens, in any order: no account in two batches at once, no record past an earlier one of its account,
    /// nothing forgotten.
    @Test("Any order of events", arguments: 0..<60 as Range<UInt64>)
    func anyOrder(seed: UInt64) {
        var random = Random(state: seed)
        var scene = Scene(BatchPlanner.Settings(batches: 3, count: 5, window: 40), groups: [])
        var away: [BatchPlanner.Batch] = []
        var booked: [String: Int64] = [:]
        var committed = 0
        for step in 0..<3000 {
            scene.now += Int64(random.next() % 400)
            let calm = step > 2400
            switch calm ? 5 + random.next() % 5 : random.next() % 10 {
            case 0, 1, 2:
                for _ in 0..<random.next() % 12 {
                    // The first account has most of it.
                    let account = random.next() % 3 == 0 ? 0 : random.next() % 9
                    scene.commit("A\(account)")
                    committed += 1
                }
            case 3: if random.next() % 20 == 0 { scene.planner.resume() }
            case 4 where !away.isEmpty:
                let batch = away.remove(at: Int(random.next() % UInt64(away.count)))
                let failures: [BatchPlanner.Failure] = [.refused("malformed"), .unavailable, .lost, .store]
                scene.fail(batch, failures[Int(random.next() % 4)], random: random.next())
            case 5, 6, 7:
                guard let batch = scene.next() else { continue }
                #expect(!batch.sequences.isEmpty && batch.sequences.count <= 5)
                #expect(batch.sequences == batch.sequences.sorted())
                let groups = Set(batch.sequences.map { scene.group($0) })
                for other in away { #expect(groups.isDisjoint(with: other.sequences.map { scene.group($0) })) }
                for group in groups {
                    let mine = batch.sequences.filter { scene.group($0) == group }
                    let waiting = scene.store.filter { $0.group == group }.prefix(mine.count).map(\.sequence)
                    #expect(mine == waiting, "step \(step)")
                }
                #expect(batch.oldest == scene.store.first?.sequence)
                away.append(batch)
                #expect(away.count <= 3)
            case 8, 9:
                guard !away.isEmpty else { continue }
                let batch = away.remove(at: Int(random.next() % UInt64(away.count)))
                // The host may stop anywhere in an account, and say so or not.
                var settled = Set(batch.sequences)
                var delays: [Int64: Int64] = [:]
                if !calm, random.next() % 4 == 0, let stop = batch.sequences.randomElement(using: &random) {
                    let group = scene.group(stop)
                    for sequence in batch.sequences where sequence >= stop && scene.group(sequence) == group {
                        settled.remove(sequence)
                        if random.next() % 2 == 0 { delays[sequence] = Int64(random.next() % 90_000) }
                    }
                }
                for sequence in settled.sorted() {
                    let group = scene.group(sequence)
                    #expect(sequence > booked[group] ?? 0)
                    booked[group] = sequence
                }
                scene.store.removeAll { settled.contains($0.sequence) }
                _ = scene.planner.answered(batch, settled: settled, delays: delays, at: scene.now, random: random.next())
            default: break
            }
        }
        // Then everything goes.
        var rounds = 0
        while !scene.store.isEmpty, rounds < 20_000 {
            rounds += 1
            for batch in away { scene.book(batch) }
            away = scene.next().map { [$0] } ?? []
            if away.isEmpty { scene.now += scene.planner.wait(at: scene.now) ?? 1 }
        }
        #expect(scene.store.isEmpty)
        #expect(committed > 1000)
    }
}

private struct Random: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
