import Core
import Foundation
import GRDB
import HostProtocol

extension PaymentStore {
    /// Ids of the programmes that the last page enrolled the merchant with (CARD-22).
    public func enrolledProgrammes() throws(StoreError) -> Set<String> {
        try read { Set(try terminalFacts($0)?.enrolledProgrammes ?? []) }
    }

    /// ISO 18245, as the last page said (CARD-9).
    public func merchantCategory() throws(StoreError) -> String? { try read { try terminalFacts($0)?.merchantCategory } }

    /// Entries of the stop list; 0 while the store is forward-only.
    public func stopCount() throws(StoreError) -> Int {
        guard try isCurrent() else { return 0 }
        return try read { database in
            try Int.fetchOne(
                database, sql: "SELECT entries FROM stop_count WHERE generation = (SELECT generation FROM terminal)") ?? 0
        }
    }

    /// Payments whose id begins so, or whose reference is this, at most `limit`: for people who type one.
    public func payments(named text: String, limit: Int) throws(StoreError) -> [UUIDv7] {
        let digits = text.filter { $0 != "-" }.lowercased()
        return try read { database in
            var found: [UUIDv7] = []
            let byReference = try Row.fetchAll(
                database, sql: "SELECT id FROM payment WHERE reference = ?", arguments: [text])
            var rows = byReference
            if (4...32).contains(digits.utf8.count), digits.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0 }) {
                // A range of the primary key: from the digits followed by zeros to the digits followed by ones.
                let low = Hex.decode(digits + String(repeating: "0", count: 32 - digits.utf8.count)) ?? []
                let high = Hex.decode(digits + String(repeating: "f", count: 32 - digits.utf8.count)) ?? []
                rows += try Row.fetchAll(
                    database, sql: "SELECT id FROM payment WHERE id BETWEEN ? AND ? LIMIT ?",
                    arguments: [Data(low), Data(high), limit])
            }
            for row in rows {
                guard let id = UUIDv7(bytes: try row.bytes("id")) else { throw StoreError.damaged }
                if !found.contains(id) { found.append(id) }
            }
            return Array(found.prefix(limit))
        }
    }

    /// Id of the programme of the account that an instrument pays from; nil for an unknown instrument.
    public func programme(instrument: Pseudonym) throws(StoreError) -> String? {
        guard try isCurrent() else { return nil }
        return try read { database in
            let look = try database.cachedStatement(
                sql: """
                    SELECT programme FROM instrument
                    JOIN account ON account.generation = instrument.generation AND account.id = instrument.account
                    WHERE instrument.generation = (SELECT generation FROM terminal) AND pseudonym = ?
                    """)
            return try String.fetchOne(look, arguments: [Data(instrument.bytes)])
        }
    }
}
