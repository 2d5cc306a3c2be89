import Core
import Foundation
import Glibc
import HostProtocol
import Programmes
import Testing

@testable import Store

/// A small file system of its own; these tests run as root.
final class Disk {
    let path: String

    init(_ size: String) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "kassad-disk-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Disk.run("/bin/mount", ["-t", "tmpfs", "-o", "size=\(size)", "kassad", path])
    }

    deinit {
        try? Disk.run("/bin/umount", ["-l", path])
        try? FileManager.default.removeItem(atPath: path)
    }

    func remount(_ option: String) throws { try Disk.run("/bin/mount", ["-o", "remount,\(option)", path]) }

    /// Takes all that is free, or leaves so many bytes.
    func fill(leaving: off_t = 0) throws {
        let file = open(path + "/filler", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        try #require(file >= 0)
        defer { close(file) }
        let block = [UInt8](repeating: 1, count: 4096)
        while write(file, block, block.count) > 0 {}
        let size = lseek(file, 0, SEEK_END)
        guard leaving > 0 else { return }
        let cut = ftruncate(file, max(0, size - leaving))
        try #require(cut == 0)
    }

    func empty() throws { try FileManager.default.removeItem(atPath: path + "/filler") }

    private static func run(_ program: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(program) \(arguments)")
    }
}

@Suite("A disk that is full, read-only or damaged approves nothing that it does not keep")
struct DiskTests {
    private struct Refused: Error {}

    private func scene(_ disk: Disk, queueCap: Int = 10_000, reserve: Int64 = 0) throws -> (StoreScene, PaymentStore) {
        let scene = try StoreScene()
        let store = PaymentStore(path: disk.path + "/store.sqlite", terminal: "T1", queueCap: queueCap, reserve: reserve)
        let allowance = OfflineAllowance(amount: 10_000_000, count: 100_000, perTransaction: 30_000)
        try store.apply(
            scene.limits([scene.account(balance: 10_000_000, version: 1, allowance: allowance)], version: 1),
            anchor: scene.anchor)
        return (scene, store)
    }

    /// One offline approval of 100, through the rules of the store alone.
    private func pay(_ scene: StoreScene, _ store: PaymentStore) throws -> UUIDv7 {
        let id = scene.mint()
        _ = try store.begin(PaymentIntent(id: id, reference: nil, amount: scene.sek(100), startedAt: scene.now.instant))
        let closing = PaymentClosing(
            payment: id, record: scene.mint(), request: PurchaseRequest(amount: scene.sek(100)), programme: scene.programme,
            instrument: scene.instrument, sealedEvidence: nil, now: scene.now, hostReachable: false)
        let (sek, amount) = (scene.sek(0), scene.sek(100))
        let settled = try store.settle(closing) { _, terminal in
            terminal.fullQueue == nil
                ? .local(
                    Decision(outcome: .approved, approvedAmount: amount, rule: "ALL-7", reason: .approvedOffline),
                    cardMovedOn: true)
                : .local(Decision(outcome: .declined, approvedAmount: sek, rule: "ALL-4", reason: .queueFull), cardMovedOn: false)
        }
        guard settled.decision.approved else { throw Refused() }
        return id
    }

    @Test("R14: a full disk takes the reserve's space first; what is approved is there after a reopening; then space comes back")
    func full() throws {
        let disk = try Disk("24m")
        let (scene, store) = try scene(disk, reserve: 8 << 20)
        defer { store.close() }
        store.keepReserve()
        #expect(store.spaceStanding == .held)
        var approved = [try pay(scene, store)]
        try disk.fill()
        var refused = 0
        for _ in 0..<1500 where refused < 3 {
            do { approved.append(try pay(scene, store)) } catch { refused += 1 }
        }
        // The reserve carried many payments; without it none.
        #expect(store.spaceStanding == .used)
        #expect(approved.count > 1000)
        store.close()
        try disk.empty()
        for id in approved { #expect(try store.payment(id)?.state == .approved) }
        #expect(try store.queueSummary().approvals == approved.count)
        #expect(try store.firstBrokenLink() == nil)
        _ = try pay(scene, store)
        store.keepReserve()
        #expect(store.spaceStanding == .held)
        print("full disk: \(approved.count) approved and kept, \(refused) refused, 0 lost")
    }

    @Test("L4: the reserve that an earlier run left is as good as one of this run: no payment is refused while it has space")
    func reserveOfEarlierRun() throws {
        let disk = try Disk("24m")
        let (scene, first) = try scene(disk, reserve: 8 << 20)
        first.keepReserve()
        first.close()
        try disk.fill()
        let store = PaymentStore(path: first.path, terminal: "T1", reserve: 8 << 20)
        defer { store.close() }
        // Whatever statement meets the full disk first, the reserve's space is there for it.
        for _ in 0..<100 { _ = try pay(scene, store) }
        #expect(try store.queueSummary().approvals == 100)
    }

    @Test("R14: whatever takes each block that is free, the queue takes its cap: no payment is refused before, also over a restart")
    func promised() throws {
        let cap = 1000
        let reserve = QueueSpace.reserve(forRecords: cap)
        let disk = try Disk("64m")
        let (scene, first) = try scene(disk, queueCap: cap, reserve: reserve)
        first.keepReserve()
        #expect(first.spaceStanding == .held)
        var store = first
        for number in 0..<cap {
            // Something else writes all the time, and takes what anybody gives back.
            try disk.fill()
            if number == cap / 2 {
                store.close()
                try disk.fill()
                store = PaymentStore(path: first.path, terminal: "T1", queueCap: cap, reserve: reserve)
            }
            _ = try pay(scene, store)
            if number % 50 == 0 {
                store.keepReserve()
                #expect(store.spaceStanding == .used)
            }
        }
        #expect(throws: Refused.self) { try pay(scene, store) }
        #expect(try store.queueSummary().approvals == cap)
        #expect(try store.terminalState(currency: .sek, now: scene.now, hostReachable: false).fullQueue == cap)
        store.close()
        let again = PaymentStore(path: first.path, terminal: "T1")
        defer { again.close() }
        #expect(try again.queueSummary().approvals == cap && again.firstBrokenLink() == nil)
    }

    @Test("What a record takes in the file is less than what is reserved for it", arguments: [0, 900])
    func measured(_ evidence: Int) throws {
        let scene = try StoreScene()
        try scene.page(
            [scene.account(balance: 10_000_000, version: 1, allowance: OfflineAllowance(amount: 10_000_000, count: 100_000, perTransaction: 30_000))],
            version: 1)
        /// Of the file with all that was in its log.
        func length() throws -> Int64 {
            scene.store.close()
            return try #require(FileSpace.length(scene.store.path))
        }
        func pay(_ count: Int) throws {
            for number in 0..<count {
                let id = try scene.begin(100, reference: "a till's reference, \(number), \(scene.mint())")
                var closing = scene.closing(id, 100)
                closing.sealedEvidence = String(repeating: "x", count: evidence)
                _ = try scene.store.settle(closing) { account, terminal in
                    .local(
                        scene.programme.decide(
                            PurchaseRequest(amount: scene.sek(100)),
                            evidence: InstrumentEvidence(
                                cryptogram: .tc, authentication: .passed, verification: .device,
                                expiry: CivilDate(year: 2027, month: 5, day: 31)),
                            account: account, terminal: terminal, now: scene.now), cardMovedOn: true)
                }
            }
        }
        try pay(100)
        let before = try length()
        try pay(500)
        let each = (try length() - before) / 500
        print("a record with \(evidence) characters of evidence: \(each) bytes")
        #expect(each > 0)
        #expect(each < QueueSpace.bytesPerRecord)
    }

    @Test("Without a reserve a full disk refuses, keeps what it has, and takes payments again when there is space")
    func fullWithoutReserve() throws {
        let disk = try Disk("2m")
        let (scene, store) = try scene(disk)
        defer { store.close() }
        let first = try pay(scene, store)
        try disk.fill()
        var approved = [first]
        for _ in 0..<200 { if let id = try? pay(scene, store) { approved.append(id) } }
        #expect(throws: StoreError.self) { try pay(scene, store) }
        try disk.empty()
        approved.append(try pay(scene, store))
        store.close()
        for id in approved { #expect(try store.payment(id)?.state == .approved) }
        #expect(try store.queueSummary().approvals == approved.count)
        #expect(store.spaceStanding == .none)
    }

    @Test("A file system that turns read-only refuses; writable again, the same store goes on")
    func readOnly() throws {
        let disk = try Disk("8m")
        let (scene, store) = try scene(disk)
        defer { store.close() }
        let first = try pay(scene, store)
        // No file may be open for writing when a tmpfs turns read-only.
        store.close()
        try disk.remount("ro")
        #expect(throws: StoreError.notWritable) { try pay(scene, store) }
        try disk.remount("rw")
        let second = try pay(scene, store)
        store.close()
        #expect(try store.queueSummary().approvals == 2)
        for id in [first, second] { #expect(try store.payment(id)?.state == .approved) }
    }

    @Test("A damaged page is no approval, and the file is left as it is; mended, all records are there")
    func damaged() throws {
        let disk = try Disk("8m")
        let (scene, store) = try scene(disk)
        defer { store.close() }
        for _ in 0..<20 { _ = try pay(scene, store) }
        store.close()
        let file = URL(filePath: disk.path + "/store.sqlite")
        let whole = try Data(contentsOf: file)
        var damagedPages = 0
        // Each page in turn but the first, which says that this is a database at all.
        for page in 1..<(whole.count / Connection.pageSize) {
            var damaged = whole
            let start = page * Connection.pageSize
            damaged.replaceSubrange(start..<(start + 64), with: [UInt8](repeating: 0xA5, count: 64))
            try damaged.write(to: file)
            let before = damaged
            do {
                _ = try pay(scene, store)
                // A page that a payment does not need; what was approved is stored.
                store.close()
            } catch {
                damagedPages += 1
                store.close()
                let after = try Data(contentsOf: file)
                #expect(after == before || after.count >= before.count, "page \(page)")
            }
            for suffix in ["-wal", "-shm", "-journal"] { try? FileManager.default.removeItem(atPath: file.path + suffix) }
        }
        #expect(damagedPages > 3)
        try whole.write(to: file)
        #expect(try store.queueSummary().approvals == 20)
        #expect(try store.firstBrokenLink() == nil)
        _ = try pay(scene, store)
    }

    @Test("ALL-4: as many records as the queue may hold, then nothing more is approved until the host has taken some")
    func cap() throws {
        let disk = try Disk("8m")
        let (scene, store) = try scene(disk, queueCap: 3)
        defer { store.close() }
        for _ in 0..<3 { _ = try pay(scene, store) }
        let state = try store.terminalState(currency: .sek, now: scene.now, hostReachable: false)
        #expect(state.fullQueue == 3)
        #expect(throws: Refused.self) { try pay(scene, store) }
        // The host takes one from the middle: the span is as long as before, the queue is not.
        let record = try store.pending(limit: 3)[1]
        try store.settle([
            RecordResult(id: record.id, bodyHash: Data(JournalChain.bodyHash(Array(record.body))), outcome: .applied)
        ])
        #expect(try store.terminalState(currency: .sek, now: scene.now, hostReachable: false).fullQueue == nil)
        _ = try pay(scene, store)
    }
}

@Suite("Space that is kept for the queue")
struct SpaceReserveTests {
    @Test("L7: with space on the disk again it says no more that the disk is full, also before there is room for a new reserve")
    func spaceAgain() throws {
        let disk = try Disk("4m")
        let reserve = SpaceReserve(path: disk.path + "/store.reserve", bytes: 1536 << 10)
        reserve.keep()
        try disk.fill()
        #expect(reserve.release())
        try disk.fill()
        reserve.keep()
        #expect(reserve.standing == .used)
        // Two megabytes are free: too little for a reserve, which never takes the last of the disk.
        try disk.empty()
        let other = open(disk.path + "/other", O_WRONLY | O_CREAT, 0o600)
        #expect(posix_fallocate(other, 0, 2 << 20) == 0)
        close(other)
        reserve.keep()
        #expect(reserve.standing == .missing)
    }

    @Test("It is allocated, given back once, made anew; and it never takes the last of the disk")
    func life() throws {
        let disk = try Disk("4m")
        let path = disk.path + "/store.reserve"
        let reserve = SpaceReserve(path: path, bytes: 1 << 20)
        #expect(reserve.standing == .missing)
        reserve.keep()
        #expect(reserve.standing == .held)
        var found = stat()
        #expect(lstat(path, &found) == 0)
        #expect(Int64(found.st_blocks) * 512 >= 1 << 20)
        #expect(found.st_mode & 0o777 == 0o600)
        #expect(reserve.release())
        #expect(!reserve.release())
        #expect(reserve.standing == .used)
        reserve.keep()
        #expect(reserve.standing == .held)
        // The next run finds it.
        let next = SpaceReserve(path: path, bytes: 1 << 20)
        next.keep()
        #expect(next.standing == .held)
        let greedy = SpaceReserve(path: disk.path + "/greedy", bytes: 2 << 20)
        greedy.keep()
        #expect(greedy.standing == .missing)
        #expect(!FileManager.default.fileExists(atPath: disk.path + "/greedy"))
        #expect(SpaceReserve(path: path, bytes: 0).standing == .none)
    }
}
