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
