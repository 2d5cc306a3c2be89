import Core
import Crypto
import Foundation
import GRDB
import HostProtocol
import Programmes

/// What the issuer's people do to the books.
extension Ledger {
    /// Adds a terminal, or changes what it may: its next page is then a full one. A new key means a new journal: the
    /// terminal was replaced, and what was missing of its old journal will not come.
    public func setTerminal(
        _ id: String, merchant: String, signingKey: Curve25519.Signing.PublicKey, programmes enrolled: [String],
        risk: TerminalRiskLimits, now: UTCInstant
    ) async throws(LedgerError) {
        guard !id.isEmpty, id.utf8.count <= 64, id.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .malformed(field: "id")
        }
        guard enrolled.allSatisfy({ programmes[$0] != nil }) else { throw .unknownProgramme }
        guard risk.exposureCap >= 0, risk.maximumCacheAge >= 0 else { throw .malformed(field: "risk") }
        try await write { books in
            if try books.knows(terminal: id), try books.terminal(id).signingKey != Array(signingKey.rawRepresentation) {
                try books.replace(terminal: id, now: now)
            }
            try books.db.execute(
                sql: """
                    INSERT INTO terminal (id, signing_key, merchant, programmes, exposure_cap, maximum_cache_age, changed)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET signing_key = excluded.signing_key, merchant = excluded.merchant,
                        programmes = excluded.programmes, exposure_cap = excluded.exposure_cap,
                        maximum_cache_age = excluded.maximum_cache_age, changed = excluded.changed
                    """,
                arguments: [
                    id, signingKey.rawRepresentation, merchant, enrolled.joined(separator: " "), risk.exposureCap,
                    risk.maximumCacheAge, try books.nextVersion(),
                ])
        }
    }

    public func terminalKey(_ id: String) async throws(LedgerError) -> Curve25519.Signing.PublicKey {
        let bytes = try await read { try $0.terminal(id).signingKey }
        do {
            return try Curve25519.Signing.PublicKey(rawRepresentation: bytes)
        } catch {
            throw .unavailable("terminal key")
        }
    }

    /// Opens an account with its first balance and its instruments, and books what was held for it.
    /// - Parameter expiry: used when a card's record names none (CARD-6).
    public func addAccount(
        _ id: String, programme: String, balance: Money, instruments: [Pseudonym], expiry: CivilDate? = nil, now: UTCInstant
    ) async throws(LedgerError) {
        guard !id.isEmpty, id.utf8.count <= 64 else { throw .malformed(field: "id") }
        guard programmes[programme] != nil else { throw .unknownProgramme }
        try await write { books in
            guard try books.account(id) == nil else { throw LedgerError.exists }
            try books.db.execute(
                sql: "INSERT INTO account VALUES (?, ?, ?, 0, 'active', ?, ?)",
                arguments: [id, programme, balance.currency.code, expiry?.description, try books.nextVersion()])
            if let account = try books.account(id), balance.minorUnits != 0 {
                try books.move(
                    account, by: balance.minorUnits, kind: "opening", terminal: nil, payment: nil, record: nil, at: now)
            }
            for instrument in instruments {
                do {
                    try books.db.execute(
                        sql: "INSERT INTO instrument VALUES (?, ?)", arguments: [Data(instrument.bytes), id])
                } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
                    throw LedgerError.exists
                }
            }
            try books.release(account: id, now: now)
        }
    }

    /// CARD-21: the issuer's consent to offline approvals at one terminal; nil withdraws it.
    public func setAllowance(
        _ allowance: OfflineAllowance?, account: String, terminal: String
    ) async throws(LedgerError) {
        if let allowance, allowance.amount < 0 || allowance.count < 0 || allowance.perTransaction < 0 {
            throw .malformed(field: "allowance")
        }
        try await write { books in
            guard try books.account(account) != nil else { throw LedgerError.unknownAccount }
            _ = try books.terminal(terminal)
            if let allowance {
                try books.db.execute(
                    sql: "INSERT OR REPLACE INTO allowance VALUES (?, ?, ?, ?, ?)",
                    arguments: [account, terminal, allowance.amount, allowance.count, allowance.perTransaction])
            } else {
                try books.db.execute(
                    sql: "DELETE FROM allowance WHERE account = ? AND terminal = ?", arguments: [account, terminal])
            }
            try books.touch(account)
        }
    }

    /// CARD-8: takes effect at each terminal with its next sync.
    public func setStatus(_ status: AccountStatus, account: String) async throws(LedgerError) {
        try await write { books in
            guard try books.account(account) != nil else { throw LedgerError.unknownAccount }
            try books.db.execute(sql: "UPDATE account SET status = ? WHERE id = ?", arguments: [status.rawValue, account])
            try books.touch(account)
        }
    }

    /// Sets the balance by an entry for the difference.
    public func setBalance(_ balance: Money, account: String, now: UTCInstant) async throws(LedgerError) {
        try await write { books in
            guard let held = try books.account(account) else { throw LedgerError.unknownAccount }
            guard held.currency == balance.currency else { throw LedgerError.malformed(field: "currency") }
            let (difference, overflow) = balance.minorUnits.subtractingReportingOverflow(held.balance)
            guard !overflow else { throw LedgerError.malformed(field: "balance") }
            try books.move(held, by: difference, kind: "adjustment", terminal: nil, payment: nil, record: nil, at: now)
            try books.touch(account)
        }
    }

    /// The currency of an account, for reading amounts people type.
    public func currency(of account: String) async throws(LedgerError) -> Currency {
        try await read { books in
            guard let held = try books.account(account) else { throw LedgerError.unknownAccount }
            return held.currency
        }
    }
}
