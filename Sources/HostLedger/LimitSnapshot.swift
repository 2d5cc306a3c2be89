import Core
import Foundation
import GRDB
import HostProtocol

extension LedgerTransaction {
    /// Everything from `mark` on, accounts by id, then the stop list by pseudonym, until the page is full. Each page seeks
    /// its place by key: the last one costs what the first does. What changes while the pages are made comes again in the
    /// deltas from `page.version` on.
    /// - Returns: where the next page begins; nil after the last one.
    func fillSnapshot(
        _ page: inout LimitPage, from mark: SnapshotMark, size: LimitPageSize, now: UTCInstant
    ) throws -> SnapshotMark? {
        var weight = 0
        switch mark {
        case .stops(let after): return try fillStops(&page, after: after, room: size.bytes, size: size)
        case .accounts(let after):
            let next = try fillAccounts(&page, after: after, size: size, weight: &weight, now: now)
            if let next { return .accounts(after: next) }
            return try fillStops(&page, after: [], room: size.bytes - weight, size: size)
        }
    }

    /// - Returns: the id after which the next page begins; nil when there are no more accounts.
    private func fillAccounts(
        _ page: inout LimitPage, after: String, size: LimitPageSize, weight: inout Int, now: UTCInstant
    ) throws -> String? {
        let enrolled = Set(page.enrolledProgrammes)
        var accounts: [Account] = []
        var (scanned, last) = (0, after)
        var isFull = false
        let cursor = try Row.fetchCursor(
            db.cachedStatement(sql: "SELECT * FROM account WHERE id > ? AND removed = 0 ORDER BY id"), arguments: [after])
        while let row = try cursor.next() {
            guard accounts.count < size.accounts, scanned < size.scanned else {
                isFull = true
                break
            }
            scanned += 1
            let account = try Account(row)
            last = account.id
            if enrolled.contains(account.programme) { accounts.append(account) }
        }
        for limit in try limits(of: accounts, for: page.terminal, now: now) {
            let more = Self.weight(limit)
            if weight + more > size.bytes, let before = page.accounts.last { return before.account }
            weight += more
            // What has changed since the first page comes again in the deltas after the last.
            page.accounts.append(limit)
        }
        return isFull ? last : nil
    }

    private func fillStops(
        _ page: inout LimitPage, after: [UInt8], room: Int, size: LimitPageSize
    ) throws -> SnapshotMark? {
        // At least one, where the page carries nothing else: a snapshot always goes on.
        let most = min(size.stops, max(page.accounts.isEmpty ? 1 : 0, room / Self.stopWeight))
        let found = try rows(
            "SELECT pseudonym, reason FROM stop WHERE pseudonym > ? AND removed = 0 ORDER BY pseudonym LIMIT ?",
            [Data(after), most + 1])
        let entries = found.prefix(most).compactMap { row -> StopEntry? in
            let bytes: Data = row[0]
            guard let pseudonym = Pseudonym(bytes: Array(bytes)), let reason = StopReason(rawValue: row[1] as UInt8) else {
                return nil
            }
            return StopEntry(instrument: pseudonym, reason: reason)
        }
        page.stops = StopChanges(added: entries)
        guard found.count > most else { return nil }
        return .stops(after: entries.last?.instrument.bytes ?? after)
    }
}
