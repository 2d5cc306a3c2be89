import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

extension PaymentStore {
    /// The trusted clock as stored.
    public func clock() throws(StoreError) -> TrustedClock {
        try read { database in
            guard let row = try Row.fetchOne(database, sql: "SELECT anchor, high_water FROM terminal") else {
                throw StoreError.damaged
            }
            let anchor = try row.optional("anchor", as: Data.self).map {
                try WireJSON.decode(TrustedClock.Anchor.self, from: Array($0))
            }
            return TrustedClock(anchor: anchor, highWater: UTCInstant(milliseconds: try row.value("high_water")))
        }
    }

    /// The merchant that the last page named.
    public func merchant() throws(StoreError) -> String? { try read { try terminalFacts($0)?.merchant } }

    /// The terminal's state for the checks before a card is read, also of a forward-only store.
    public func terminalState(
        currency: Currency, now: TrustedTime, hostReachable: Bool
    ) throws(StoreError) -> TerminalState {
        let isCurrent = try isCurrent()
        return try read { database in
            var state = try terminalState(
                database, currency: currency, instrument: nil, now: now, hostReachable: hostReachable, isCurrent: isCurrent)
            state.storeIsCurrent = isCurrent
            return state
        }
    }

    // MARK: In a transaction

    /// - Parameters:
    ///   - instrument: looked up in the stop list, and among what the host declined later.
    ///   - collects: of a collection, the payment whose open amount it takes.
    func terminalState(
        _ database: Database, currency: Currency, instrument: Pseudonym?, now: TrustedTime, hostReachable: Bool,
        collects: UUIDv7? = nil, isCurrent: Bool = true
    ) throws -> TerminalState {
        let facts = try terminalFacts(database)
        let exposure = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT amount FROM exposure WHERE currency = ?"), arguments: [currency.code])
        return TerminalState(
            enrolledProgrammes: Set(facts?.enrolledProgrammes ?? []),
            risk: facts?.risk ?? TerminalRiskLimits(exposureCap: 0, maximumCacheAge: 0),
            exposure: exposure ?? 0, cacheAge: try cacheAge(database, now), hostReachable: hostReachable,
            merchant: facts?.merchant ?? "", merchantCategory: facts?.merchantCategory, rates: facts?.rates ?? [],
            stopped: try instrument.flatMap { try PaymentStore.stopped(database, $0) },
            bounced: try instrument.flatMap { try PaymentStore.bounced(database, instrument: $0, collects: collects) },
            fullQueue: try fullQueue(database), overdueQueue: try overdueQueue(database, now), isRestored: isCurrent ? try LimitDoubt.isOpen(database) : false)
    }

    /// Records that are set aside wait too: they take the same space.
    private func fullQueue(_ database: Database) throws -> Int? {
        // Its first and its last record tell how many there can be; counting them is for a long queue alone.
        let span = try Int.fetchOne(
            database.cachedStatement(sql: "SELECT (SELECT max(sequence) FROM outbox) - (SELECT min(sequence) FROM outbox) + 1"))
        guard let span, span >= queueCap else { return nil }
        let count = try Int.fetchOne(database.cachedStatement(sql: "SELECT COUNT(*) FROM outbox")) ?? 0
        return count >= queueCap ? count : nil
    }

    /// What is set aside waits for a person: it does not stop the terminal.
    private func overdueQueue(_ database: Database, _ now: TrustedTime) throws -> Int64? {
        guard let longestWait, let oldest = try PaymentStore.oldestWaiting(database) else { return nil }
        let wait = now.instant.millisecondsSince(oldest)
        return wait >= longestWait ? wait : nil
    }

    /// When the record was made that has waited longest and is not set aside.
    static func oldestWaiting(_ database: Database) throws -> UTCInstant? {
        let look = try database.cachedStatement(
            sql: """
                SELECT id FROM journal
                WHERE sequence = (SELECT sequence FROM outbox WHERE quarantined IS NULL ORDER BY sequence LIMIT 1)
                """)
        guard let row = try Row.fetchOne(look) else { return nil }
        guard let id = UUIDv7(bytes: try row.bytes("id")) else { throw StoreError.damaged }
        return UTCInstant(milliseconds: id.milliseconds)
    }

    /// Milliseconds of trusted time since the last page; nil when there never was one; negative when the page
    /// is dated ahead (ALL-4).
    private func cacheAge(_ database: Database, _ now: TrustedTime) throws -> Int64? {
        let statement = try database.cachedStatement(sql: "SELECT synced_at FROM terminal WHERE synced_at IS NOT NULL")
        return try Int64.fetchOne(statement).map {
            now.instant.millisecondsSince(UTCInstant(milliseconds: $0))
        }
    }
}
