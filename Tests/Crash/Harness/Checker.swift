import Core
import Foundation
import HostProtocol
import Programmes
import Store

/// Opens a store as the daemon does after a crash, then looks at the file with nothing of the store's code.
final class Checker {
    static let terminal = "T1"
    static let seal = JournalSeal(deviceKey: [UInt8](repeating: 0x5A, count: 32))
    let sql: SQL
    private let seal: JournalSeal
    private let queries: [Query]
    private var minted = 0

    /// - Parameter seal: of a real terminal, which got its limits from a real host; nil: of the workload's.
    init(seal: JournalSeal? = nil) throws {
        self.seal = seal ?? Checker.seal
        queries = Checker.queries.filter { !$0.isOfWorkload || seal == nil }
        sql = try SQL()
        try sql.execute("PRAGMA temp_store = MEMORY")
    }

    /// Recovers the store at `path` and checks it against the promises in this checker's tables.
    func check(_ path: String) throws -> [Harm: String] {
        var harms: [Harm: String] = [:]
        do {
            if let broken = try recover(path) { harms[.chain] = "first broken link \(broken)" }
        } catch {
            harms[.unreadable] = "\(error)"
            return harms
        }
        do {
            try look(path, &harms)
        } catch {
            harms[.unreadable] = "\(error)"
        }
        return harms
    }

    /// What the daemon does when it starts: opens, closes what a crash left open.
    private func recover(_ path: String) throws -> Int64? {
        let store = PaymentStore(path: path, terminal: Checker.terminal, seal: seal)
        defer { store.close() }
        try store.open()
        guard try store.isCurrent() else { throw Stop("the tables are of another version") }
        _ = try store.recoverOpenPayments(now: Clock.now) { mint() }
        return try store.firstBrokenLink()
    }

    private func mint() -> UUIDv7 {
        minted += 1
        return UUIDv7(
            milliseconds: Clock.start.milliseconds + 1,
            // The third byte carries the variant.
            random: [0, 0xEE, 0] + (0..<7).map { UInt8(truncatingIfNeeded: minted >> (8 * $0)) })
    }

    private func look(_ path: String, _ harms: inout [Harm: String]) throws {
        try sql.execute("ATTACH '\(path)' AS image")
        defer { try? sql.execute("DETACH image") }
        // No shared memory: nobody else has the file.
        try sql.execute("PRAGMA image.locking_mode = EXCLUSIVE")
        let verdict = try sql.text("PRAGMA image.integrity_check(1)")
        if verdict != "ok" { harms[.unreadable] = verdict }
        for query in queries where harms[query.harm] == nil {
            let count = try sql.integer(query.sql)
            if count != 0 { harms[query.harm] = "\(query.name) \(count)" }
        }
    }

    struct Query {
        var harm: Harm
        var name: String
        /// Counts what is wrong.
        var sql: String
        /// Holds for the workload's accounts only.
        var isOfWorkload = false
    }

    private static func body(_ field: String) -> String { "json_extract(CAST(j.body AS TEXT), '$.\(field)')" }

    /// A record that takes from its account until it is counted there.
    private static let spending = "('offlineApproval', 'deferredApproval', 'hold', 'completion', 'release', 'void')"

    /// The last record that the journal's beginning was purged to: it is known by promises only from there on.
    private static let purged = "(SELECT IFNULL(MAX(sequence), 0) FROM image.journal_anchor)"

    static let queries: [Query] = [
        Query(
            harm: .lost, name: "told approved", sql: """
                SELECT COUNT(*) FROM told t LEFT JOIN image.journal j ON j.payment = t.id
                WHERE t.outcome = 'approved' AND (j.id IS NULL OR j.sequence IS NOT t.sequence
                    OR \(body("approved.minorUnits")) <> t.approved OR \(body("kind")) IN ('declineAdvice', 'reversal', 'torn'))
                """),
        Query(
            harm: .phantom, name: "told declined", sql: """
                SELECT COUNT(*) FROM told t JOIN image.payment p ON p.id = t.id
                WHERE t.outcome = 'declined' AND p.state NOT IN ('declined', 'abandoned')
                """),
        Query(
            harm: .lost, name: "late declines", sql: """
                SELECT COUNT(*) FROM bounced b LEFT JOIN image.declined d ON d.payment = b.id
                WHERE d.payment IS NULL OR instr(b.states, '|' || d.state || '|') = 0
                """),
        Query(
            harm: .half, name: "late declines and payments", sql: """
                SELECT (SELECT COUNT(*) FROM image.declined d LEFT JOIN image.payment p ON p.id = d.payment
                        WHERE p.state IS NOT 'declinedLater' AND NOT (d.state = 'cleared' AND p.state IN ('approved', 'voided')))
                    + (SELECT COUNT(*) FROM image.payment p WHERE p.state = 'declinedLater'
                        AND NOT EXISTS (SELECT 1 FROM image.declined d WHERE d.payment = p.id))
                """),
        Query(
            harm: .lost, name: "records", sql: """
                SELECT COUNT(*) FROM promised_record r LEFT JOIN image.journal j ON j.id = r.id LEFT JOIN answer a ON a.id = r.id
                WHERE j.id IS NULL AND NOT (r.sequence <= \(purged) AND IFNULL(a.goes, 0))
                    OR j.sequence <> r.sequence OR j.payment <> r.payment OR \(body("kind")) <> r.kind
                    OR \(body("approved.minorUnits")) <> r.approved
                """),
        Query(
            harm: .lost, name: "payments", sql: """
                SELECT COUNT(*) FROM promised_payment r LEFT JOIN image.payment p ON p.id = r.id
                WHERE begun AND (p.id IS NULL OR begun = 1 AND instr(r.states, '|' || p.state || '|') = 0)
                """),
        Query(
            harm: .lost, name: "outbox", sql: """
                SELECT COUNT(*) FROM promised_record r
                LEFT JOIN answer a ON a.id = r.id LEFT JOIN image.outbox o ON o.sequence = r.sequence
                WHERE CASE WHEN o.sequence IS NULL THEN NOT IFNULL(goes, 0) WHEN o.quarantined IS NULL THEN NOT IFNULL(waits, 1)
                    ELSE NOT IFNULL(aside, 0) END
                """),
        Query(
            harm: .lost, name: "limits",
            sql: "SELECT (SELECT version FROM promised_version) > (SELECT limit_version FROM image.terminal)"),
        Query(harm: .doubled, name: "records of a payment", sql: "SELECT COUNT(*) - COUNT(DISTINCT payment) FROM image.journal"),
        Query(harm: .doubled, name: "record ids", sql: "SELECT COUNT(*) - COUNT(DISTINCT id) FROM image.journal"),
        Query(
            harm: .doubled, name: "account numbers", sql: """
                SELECT COUNT(*) - COUNT(DISTINCT \(body("account")) || ' ' || \(body("accountSequence")))
                FROM image.journal j WHERE \(body("account")) IS NOT NULL
                """),
        Query(
            harm: .phantom, name: "payments",
            sql: "SELECT COUNT(*) FROM image.payment WHERE id NOT IN (SELECT id FROM started) AND EXISTS (SELECT 1 FROM started)"),
        Query(
            harm: .phantom, name: "refused and yet approved", sql: """
                SELECT COUNT(*) FROM promised_payment r JOIN image.payment p ON p.id = r.id
                WHERE begun = 2 AND p.state <> 'declined'
                """),
        Query(
            harm: .lost, name: "spent, and neither posted once nor reversed once", sql: """
                SELECT COUNT(*) FROM spent s WHERE 1 <> (
                    SELECT COUNT(*) FROM image.payment p JOIN image.journal j ON j.payment = p.id WHERE p.reference = s.reference)
                """),
        Query(
            harm: .half, name: "open payments after recovery", sql: "SELECT COUNT(*) FROM image.payment WHERE state = 'open'"),
        Query(
            harm: .half, name: "records without their payment", sql: """
                SELECT COUNT(*) FROM image.journal j LEFT JOIN image.payment p ON p.id = j.payment
                WHERE p.id IS NULL OR p.state = 'abandoned'
                    OR (p.state = 'declined') <> (\(body("kind")) IN ('declineAdvice', 'reversal', 'torn'))
                """),
        Query(
            harm: .half, name: "payments without their record", sql: """
                SELECT COUNT(*) FROM image.payment p WHERE NOT EXISTS (SELECT 1 FROM image.journal j WHERE j.payment = p.id)
                    AND (p.state NOT IN ('declined', 'abandoned') OR p.decision LIKE '%interrupted%')
                    AND NOT EXISTS (SELECT 1 FROM promised_record r WHERE r.payment = p.id AND r.sequence <= \(purged))
                """),
        Query(
            harm: .half, name: "outbox without its record", sql: """
                SELECT COUNT(*) FROM image.outbox o LEFT JOIN image.journal j USING (sequence)
                WHERE j.sequence IS NULL OR \(body("kind")) <> o.kind
                    OR o.exposure <> CASE WHEN o.kind IN ('offlineApproval', 'deferredApproval', 'hold')
                        THEN \(body("approved.minorUnits")) WHEN o.kind = 'completion' THEN o.exposure ELSE 0 END
                """),
        Query(
            harm: .half, name: "exposure", sql: """
                SELECT COUNT(*) FROM (
                    SELECT currency, SUM(amount) AS difference FROM (
                        SELECT currency, exposure AS amount FROM image.outbox UNION ALL SELECT currency, -amount FROM image.exposure)
                    GROUP BY currency HAVING difference <> 0)
                """),
        Query(
            harm: .half, name: "records without their spend", sql: """
                SELECT COUNT(*) FROM image.journal j
                JOIN image.account a ON a.generation = (SELECT generation FROM image.terminal) AND a.id = \(body("account"))
                LEFT JOIN image.spend s ON s.account = a.id AND s.account_sequence = \(body("accountSequence"))
                WHERE \(body("kind")) IN \(spending) AND \(body("accountSequence")) > a.counted_through AND (s.account IS NULL
                    OR \(body("kind")) IN ('offlineApproval', 'deferredApproval', 'hold')
                        AND s.lines NOT LIKE '%' || char(9) || \(body("approved.minorUnits")))
                """),
        Query(
            harm: .half, name: "spends without their record", sql: """
                SELECT COUNT(*) FROM image.spend s WHERE NOT EXISTS (
                    SELECT 1 FROM image.payment p WHERE p.account = s.account AND p.account_sequence = s.account_sequence)
                """),
        Query(
            harm: .half, name: "account numbering", sql: """
                SELECT COUNT(*) FROM (
                    SELECT \(body("account")) AS account, COUNT(*) AS records, MIN(\(body("accountSequence"))) AS first,
                        MAX(\(body("accountSequence"))) AS last
                    FROM image.journal j WHERE \(body("account")) IS NOT NULL GROUP BY 1
                ) LEFT JOIN image.numbering n USING (account)
                WHERE first <> 1 AND \(purged) = 0 OR last - first + 1 <> records OR n.next_sequence IS NOT last + 1
                """),
        Query(
            harm: .half, name: "journal numbering", sql: """
                SELECT t.next_sequence <> \(purged) + COUNT(j.sequence) + 1
                    OR t.next_sequence <> IFNULL(MAX(j.sequence), \(purged)) + 1
                    OR t.chain <> COALESCE((SELECT chain FROM image.journal ORDER BY sequence DESC LIMIT 1),
                        (SELECT chain FROM image.journal_anchor), zeroblob(32))
                FROM image.terminal t LEFT JOIN image.journal j ON 1
                """),
        Query(
            harm: .half, name: "limit tables", sql: """
                SELECT COUNT(*) FROM image.terminal t WHERE t.accounts <>
                        (SELECT COUNT(*) FROM image.account a WHERE a.generation = t.generation)
                    OR t.accounts <> (SELECT COUNT(*) FROM image.instrument i WHERE i.generation = t.generation)
                """),
        Query(
            harm: .half, name: "limits of one page", sql: """
                SELECT COUNT(*) FROM image.terminal t WHERE EXISTS (
                    SELECT 1 FROM image.account a WHERE a.generation = t.generation AND a.version < t.limit_version)
                """, isOfWorkload: true),
    ]
}
