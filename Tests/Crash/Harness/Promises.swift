import Core

/// What the workload was told by the store, as marks between the recorded operations; kept in tables beside the file that is
/// checked.
///
/// ```
/// start PAYMENT                       an id that may appear from here on
/// try PAYMENT STATE                   a change that may have happened from here on
/// begun PAYMENT                       begin() has returned
/// done PAYMENT STATE RECORD SEQUENCE KIND APPROVED
///                                     settle() or amend() has returned, with a record
/// closed PAYMENT STATE                the same without one
/// now PAYMENT STATE                   an amendment of it has returned
/// refused PAYMENT                     the store has said that nothing was stored: never approved
/// spent REFERENCE                     a card or the host has taken money in the payment of this reference
/// answering RECORD, answered RECORD gone|aside
///                                     before and after settle(_: [RecordResult])
/// requeueing, requeued
/// puttingBack RECORD, putBack RECORD  before and after forwardAgain()
/// late PAYMENT                        its late decline is stored
/// closing PAYMENT STATE, closed-late PAYMENT STATE
///                                     before and after the end of a late decline
/// paged VERSION                       apply() has returned
/// {"parameters": …}                   a daemon's answer to the till
/// ```
struct Promises {
    private let sql: SQL
    /// Marks taken that promise something.
    private(set) var count = 0

    init(_ sql: SQL) throws {
        self.sql = sql
        try sql.execute(
            """
            CREATE TABLE started (id BLOB PRIMARY KEY) WITHOUT ROWID;
            CREATE TABLE promised_payment (id BLOB PRIMARY KEY, states TEXT NOT NULL, begun INTEGER NOT NULL) WITHOUT ROWID;
            CREATE TABLE promised_record (
                id BLOB PRIMARY KEY, payment BLOB NOT NULL, sequence INTEGER NOT NULL, kind TEXT NOT NULL,
                approved INTEGER NOT NULL) WITHOUT ROWID;
            -- May wait, may be gone, may be set aside. A record may be answered before its lane is told that it is stored.
            CREATE TABLE answer (
                id BLOB PRIMARY KEY, waits INTEGER NOT NULL, goes INTEGER NOT NULL, aside INTEGER NOT NULL) WITHOUT ROWID;
            CREATE TABLE promised_version (version INTEGER NOT NULL);
            INSERT INTO promised_version VALUES (0);
            CREATE TABLE spent (reference TEXT PRIMARY KEY) WITHOUT ROWID;
            CREATE TABLE bounced (id BLOB PRIMARY KEY, states TEXT NOT NULL) WITHOUT ROWID;
            CREATE TABLE told (
                id BLOB PRIMARY KEY, outcome TEXT NOT NULL, approved INTEGER NOT NULL, sequence INTEGER) WITHOUT ROWID;
            """)
    }

    private static func id(_ text: Substring) throws -> SQL.Value {
        guard let id = UUIDv7(String(text)) else { throw Stop("not an id: \(text)") }
        return .blob(id.bytes)
    }

    mutating func take(_ line: String) throws {
        guard !line.hasPrefix("{") else {
            for answer in try TillAnswer.all(line) { try take(answer) }
            return
        }
        let words = line.split(separator: " ")
        guard let verb = words.first else { return }
        func word(_ place: Int) throws -> Substring {
            guard place < words.count else { throw Stop("a short mark: \(line)") }
            return words[place]
        }
        func number(_ place: Int) throws -> SQL.Value {
            guard let number = Int64(try word(place)) else { throw Stop("not a number: \(line)") }
            return .integer(number)
        }
        func allow(_ state: Substring, only: Bool) throws {
            let id = try Promises.id(try word(1))
            try sql.execute("INSERT OR IGNORE INTO promised_payment VALUES (?, '|declined|', 0)", [id])
            try sql.execute(
                only
                    ? "UPDATE promised_payment SET begun = 1, states = '|' || ?2 || '|' || CASE WHEN instr(states, '|declinedLater|') THEN 'declinedLater|' ELSE '' END WHERE id = ?1"
                    : "UPDATE promised_payment SET states = states || ?2 || '|' WHERE id = ?1",
                [id, .text(String(state))])
        }
        count += 1
        switch verb {
        case "start": try sql.execute("INSERT OR IGNORE INTO started VALUES (?)", [try Promises.id(try word(1))])
        case "try": try allow(try word(2), only: false)
        case "begun":
            try allow("declined", only: false)
            try sql.execute("UPDATE promised_payment SET begun = 1 WHERE id = ?", [try Promises.id(try word(1))])
        case "now", "closed": try allow(try word(2), only: true)
        case "refused":
            try allow("declined", only: true)
            try sql.execute("UPDATE promised_payment SET begun = 2 WHERE id = ?", [try Promises.id(try word(1))])
        case "spent": try sql.execute("INSERT OR IGNORE INTO spent VALUES (?)", [.text(String(try word(1)))])
        case "done":
            try allow(try word(2), only: true)
            try sql.execute(
                "INSERT INTO promised_record VALUES (?, ?, ?, ?, ?)",
                [
                    try Promises.id(try word(3)), try Promises.id(try word(1)), try number(4), .text(String(try word(5))),
                    try number(6),
                ])
        case "answering":
            let id = try Promises.id(try word(1))
            try sql.execute("INSERT OR IGNORE INTO answer VALUES (?, 1, 0, 0)", [id])
            try sql.execute("UPDATE answer SET goes = 1, aside = 1 WHERE id = ?", [id])
        case "answered":
            let isGone = try word(2) == "gone"
            try sql.execute(
                "UPDATE answer SET waits = 0, goes = ?2, aside = ?3 WHERE id = ?1",
                [try Promises.id(try word(1)), .integer(isGone ? 1 : 0), .integer(isGone ? 0 : 1)])
        case "requeueing": try sql.execute("UPDATE answer SET waits = 1 WHERE aside = 1 AND goes = 0")
        case "requeued": try sql.execute("UPDATE answer SET aside = 0 WHERE goes = 0")
        case "puttingBack": try sql.execute("UPDATE answer SET waits = 1 WHERE id = ?", [try Promises.id(try word(1))])
        case "putBack":
            try sql.execute("UPDATE answer SET waits = 1, goes = 0, aside = 0 WHERE id = ?", [try Promises.id(try word(1))])
        case "late": try sql.execute("INSERT OR IGNORE INTO bounced VALUES (?, '|open|')", [try Promises.id(try word(1))])
        case "closing":
            try sql.execute(
                "UPDATE bounced SET states = states || ?2 || '|' WHERE id = ?1",
                [try Promises.id(try word(1)), .text(String(try word(2)))])
        case "closed-late":
            try sql.execute(
                "UPDATE bounced SET states = '|' || ?2 || '|' WHERE id = ?1",
                [try Promises.id(try word(1)), .text(String(try word(2)))])
        case "paged": try sql.execute("UPDATE promised_version SET version = ?", [try number(1)])
        default: count -= 1
        }
    }

    private mutating func take(_ answer: TillAnswer) throws {
        count += 1
        try sql.execute(
            "INSERT OR REPLACE INTO told VALUES (?, ?, ?, ?)",
            [
                try Promises.id(Substring(answer.payment)), .text(answer.outcome), .integer(answer.approved),
                .integer(answer.sequence ?? -1),
            ])
    }
}
