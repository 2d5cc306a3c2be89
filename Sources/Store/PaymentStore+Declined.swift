import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

extension PaymentStore {
    /// What bounced, newest first.
    public func declined(openOnly: Bool, limit: Int) throws(StoreError) -> [DeclinedPayment] {
        try readCurrent { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT declined.*, payment.reference FROM declined LEFT JOIN payment ON payment.id = declined.payment
                    \(openOnly ? "WHERE declined.state = 'open'" : "") ORDER BY declined_at DESC, declined.payment DESC LIMIT ?
                    """, arguments: [limit]
            ).map(PaymentStore.declined)
        }
    }

    public func declined(_ payment: UUIDv7) throws(StoreError) -> DeclinedPayment? {
        try readCurrent { database in
            try PaymentStore.declined(database, where: "declined.payment = ?", [Data(payment.bytes)]).first
        }
    }

    /// By the record that the host declined.
    public func declined(record: UUIDv7) throws(StoreError) -> DeclinedPayment? {
        try readCurrent { database in
            try PaymentStore.declined(
                database, where: "declined.payment = (SELECT payment FROM journal WHERE id = ?)", [Data(record.bytes)]
            ).first
        }
    }

    /// What is open of an instrument, oldest first.
    public func openDeclined(instrument: Pseudonym) throws(StoreError) -> [DeclinedPayment] {
        try readCurrent { database in
            try PaymentStore.declined(
                database, where: "declined.state = 'open' AND declined.instrument = ?", [Data(instrument.bytes)])
        }
    }

    public func declinedSummary() throws(StoreError) -> DeclinedSummary {
        try readCurrent { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT currency, SUM(amount) AS amount, COUNT(*) AS count FROM declined WHERE state = 'open'
                    GROUP BY currency ORDER BY currency
                    """)
            return DeclinedSummary(
                open: try rows.reduce(0) { try $0 + $1.value("count", as: Int.self) }, amounts: try rows.map(PaymentStore.money))
        }
    }

    /// The merchant asks no more for it: its instrument may pay offline again.
    /// - Returns: false when it is not open.
    public func giveUp(_ payment: UUIDv7, at now: UTCInstant) throws(StoreError) -> Bool {
        try writeCurrent { database in
            try database.cachedStatement(
                sql: "UPDATE declined SET state = 'givenUp', closed_at = ? WHERE payment = ? AND state = 'open'"
            ).execute(arguments: [now.milliseconds, Data(payment.bytes)])
            return database.changesCount > 0
        }
    }

    // MARK: In a transaction

    /// What bounced, before it is a row.
    struct Bounce {
        var record: Data
        var payment: Data
        var amount: Int64
        var currency: String
        var account: String?
        var instrument: Pseudonym?
        var reason: String
        var advice: CollectionAdvice?
        var notBefore: UTCInstant?
        var at: UTCInstant

        /// - Parameter row: `amount` and `currency` of the payment, for a body that can't be read.
        init(record: Data, payment: Data, body: [UInt8], row: Row, reason: String, at now: UTCInstant? = nil) throws {
            let known = try? WireJSON.decode(JournalRecord.self, from: body)
            self.record = record
            self.payment = payment
            amount = try known?.approved.minorUnits ?? row.value("amount")
            currency = try known?.approved.currency.code ?? row.value("currency")
            account = known?.account
            instrument = known?.instrument
            self.reason = String(reason.prefix(64))
            at = now ?? known?.decidedAt ?? UTCInstant(milliseconds: 0)
        }
    }

    /// Notes that the host declined a record's payment, in the transaction that takes the record out of the outbox. A store
    /// whose migration failed has no table for it: its payment's state says it until the migration succeeds.
    static func noteDeclinedLater(
        _ database: Database, payment: Data, _ result: RecordResult, at now: UTCInstant?
    ) throws {
        guard try database.tableExists("declined") else { return }
        let look = try database.cachedStatement(
            sql: """
                SELECT body, payment.amount, payment.currency, refunded FROM journal JOIN payment ON payment.id = journal.payment
                WHERE journal.id = ?
                """)
        guard let row = try Row.fetchOne(look, arguments: [Data(result.id.bytes)]) else { throw StoreError.damaged }
        var bounce = try Bounce(
            record: Data(result.id.bytes), payment: payment, body: row.bytes("body"), row: row,
            reason: result.reason ?? "declinedLater", at: now)
        bounce.advice = result.retry
        // What refunds have given back already is not owed.
        bounce.amount -= min(bounce.amount, max(0, try row.value("refunded")))
        guard bounce.amount > 0 else { return }
        bounce.notBefore = notBefore(result.retryAfter, from: bounce.at)
        try insert(database, bounce)
    }

    /// At most a year, whatever the host says.
    private static func notBefore(_ seconds: Int64?, from time: UTCInstant) -> UTCInstant? {
        seconds.map { time.advanced(byMilliseconds: min(max(0, $0), 31_536_000) * 1000) }
    }

    /// A collection was declined: the host's newest word on the next try counts.
    static func heed(
        _ database: Database, _ answer: AuthorisationAnswer, collecting original: UUIDv7, at now: UTCInstant
    ) throws {
        guard !answer.approved else { return }
        try database.cachedStatement(
            sql: "UPDATE declined SET retry = ?, retry_at = ? WHERE payment = ? AND state = 'open'"
        ).execute(arguments: [
            answer.retry?.rawValue, notBefore(answer.retryAfter, from: now)?.milliseconds, Data(original.bytes),
        ])
    }

    /// The first word stands: a host that is told of the record once more says it again.
    static func insert(_ database: Database, _ bounce: Bounce) throws {
        try database.cachedStatement(
            sql: """
                INSERT OR IGNORE INTO declined (payment, record, amount, currency, account, instrument, reason, retry, retry_at,
                    declined_at, state)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open')
                """
        ).execute(arguments: [
            bounce.payment, bounce.record, bounce.amount, bounce.currency, bounce.account,
            bounce.instrument.map { Data($0.bytes) }, bounce.reason, bounce.advice?.rawValue, bounce.notBefore?.milliseconds,
            bounce.at.milliseconds,
        ])
    }

    /// The oldest open one of an instrument; for a collection the one that it names, if it is the instrument's, or of the
    /// account that the instrument pays from now.
    static func bounced(_ database: Database, instrument: Pseudonym, collects: UUIDv7?) throws -> BouncedPayment? {
        let row: Row?
        if let collects {
            row = try Row.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT payment, amount, currency FROM declined WHERE payment = ?1 AND state = 'open'
                            AND (instrument = ?2 OR account = (SELECT account FROM instrument
                                WHERE generation = (SELECT generation FROM terminal) AND pseudonym = ?2))
                        """), arguments: [Data(collects.bytes), Data(instrument.bytes)])
        } else {
            row = try Row.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT payment, amount, currency FROM declined WHERE state = 'open' AND instrument = ?
                        ORDER BY declined_at LIMIT 1
                        """), arguments: [Data(instrument.bytes)])
        }
        guard let row else { return nil }
        guard let payment = UUIDv7(bytes: try row.bytes("payment")) else { throw StoreError.damaged }
        return BouncedPayment(payment: payment, amount: try money(row))
    }

    /// The collection is durable with the payment that collects. What it does not take stays open.
    static func collect(
        _ database: Database, _ original: UUIDv7, by payment: UUIDv7, taken: Int64, at now: UTCInstant
    ) throws {
        try database.cachedStatement(
            sql: """
                UPDATE declined SET state = CASE WHEN amount > ?1 THEN state ELSE 'collected' END,
                    closed_at = CASE WHEN amount > ?1 THEN closed_at ELSE ?2 END, collected_by = ?3,
                    amount = CASE WHEN amount > ?1 THEN amount - ?1 ELSE amount END
                WHERE payment = ?4 AND state IN ('open', 'givenUp')
                """
        ).execute(arguments: [taken, now.milliseconds, Data(payment.bytes), Data(original.bytes)])
        try database.cachedStatement(sql: "UPDATE payment SET original = ? WHERE id = ?")
            .execute(arguments: [Data(original.bytes), Data(payment.bytes)])
    }

    /// The host has settled these by itself.
    static func clear(_ database: Database, _ payments: [UUIDv7], at now: UTCInstant) throws {
        for payment in payments {
            try database.cachedStatement(
                sql: "UPDATE declined SET state = 'cleared', closed_at = ? WHERE payment = ? AND state IN ('open', 'givenUp')"
            ).execute(arguments: [now.milliseconds, Data(payment.bytes)])
        }
    }

    // MARK: Rows

    private static func declined(
        _ database: Database, where clause: String, _ arguments: StatementArguments
    ) throws -> [DeclinedPayment] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT declined.*, payment.reference FROM declined LEFT JOIN payment ON payment.id = declined.payment
                    WHERE \(clause) ORDER BY declined_at, declined.payment
                    """), arguments: arguments
        ).map(declined)
    }

    private static func declined(_ row: Row) throws -> DeclinedPayment {
        func id(_ column: String) throws -> UUIDv7 {
            guard let id = UUIDv7(bytes: try row.bytes(column)) else { throw StoreError.damaged }
            return id
        }
        func instant(_ column: String) throws -> UTCInstant? {
            try row.optional(column, as: Int64.self).map { UTCInstant(milliseconds: $0) }
        }
        guard let state = DeclinedPayment.State(rawValue: try row.value("state")) else { throw StoreError.damaged }
        return DeclinedPayment(
            payment: try id("payment"), record: try id("record"), reference: try row.optional("reference"),
            amount: try money(row), account: try row.optional("account"),
            instrument: try row.optional("instrument", as: Data.self).flatMap { Pseudonym(bytes: Array($0)) },
            reason: try row.value("reason"),
            advice: try row.optional("retry", as: String.self).map { word in
                guard let advice = CollectionAdvice(rawValue: word) else { throw StoreError.damaged }
                return advice
            },
            notBefore: try instant("retry_at"),
            declinedAt: UTCInstant(milliseconds: try row.value("declined_at")), state: state,
            closedAt: try instant("closed_at"),
            collectedBy: try row.optional("collected_by", as: Data.self).map { bytes in
                guard let id = UUIDv7(bytes: Array(bytes)) else { throw StoreError.damaged }
                return id
            })
    }
}
