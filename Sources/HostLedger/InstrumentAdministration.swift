import Core
import Foundation
import GRDB
import HostProtocol

/// Instruments and the persons they are of.
extension SQLiteLedger {
    /// WAL-8, SMA-2: the instrument pays from this account from now on, whichever it paid from before; what it was bound
    /// to stays in the books.
    public func bind(_ instrument: InstrumentBinding, to account: String, now: UTCInstant) async throws(LedgerError) {
        try await write { books in
            _ = try books.present(account)
            if let before = try books.account(of: instrument.pseudonym) {
                try books.unbind(instrument.pseudonym, now: now)
                if before.id != account { try books.touch(before.id) }
            }
            try books.bind(instrument, to: account, now: now)
            try books.touch(account)
        }
    }

    /// WAL-8: the instrument pays from no account.
    public func unbind(_ instrument: Pseudonym, now: UTCInstant) async throws(LedgerError) {
        try await write { books in
            guard let account = try books.account(of: instrument) else { throw LedgerError.unknownInstrument }
            try books.unbind(instrument, now: now)
            try books.touch(account.id)
        }
    }

    /// WAL-6: stops every account of a person, and every instrument of them, at once.
    /// - Returns: how many accounts and instruments.
    @discardableResult
    public func loss(person: String, now: UTCInstant) async throws(LedgerError) -> (accounts: Int, instruments: Int) {
        try await write { books in
            let accounts = try books.rows("SELECT id FROM account WHERE person = ? AND removed = 0", [person]).map {
                $0["id"] as String
            }
            guard !accounts.isEmpty else { throw LedgerError.unknownPerson }
            var instruments = 0
            for account in accounts {
                try books.run(
                    "UPDATE account SET status = ? WHERE id = ?", [AccountStatus.lostOrStolen.rawValue, account])
                try books.touch(account)
                for row in try books.rows("SELECT pseudonym FROM instrument WHERE account = ?", [account]) {
                    guard let instrument = Pseudonym(bytes: Array(row["pseudonym"] as Data)) else { continue }
                    try books.stop(StopEntry(instrument: instrument, reason: .lostOrStolen))
                    instruments += 1
                }
            }
            return (accounts.count, instruments)
        }
    }

    /// The accounts of a person, by id.
    public func accounts(of person: String) async throws(LedgerError) -> [String] {
        try await read { books in
            try books.rows("SELECT id FROM account WHERE person = ? AND removed = 0 ORDER BY id", [person]).map {
                $0["id"] as String
            }
        }
    }
}

extension LedgerTransaction {
    /// As many as terminals take.
    private static let mostInstruments = 64

    /// - Throws: ``LedgerError/exists`` when it is bound.
    func bind(_ instrument: InstrumentBinding, to account: String, now: UTCInstant) throws {
        guard try self.account(of: instrument.pseudonym) == nil else { throw LedgerError.exists }
        guard try number("SELECT count(*) FROM instrument WHERE account = ?", [account]) ?? 0 < Self.mostInstruments else {
            throw LedgerError.malformed(field: "instruments")
        }
        let bytes = Data(instrument.pseudonym.bytes)
        try run(
            "INSERT INTO instrument (pseudonym, account, kind, is_virtual) VALUES (?, ?, ?, ?)",
            [bytes, account, instrument.kind.rawValue, instrument.isVirtual.map { $0 ? 1 : 0 }])
        try run(
            "INSERT INTO binding (pseudonym, account, kind, bound_at) VALUES (?, ?, ?, ?)",
            [bytes, account, instrument.kind.rawValue, now.milliseconds])
    }

    func unbind(_ instrument: Pseudonym, now: UTCInstant) throws {
        try run("DELETE FROM instrument WHERE pseudonym = ?", [Data(instrument.bytes)])
        try run(
            "UPDATE binding SET unbound_at = ? WHERE pseudonym = ? AND unbound_at IS NULL",
            [now.milliseconds, Data(instrument.bytes)])
    }

    /// What the instrument was when it paid from the account at `instant`, or pays from it now; nil when it did neither.
    func kind(of instrument: Pseudonym, account: String, at instant: UTCInstant) throws -> InstrumentKind? {
        try row(
            """
            SELECT kind FROM binding WHERE pseudonym = ? AND account = ? AND (unbound_at IS NULL OR unbound_at > ?)
            ORDER BY number DESC LIMIT 1
            """, [Data(instrument.bytes), account, instant.milliseconds]
        ).flatMap { InstrumentKind(rawValue: $0["kind"]) }
    }
}
