import Core

/// An answer to reset, read as far as a terminal needs it (ISO/IEC 7816-3 §8; PC/SC part 3 §3.1.3.2.3 for the
/// ATRs that readers make up for contactless cards).
public struct AnswerToReset: Sendable, Hashable {
    public let historicalBytes: [UInt8]
    /// Protocols offered by the TD bytes, in order; T=0 when there are none.
    public let protocols: [UInt8]

    public enum Failure: Error, Hashable, Sendable {
        case empty
        /// More than 33 bytes.
        case tooLong(bytes: Int)
        /// TS is neither 3B nor 3F.
        case badInitialCharacter
        case truncated(offset: Int)
        case badCheckByte
        /// More groups of interface bytes than four.
        case tooManyInterfaceBytes
    }

    public init(_ bytes: [UInt8]) throws(Failure) {
        guard let initial = bytes.first else { throw .empty }
        guard bytes.count <= 33 else { throw .tooLong(bytes: bytes.count) }
        guard initial == 0x3B || initial == 0x3F else { throw .badInitialCharacter }
        var reader = ByteReader(bytes.dropFirst())
        do {
            let format = try reader.byte()
            var presence = format >> 4
            var protocols: [UInt8] = []
            var groups = 0
            while true {
                groups += 1
                guard groups <= 4 else { throw Failure.tooManyInterfaceBytes }
                for bit: UInt8 in [1, 2, 4] where presence & bit != 0 { _ = try reader.byte() }
                guard presence & 8 != 0 else { break }
                let next = try reader.byte()
                protocols.append(next & 0x0F)
                presence = next >> 4
            }
            historicalBytes = Array(try reader.take(Int(format & 0x0F)))
            self.protocols = protocols.isEmpty ? [0] : protocols
            // TCK is there unless T=0 is the only protocol (§8.2.5).
            if protocols.contains(where: { $0 != 0 }) {
                _ = try reader.byte()
                guard bytes.dropFirst().reduce(0, ^) == 0 else { throw Failure.badCheckByte }
            }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw .truncated(offset: reader.offset + 1)
        }
    }

    /// The kind of storage card a PC/SC reader names, or nil for a card that speaks ISO/IEC 7816-4 itself.
    public var storageCard: StorageCard? {
        // 80 4F 0C A0 00 00 03 06 SS NN NN 00 00 00 00
        let prefix: [UInt8] = [0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00, 0x03, 0x06]
        guard historicalBytes.count >= 11, historicalBytes.starts(with: prefix) else { return nil }
        return StorageCard(
            standard: historicalBytes[8],
            name: UInt16(historicalBytes[9]) << 8 | UInt16(historicalBytes[10]))
    }
}

/// SS and NN of a PC/SC storage-card ATR.
public struct StorageCard: Sendable, Hashable {
    /// 03 is ISO/IEC 14443 A part 3, 0B ISO/IEC 15693, 11 FeliCa.
    public let standard: UInt8
    /// 0001 MIFARE Classic 1K, 0003 MIFARE Ultralight and NTAG, 003A Ultralight C.
    public let name: UInt16

    /// NFC Forum Type 2 tags: Ultralight, NTAG, Ultralight C, Ultralight EV1.
    public var isType2Tag: Bool { standard == 0x03 && [0x0003, 0x003A, 0x003D].contains(name) }
}
