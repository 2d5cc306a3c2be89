import Core

/// What a dynamic signature says: `05 01 LDD ICC-dynamic-data` (EMV Book 2 tables 15 and 17; for CDA table 19).
struct DynamicData {
    /// ICC dynamic number, 2–8 bytes with contact cards; for Visa the transaction counter.
    let number: [UInt8]
    /// What follows the number within the dynamic data, empty for DDA.
    private let rest: ArraySlice<UInt8>

    /// - Parameter body: between the header and the hash.
    init(_ body: ArraySlice<UInt8>) throws(SignatureFault) {
        var reader = ByteReader(body)
        do {
            _ = try reader.byte()
            guard try reader.byte() == 0x01 else { throw SignatureFault.hashAlgorithm }
            var dynamic = ByteReader(try reader.take(Int(try reader.byte())))
            number = Array(try dynamic.take(Int(try dynamic.byte())))
            rest = dynamic.rest()
        } catch let fault as SignatureFault {
            throw fault
        } catch {
            throw .dynamicData
        }
    }

    /// Cryptogram information, cryptogram and hash of the transaction's data, as CDA signs them.
    struct Combined: Equatable {
        let information: UInt8
        let cryptogram: [UInt8]
        let transactionHash: [UInt8]
    }

    func combined() throws(SignatureFault) -> Combined {
        var reader = ByteReader(rest)
        do {
            return Combined(
                information: try reader.byte(), cryptogram: Array(try reader.take(8)),
                transactionHash: Array(try reader.take(20)))
        } catch {
            throw .dynamicData
        }
    }
}
