import Core
import Foundation
import HostProtocol
import Programmes
import Store

/// What happens to the whole terminal, and the end.
extension Interleavings {
    func machineEvent() throws {
        switch random.below(8) {
        case 0, 1: try restart(.restart)
        case 2, 3: try restart(.crash)
        case 4:
            store.close()
            noteAll(.reopening)
        case 5, 6:
            now = now.advanced(byMilliseconds: (6 + random.below(Int64(24))) * 3_600_000)
            setDays()
            noteAll(.nextDay)
        default:
            _ = try store.tidy(rows: 1 + random.below(40))
            noteAll(.tidy)
        }
        try checkAll()
    }

    /// The process ends and a new one begins: payments that were open are closed with reversals. A crash leaves what
    /// the
    /// files hold at this moment: their image is what goes on.
    func restart(_ event: SimulatedEvent) throws {
        let before = file()
        if event == .crash {
            files += 1
            removeFile(files)
            for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: before.path + suffix) {
                try FileManager.default.copyItem(atPath: before.path + suffix, toPath: file().path + suffix)
            }
        }
        store.close()
        if event == .crash {
            for suffix in ["", "-wal"] { try? FileManager.default.removeItem(atPath: before.path + suffix) }
        }
        store = PaymentStore(path: file().path, terminal: Interleavings.terminal)
        try store.open()
        var records: [UUIDv7] = []
        let found = try store.recoverOpenPayments(now: trusted) {
            records.append(mint())
            return records[records.count - 1]
        }
        var open: [UUIDv7: Int] = [:]
        for world in worlds.indices {
            for lane in worlds[world].lanes.indices {
                switch worlds[world].lanes[lane] {
                case .idle: break
                case .open(let payment, _, _), .asked(let payment, _, _, _, _): open[payment] = world
                }
                worlds[world].lanes[lane] = .idle
            }
        }
        guard Set(found) == Set(open.keys) else {
            throw failure("found \(found.count) open payments of \(open.count)", nil)
        }
        for (payment, record) in zip(found, records) {
            guard let world = open[payment] else { continue }
            sent[record] = Sent(
                world: world, entry: ModelAccount.Entry(kind: .reversal, payment: payment, units: .zero), shares: [])
        }
        noteAll(event)
    }

    /// Everything arrives: books, statements and tills must agree.
    func finish() throws {
        try restart(.restart)
        try checkAll()
        _ = try store.requeue()
        for id in sent.keys where sent[id]?.isRefused == true { sent[id]?.isRefused = false }
        while try !store.pending(limit: 1).isEmpty { try forward(everything: true) }
        guard sent.values.allSatisfy(\.isGone) else { throw failure("a record never came", nil) }
        try delta(limit: .max, mayBeLost: false)
        try checkAll()
        for world in worlds.indices {
            let held = worlds[world]
            guard held.books.balance == held.truth else {
                throw failure("the host has \(held.books.balance), the tills say \(held.truth)", world)
            }
            guard let state = try store.account(instrument: held.instrument, today: day(world)) else { continue }
            guard state.uncounted.shares.allSatisfy({ $0.units == 0 && $0.money == 0 }),
                state.uncounted.offlineCount == 0
            else { throw failure("something stays uncounted", world) }
        }
        let summary = try store.queueSummary()
        guard summary.exposure.isEmpty, summary.depth == 0, summary.quarantined == 0 else {
            throw failure("exposure or records are left", nil)
        }
        if seed % 8 == 0, try store.firstBrokenLink() != nil { throw failure("the chain is broken", nil) }
        countFinished()
        store.close()
    }
}
