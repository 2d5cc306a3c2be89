import CCrypto
import Core
import Crypto
import SmartCard

/// Application cryptograms of version 18 (Visa Integrated Circuit Card Specification, appendix D; EMV Book 2 §8.1 and
/// annex A1): the card computes them, the host verifies them.
///
/// The MAC covers, in this order: 9F02, 9F03, 9F1A, 95, 5F2A, 9A, 9C, 9F37, 82, 9F36, 9F10.
public enum ApplicationCryptogram {
    public enum Failure: Error, Hashable, Sendable {
        /// A key of another length than 16 bytes.
        case keyLength(bytes: Int)
        /// The data record lacks what the MAC covers, or what the key is derived from.
        case missing(Tag)
        /// The cryptographic library refused.
        case unavailable
    }

    /// What the MAC covers, in order; 9F03 counts as zero when the record has none.
    public static let tags: [Tag] = [
        EMVTag.amountAuthorised, EMVTag.amountOther, EMVTag.terminalCountryCode, EMVTag.terminalVerificationResults,
        EMVTag.transactionCurrencyCode, EMVTag.transactionDate, EMVTag.transactionType, EMVTag.unpredictableNumber,
        EMVTag.applicationInterchangeProfile, EMVTag.applicationTransactionCounter, EMVTag.issuerApplicationData,
    ]

    /// The card's master key (EMV Book 2 annex A1.4): option A for a PAN of up to 16 digits, option B above.
    /// - Parameter panSequenceNumber: 0–99; 0 when the card has none.
    public static func masterKey(
        issuerMasterKey: [UInt8], pan: PrimaryAccountNumber, panSequenceNumber: UInt8?
    ) throws(Failure) -> [UInt8] {
        let sequence = (panSequenceNumber ?? 0) % 100
        var digits = pan.digits.utf8.map { $0 - UInt8(ascii: "0") } + [sequence / 10, sequence % 10]
        if pan.digits.utf8.count > 16 {
            if digits.count % 2 == 1 { digits.insert(0, at: 0) }
            digits = decimalised(Array(Insecure.SHA1.hash(data: packed(digits))))
        } else {
            digits = [UInt8](repeating: 0, count: max(0, 16 - digits.count)) + digits.suffix(16)
        }
        let block = packed(digits)
        return try encrypt(block + block.map { $0 ^ 0xFF }, key: issuerMasterKey)
    }

    /// EMV common session key derivation (EMV Book 2 annex A1.3.1).
    public static func sessionKey(masterKey: [UInt8], atc: UInt16) throws(Failure) -> [UInt8] {
        let counter = [UInt8(atc >> 8), UInt8(atc & 0xFF)]
        let zeros = [UInt8](repeating: 0, count: 5)
        return try encrypt(counter + [0xF0] + zeros + counter + [0x0F] + zeros, key: masterKey)
    }

    /// Eight bytes: ISO/IEC 9797-1 MAC algorithm 3 with DES, padding method 2 (EMV Book 2 annex A1.2.1).
    public static func compute(sessionKey: [UInt8], data: [UInt8]) throws(Failure) -> [UInt8] {
        guard sessionKey.count == 16 else { throw .keyLength(bytes: sessionKey.count) }
        let padded = data + [0x80] + [UInt8](repeating: 0, count: (15 - data.count % 8) % 8)
        // Two equal halves make triple DES single DES.
        let single = Array(sessionKey.prefix(8)) + sessionKey.prefix(8)
        var state = [UInt8](repeating: 0, count: 8)
        for start in stride(from: 0, to: padded.count, by: 8) {
            let block = zip(state, padded[start..<min(start + 8, padded.count)]).map { $0 ^ $1 }
            // The last block takes both halves: encrypt, decrypt with the right one, encrypt.
            state = try encrypt(block, key: start + 8 >= padded.count ? sessionKey : single)
        }
        return state
    }

    /// The bytes the MAC covers, from a data record such as ``CardEvidence/dataRecord``.
    public static func data(from record: [TLV]) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        for tag in tags {
            if let object = record.first(where: { $0.tag == tag }) {
                bytes += object.value
            } else if tag == EMVTag.amountOther {
                bytes += [0, 0, 0, 0, 0, 0]
            } else {
                throw .missing(tag)
            }
        }
        return bytes
    }

    /// True when the record's 9F26 is what the card of its 57 and 5F34 makes of the rest of it.
    public static func verify(record: [TLV], issuerMasterKey: [UInt8]) throws(Failure) -> Bool {
        func value(_ tag: Tag) throws(Failure) -> ArraySlice<UInt8> {
            guard let object = record.first(where: { $0.tag == tag }) else { throw .missing(tag) }
            return object.value
        }
        guard let track2 = Track2(try value(EMVTag.track2EquivalentData)) else {
            throw .missing(EMVTag.track2EquivalentData)
        }
        let sequence = record.first { $0.tag == EMVTag.panSequenceNumber }
            .flatMap { NumericField.decode($0.value) }.map { UInt8(clamping: $0) }
        let counter = try value(EMVTag.applicationTransactionCounter)
        guard counter.count == 2 else { throw .missing(EMVTag.applicationTransactionCounter) }
        let master = try masterKey(
            issuerMasterKey: issuerMasterKey, pan: track2.pan, panSequenceNumber: sequence)
        let session = try sessionKey(masterKey: master, atc: counter.reduce(0) { $0 << 8 | UInt16($1) })
        let expected = try compute(sessionKey: session, data: data(from: record))
        let given = try value(EMVTag.applicationCryptogram)
        // All bytes are compared whatever the first ones say.
        return given.count == 8 && zip(expected, given).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func encrypt(_ blocks: [UInt8], key: [UInt8]) throws(Failure) -> [UInt8] {
        guard key.count == 16 else { throw .keyLength(bytes: key.count) }
        var out = [UInt8](repeating: 0, count: blocks.count)
        guard kassa_tdes_ecb(key, key.count, blocks, blocks.count, 1, &out, out.count) == 1 else { throw .unavailable }
        return out
    }

    private static func packed(_ digits: [UInt8]) -> [UInt8] {
        stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    /// The first sixteen decimal nibbles of a hash, then its letters as 0–5 (EMV Book 2 annex A1.4.2).
    private static func decimalised(_ hash: [UInt8]) -> [UInt8] {
        let nibbles = hash.flatMap { [$0 >> 4, $0 & 0x0F] }
        return Array((nibbles.filter { $0 <= 9 } + nibbles.filter { $0 > 9 }.map { $0 - 10 }).prefix(16))
    }
}
