import Core
import Foundation
import GRDB
import HostProtocol

extension LedgerTransaction {
    private enum Change {
        case account(Int)
        case removed(String)
        case stopped(StopEntry)
        case cleared(Pseudonym)
    }

    /// What changed after `page.base`, in the order of the versions, until it is all or the page is full: then the page
    /// brings the terminal to the version of its last change.
    func fillDelta(_ page: inout LimitPage, size: LimitPageSize, now: UTCInstant) throws {
        var (changes, accounts): ([(version: Int64, Change)], [Account]) = ([], [])
        var reached: Int64?
        var (scanned, stops) = (0, 0)
        let enrolled = Set(page.enrolledProgrammes)
        // Half-way through, these read no further than they were asked: a page costs what it carries.
        let touched = try Row.fetchCursor(
            db.cachedStatement(sql: "SELECT * FROM account WHERE version > ? ORDER BY version"), arguments: [page.base])
        let listed = try Row.fetchCursor(
            db.cachedStatement(sql: "SELECT version, pseudonym, reason, removed FROM stop WHERE version > ? ORDER BY version"),
            arguments: [page.base])
        var account = try touched.next().map { try AccountChange($0) }
        var stop = try listed.next().map { StopChange($0) }
        while account != nil || stop != nil {
            guard accounts.count < size.accounts, stops < size.stops, scanned < size.scanned else {
                page.more = true
                break
            }
            scanned += 1
            if let next = account, next.version < stop?.version ?? .max {
                if enrolled.contains(next.account.programme) {
                    if !next.account.isRemoved {
                        changes.append((next.version, .account(accounts.count)))
                        accounts.append(next.account)
                    } else if next.isTold {
                        changes.append((next.version, .removed(next.account.id)))
                    }
                }
                reached = next.version
                account = try touched.next().map { try AccountChange($0) }
            } else if let next = stop {
                if let change = next.change { changes.append((next.version, change)) }
                stops += 1
                reached = next.version
                stop = try listed.next().map { StopChange($0) }
            }
        }
        let limits = try limits(of: accounts, for: page.terminal, now: now)
        var (added, cleared, weight): ([StopEntry], [Pseudonym], Int) = ([], [], 0)
        for (place, (version, change)) in changes.enumerated() {
            switch change {
            case .account(let index): weight += Self.weight(limits[index])
            case .removed(let id): weight += 6 * id.utf8.count + 3
            case .stopped, .cleared: weight += Self.stopWeight
            }
            if weight > size.bytes, place > 0 {
                (page.more, reached) = (true, changes[place - 1].version)
                break
            }
            switch change {
            case .account(let index): page.accounts.append(limits[index])
            case .removed(let id): page.removed.append(id)
            case .stopped(let entry): added.append(entry)
            case .cleared(let pseudonym): cleared.append(pseudonym)
            }
            _ = version
        }
        page.stops = StopChanges(added: added, removed: cleared)
        if page.more, let reached { page.version = reached }
    }

    private struct AccountChange {
        var version: Int64
        var account: Account
        /// False for a removal below the horizon.
        var isTold: Bool

        init(_ row: Row) throws {
            account = try Account(row)
            version = account.version
            isTold = row["removed"] as Int64 == 1
        }
    }

    private struct StopChange {
        var version: Int64
        var change: Change?

        init(_ row: Row) {
            version = row[0]
            let bytes: Data = row[1]
            guard let pseudonym = Pseudonym(bytes: Array(bytes)) else { return }
            let removed: Int64 = row[3]
            if removed != 0 {
                change = .cleared(pseudonym)
            } else if let reason = StopReason(rawValue: row[2] as UInt8) {
                change = .stopped(StopEntry(instrument: pseudonym, reason: reason))
            }
        }
    }
}
