import Core
import Crypto
import Foundation
import GRDB
import HostProtocol
import Programmes

/// What the issuer's people do to the terminals and to the books as a whole.
extension SQLiteLedger {
    /// Adds a terminal, or changes what it may: its next page is then a full one. A new key means a new journal: the
    /// terminal was replaced, and what was missing of its old journal will not come.
    /// - Parameter merchantCategory: ISO 18245, four digits (CARD-9).
    public func setTerminal(
        _ id: String, merchant: String, signingKey: Curve25519.Signing.PublicKey, programmes enrolled: [String],
        risk: TerminalRiskLimits, merchantCategory: String? = nil, now: UTCInstant
    ) async throws(LedgerError) {
        guard !id.isEmpty, id.utf8.count <= 64, id.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .malformed(field: "id")
        }
        guard enrolled.allSatisfy({ programmes[$0] != nil }) else { throw .unknownProgramme }
        guard risk.exposureCap >= 0, risk.maximumCacheAge >= 0 else { throw .malformed(field: "risk") }
        if let merchantCategory {
            guard merchantCategory.utf8.count == 4, merchantCategory.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                throw .malformed(field: "merchantCategory")
            }
        }
        try await write { books in
            if try books.knows(terminal: id), try books.terminal(id).signingKey != Array(signingKey.rawRepresentation) {
                try books.replace(terminal: id, now: now)
            }
            try books.run(
                """
                INSERT INTO terminal
                    (id, signing_key, merchant, programmes, exposure_cap, maximum_cache_age, changed, merchant_category)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET signing_key = excluded.signing_key, merchant = excluded.merchant,
                    programmes = excluded.programmes, exposure_cap = excluded.exposure_cap,
                    maximum_cache_age = excluded.maximum_cache_age, changed = excluded.changed,
                    merchant_category = excluded.merchant_category
                """,
                [
                    id, signingKey.rawRepresentation, merchant, enrolled.joined(separator: " "), risk.exposureCap,
                    risk.maximumCacheAge, try books.nextVersion(), merchantCategory,
                ])
        }
    }

    public func programmes(of id: String) async throws(LedgerError) -> [String] { try await read { try $0.terminal(id).programmes } }

    public func terminalKey(_ id: String) async throws(LedgerError) -> Curve25519.Signing.PublicKey {
        let bytes = try await read { try $0.terminal(id).signingKey }
        do {
            return try Curve25519.Signing.PublicKey(rawRepresentation: bytes)
        } catch {
            throw .unavailable("terminal key")
        }
    }

    /// CARD-16: a scheme's rate, in every page from now on.
    public func setRate(_ rate: ExchangeRate) async throws(LedgerError) {
        guard let value = try? DecimalNumber(rate.rate), value.mantissa > 0 else { throw .malformed(field: "rate") }
        guard rate.from != rate.to else { throw .malformed(field: "currency") }
        try await write { books in
            try books.run(
                "INSERT OR REPLACE INTO rate VALUES (?, ?, ?)", [rate.from.code, rate.to.code, rate.rate])
            try books.run("UPDATE ledger SET rates_changed = ?", [try books.nextVersion()])
        }
    }

    /// Says that the books were set back to an earlier state, such as from a copy: every terminal gets a snapshot, which
    /// it takes though its own version may be higher.
    /// - Returns: the new incarnation.
    @discardableResult
    public func restored() async throws(LedgerError) -> Int64 {
        try await write { books in
            try books.run("UPDATE ledger SET incarnation = incarnation + 1")
            _ = try books.nextVersion()
            return try books.incarnation()
        }
    }

    /// Forgets removals of this version and below: a terminal that has not seen them gets a snapshot.
    public func compactTombstones(through version: Int64) async throws(LedgerError) {
        try await write { books in
            let horizon = min(version, try books.version())
            try books.run("UPDATE ledger SET horizon = max(horizon, ?)", [horizon])
            try books.run("UPDATE account SET removed = 2 WHERE removed = 1 AND version <= ?", [horizon])
            try books.run("DELETE FROM stop WHERE removed = 1 AND version <= ?", [horizon])
        }
    }
}

extension LedgerTransaction {
    func rates() throws -> [ExchangeRate] {
        try rows("SELECT source, target, rate FROM rate ORDER BY source, target").compactMap { row in
            guard let from = Currency(code: row["source"]), let to = Currency(code: row["target"]) else { return nil }
            return ExchangeRate(from: from, to: to, rate: row["rate"])
        }
    }
}
