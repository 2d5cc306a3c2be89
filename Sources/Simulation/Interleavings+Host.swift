import Core
import Foundation
import HostProtocol
import Payments
import Programmes
import Store

/// What the host does by itself, and the records it gets.
extension Interleavings {
    func atHost(_ world: Int) throws {
        if worlds[world].removedAt != nil, random.one(in: 2) { return toggle(world) }
        switch random.below(12) {
        case 0..<3: expireHold(world)
        case 3..<6: load(world)
        case 6..<9: otherTerminal(world)
        case 9, 10:
            version += 1
            worlds[world].books.allowance = random.one(in: 8) ? nil : Interleavings.allowance(&random)
            worlds[world].books.touch(version)
            note(.allowance, world)
        default: toggle(world)
        }
    }

    private func expireHold(_ world: Int) {
        let open = worlds[world].books.holds.filter { _, hold in hold.expiredAt == nil && hold.endedBy == nil }
            .map(\.key).sorted()
        guard !open.isEmpty else { return load(world) }
        version += 1
        worlds[world].books.expire(open[random.below(open.count)], version: version)
        note(.hostExpiry, world)
    }

    private func load(_ world: Int) {
        var units = Units.zero
        for place in worlds[world].layout.lines.indices {
            units[place] = random.below(worlds[world].layout.lines[place].initial / 2 + 1)
        }
        move(world, units)
        note(.load, world)
    }

    private func move(_ world: Int, _ units: Units) {
        version += 1
        worlds[world].books.move(units, version: version)
        worlds[world].others = worlds[world].others &+ units
    }

    /// Another terminal, or the host, takes what this terminal can't see: how far accounts can be overspent otherwise
    /// is
    /// another test's question (`OverspendTests`).
    private func otherTerminal(_ world: Int) {
        // A statement that is under way may show the terminal more than the one it has.
        let isAsked = worlds[world].lanes.contains { if case .asked = $0 { true } else { false } }
        guard worlds[world].terminal.statement != nil, worlds[world].removedAt == nil, worlds[world].staged == nil,
            !isAsked
        else { return load(world) }
        let here = worlds[world].spendable()
        var surplus = worlds[world].available(under: statement(world)) &- here.replacing(with: 0, where: here .< 0)
        // Nor what the terminal may still complete, because it has not heard that the hold is gone.
        let known = worlds[world].terminal.statement?.version ?? 0
        for hold in worlds[world].books.holds.values where hold.expiredAt ?? 0 > known {
            surplus = surplus &- hold.units
        }
        var units = Units.zero
        for place in worlds[world].layout.lines.indices where surplus[place] > 0 {
            units[place] = -random.below(surplus[place] + 1)
        }
        guard units != .zero else { return load(world) }
        move(world, units)
        note(.otherTerminal, world)
    }

    private func toggle(_ world: Int) {
        let isAsked = worlds[world].lanes.contains { if case .asked = $0 { true } else { false } }
        if worlds[world].removedAt != nil {
            version += 1
            worlds[world].removedAt = nil
            worlds[world].books.touch(version)
            note(.returned, world)
        } else if !isAsked {
            version += 1
            worlds[world].removedAt = version
            note(.removed, world)
        } else {
            load(world)
        }
    }

    // MARK: Records

    /// Takes some of the waiting records, in any order, and gives some answers.
    func forward(everything: Bool = false) throws {
        if !everything, random.one(in: 12) {
            _ = try store.requeue()
            let refused = Set(sent.values.filter(\.isRefused).map(\.world))
            for id in sent.keys where sent[id]?.isRefused == true { sent[id]?.isRefused = false }
            for world in refused.sorted() { note(.requeue, world) }
        }
        var records = try store.pending(limit: everything ? 200 : 4 + random.below(40))
        guard !everything || !records.isEmpty else { return }
        if !everything { records.shuffle(using: &random) }
        var results: [RecordResult] = []
        var touched: Set<Int> = []
        for record in records where everything || !random.one(in: 5) {
            if random.one(in: 40) {
                results.append(RecordResult(id: record.id, bodyHash: Data(repeating: 7, count: 32), outcome: .applied))
            }
            let result = try receive(record, everything)
            guard let world = sent[record.id]?.world else { throw failure("an unknown record", nil) }
            touched.insert(world)
            if !everything, random.one(in: 9) {
                note(.answerLost, world)
                continue
            }
            results.append(result)
            if !everything, random.one(in: 9) {
                results.append(result)
                note(.answerTwice, world)
            }
            sent[record.id]?.isRefused = result.outcome == .rejected
            sent[record.id]?.isGone = result.outcome != .rejected
            if result.outcome == .declinedLater { closeDeclined(record.id) }
        }
        try store.settle(results)
        for world in touched.sorted() { try check(world) }
    }

    private func closeDeclined(_ record: UUIDv7) {
        guard let found = sent[record],
            let place = worlds[found.world].payments.firstIndex(where: { $0.id == found.entry.payment }),
            worlds[found.world].payments[place].state == .paid
        else { return }
        worlds[found.world].payments[place].state = .closed
    }

    /// One record at the host: its stand on it.
    private func receive(_ record: ForwardedRecord, _ everything: Bool) throws -> RecordResult {
        guard let found = sent[record.id] else { throw failure("an unknown record", nil) }
        let world = found.world
        let hash = Data(JournalChain.bodyHash(Array(record.body)))
        guard !found.isGone else { throw failure("an answered record came again", world) }
        guard found.hash == nil || found.hash == hash else { throw failure("a record has changed", world) }
        sent[record.id]?.hash = hash
        if let outcome = found.outcome {
            note(.sentAgain, world)
            return RecordResult(id: record.id, bodyHash: hash, outcome: outcome == .applied ? .duplicate : outcome)
        }
        if !everything, random.one(in: 12) {
            note(.quarantined, world)
            return RecordResult(id: record.id, bodyHash: hash, outcome: .rejected, reason: "malformed")
        }
        let entry = try read(record, found)
        let payment = worlds[world].payments.first { $0.id == entry.payment }
        // What is booked as taken back stands; what the till has taken back meanwhile, the host does not know.
        let void = payment?.void.map { sent[$0]?.outcome != nil }
        let mayDecline = void != true
        let isRefunded = payment.map { $0.refunded.units != .zero } ?? false
        let declined = found.isDeferred && mayDecline && !isRefunded && random.one(in: 2)
        let expired = entry.kind == .hold && random.one(in: 6)
        let original = worlds[world].payments.first { $0.id == entry.original }
        version += 1
        worlds[world].books.book(
            entry, of: 0, declined: declined || original?.isDeclined ?? false, expired: expired, version: version)
        if declined, let place = worlds[world].payments.firstIndex(where: { $0.id == entry.payment }) {
            worlds[world].payments[place].isDeclined = true
        }
        let isAhead = entry.sequence.map { $0 > worlds[world].books.countedThrough(0) } ?? false
        note(declined ? .declinedLater : isAhead ? .bookedAhead : .booked, world)
        sent[record.id]?.outcome = declined ? .declinedLater : .applied
        return RecordResult(id: record.id, bodyHash: hash, outcome: declined ? .declinedLater : .applied)
    }

    /// What the host books is what the record says; the model says what that must be.
    private func read(_ record: ForwardedRecord, _ found: Sent) throws -> ModelAccount.Entry {
        guard let glance = RecordGlance(record.body) else { throw failure("a record that can't be read", found.world) }
        guard glance.kind == found.entry.kind.rawValue, glance.sequence == found.entry.sequence,
            glance.split == found.shares
        else {
            throw failure(
                "\(glance.kind) \(glance.sequence ?? 0), must be \(found.entry.kind) \(found.entry.sequence ?? 0)",
                found.world)
        }
        guard random.one(in: settings.decodeOneIn) else { return found.entry }
        let full = try WireJSON.decode(JournalRecord.self, from: Array(record.body))
        guard full.kind.rawValue == glance.kind, full.accountSequence == glance.sequence,
            full.split ?? [] == glance.split,
            full.payment == found.entry.payment, full.original == found.entry.original,
            full.account == (glance.sequence == nil ? nil : worlds[found.world].account)
        else { throw failure("a record says something else in full", found.world) }
        return found.entry
    }
}
