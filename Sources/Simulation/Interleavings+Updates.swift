import Core
import HostProtocol
import Payments
import Store

/// Pages of limits on their way to the terminal.
extension Interleavings {
    func sync() throws {
        if let old = oldPage, random.one(in: 8) { return try applyOld(old) }
        if let under = snapshot, !random.one(in: 5) { return try nextSnapshotPage(under) }
        if snapshot == nil, random.one(in: 8) { return try startSnapshot(whole: false) }
        try delta(limit: random.one(in: 3) ? 1 + random.below(6) : .max, mayBeLost: true)
    }

    private func page(
        version: Int64, base: Int64, _ accounts: [AccountLimit], removed: [String] = [],
        position: SnapshotPosition? = nil,
        next: SnapshotPosition? = nil, more: Bool = false
    ) -> LimitPage {
        LimitPage(
            terminal: Interleavings.terminal, nonce: mint(), version: version, base: base, issuedAt: now,
            merchant: "M1",
            enrolledProgrammes: PurseLayout.all.map(\.programme), risk: Interleavings.risk, accounts: accounts,
            removed: removed, position: position, next: next, more: more)
    }

    // MARK: Deltas

    /// What changed since the terminal's version, oldest change first, at most `limit` accounts of it.
    func delta(limit: Int, mayBeLost: Bool) throws {
        let changed = worlds.indices.map {
            (world: $0, version: max(worlds[$0].books.version, worlds[$0].removedAt ?? 0))
        }
        .filter { $0.version > applied }.sorted { $0.version < $1.version }
        let part = changed.prefix(limit)
        let more = part.count < changed.count
        let to = more ? part.last?.version ?? applied : version
        let there = part.filter { worlds[$0.world].removedAt == nil }.map(\.world)
        let gone = part.filter { worlds[$0.world].removedAt != nil }.map(\.world)
        let page = page(
            version: to, base: applied, there.map(statement), removed: gone.map { worlds[$0].account }, more: more)
        guard !mayBeLost || !random.one(in: 8) else {
            for changed in part { note(.updateLost, changed.world) }
            return
        }
        try store.apply(page, anchor: anchor)
        applied = to
        oldPage = oldPage.map { random.one(in: 3) ? page : $0 } ?? page
        // What goes on from here is another version than the snapshot's.
        if let under = snapshot, under.at < to { abandonSnapshot() }
        for (world, statement) in zip(there, page.accounts) { worlds[world].terminal.statement = statement }
        for world in gone { worlds[world].terminal.statement = nil }
        for changed in part {
            note(.update, changed.world)
            try check(changed.world)
        }
    }

    /// A page that the terminal has gone past changes nothing.
    private func applyOld(_ page: LimitPage) throws {
        guard page.version < applied else { return }
        do {
            try store.apply(page, anchor: anchor)
        } catch is LimitPageRefusal {
            for account in page.accounts {
                guard let world = worlds.firstIndex(where: { $0.account == account.account }) else { continue }
                note(.oldUpdate, world)
                try check(world)
            }
            return
        }
        throw failure("an old page was taken", nil)
    }

    // MARK: Snapshots

    private func abandonSnapshot() {
        snapshot = nil
        for world in worlds.indices { worlds[world].staged = nil }
    }

    func startSnapshot(whole: Bool) throws {
        abandonSnapshot()
        snapshot = (version, 0)
        repeat {
            guard let under = snapshot else { return }
            try nextSnapshotPage(under)
        } while whole && snapshot != nil
    }

    private func nextSnapshotPage(_ under: (at: Int64, next: Int)) throws {
        let size = 1 + random.below(worlds.count / 2)
        let range = under.next..<min(worlds.count, under.next + size)
        let there = range.filter { worlds[$0].removedAt == nil }
        let isLast = range.upperBound == worlds.count
        let page = page(
            version: under.at, base: 0, there.map(statement),
            position: under.next == 0 ? nil : SnapshotPosition(at: under.at, after: "\(under.next)"),
            next: isLast ? nil : SnapshotPosition(at: under.at, after: "\(range.upperBound)"))
        try store.apply(page, anchor: anchor)
        for (world, statement) in zip(there, page.accounts)
        where worlds[world].staged.map({ $0.version <= statement.version }) ?? true {
            worlds[world].staged = statement
        }
        for world in there { note(.snapshotPage, world) }
        guard isLast else {
            snapshot = (under.at, range.upperBound)
            for world in there { try check(world) }
            return
        }
        for world in worlds.indices {
            worlds[world].terminal.statement = worlds[world].staged
            worlds[world].staged = nil
        }
        snapshot = nil
        applied = under.at
        noteAll(.snapshotFlip)
        try checkAll()
    }
}
