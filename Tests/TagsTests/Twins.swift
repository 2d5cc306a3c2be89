import Core
import SmartCard
import Testing
import VirtualCards

@testable import Tags

/// Each kind of tag, with a message on it.
enum Twin: String, CaseIterable {
    case ntag213, ntag215, ntag216, ntagWithLockControl, ntagBehindProprietary, ntagBeforeProprietary
    case type3, type3Frames, type4, type4v3, type4Small, type5, type5Wide, type5Large, classic, classicOneSector

    static let uid: [UInt8] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6]
    static let longUID: [UInt8] = [0xE0, 0x04, 0x01, 0x50, 0x11, 0x22, 0x33, 0x44]

    /// Bytes of message that certainly fit.
    var capacity: Int {
        switch self {
        case .ntag213: 144 - 2
        case .ntag215: 496 - 4
        case .ntag216: 872 - 4
        case .ntagWithLockControl: 496 - 5 - 4
        case .ntagBehindProprietary: 496 - 5 - 4
        case .ntagBeforeProprietary: 40
        case .type3, .type3Frames: 13 * 16
        case .type4: 254
        case .type4v3: 2_044
        case .type4Small: 48
        case .type5: 104 - 2
        case .type5Wide: 256 - 4
        case .type5Large: 4_096 - 4
        case .classic: 720 - 4
        case .classicOneSector: 48 - 2
        }
    }

    func make(_ message: [UInt8]) throws -> any VirtualCard {
        let block = [0x03] + (message.count < 255 ? [UInt8(message.count)] : [0xFF, UInt8(message.count >> 8), UInt8(message.count & 0xFF)])
            + message
        let terminated = block + [0xFE]
        switch self {
        case .ntag213: return try NTAG21x(uid: Self.uid, message: message, model: .ntag213)
        case .ntag215: return try NTAG21x(uid: Self.uid, message: message)
        case .ntag216: return try NTAG21x(uid: Self.uid, message: message, model: .ntag216)
        // Byte 520: where the dynamic lock bytes of this chip are, behind its data.
        case .ntagWithLockControl: return try NTAG21x(uid: Self.uid, data: [0x01, 0x03, 0x88, 0x08, 0x66] + terminated)
        case .ntagBehindProprietary: return try NTAG21x(uid: Self.uid, data: [0x00, 0xFD, 0x02, 0xAA, 0xBB] + terminated)
        case .ntagBeforeProprietary:
            let filler = [UInt8](repeating: 0, count: max(0, 42 - block.count))
            return try NTAG21x(uid: Self.uid, data: block + filler + [0xFD, 0x02, 0xAA, 0xBB, 0xFE])
        case .type3: return FeliCaTag(uid: Self.longUID, message: message)
        case .type3Frames:
            let tag = FeliCaTag(uid: Self.longUID, message: message)
            tag.knowsPseudoCommands = false
            tag.passThrough = .transparent
            return tag
        case .type4: return Type4Tag(uid: Self.uid, message: message)
        case .type4v3: return Type4Tag(uid: Self.uid, message: message, version: .three, fileBytes: 2_048, mostRead: 255, mostWritten: 255)
        case .type4Small: return Type4Tag(uid: Self.uid, message: message, fileBytes: 50, mostRead: 15, mostWritten: 13)
        case .type5: return Type5Tag(uid: Self.longUID, data: terminated)
        case .type5Wide: return Type5Tag(uid: Self.longUID, data: terminated, areaBytes: 256, blockBytes: 32)
        case .type5Large: return Type5Tag(uid: Self.longUID, data: terminated, areaBytes: 4_096)
        case .classic: return ClassicTag(uid: [0xDE, 0xAD, 0xBE, 0xEF], data: terminated)
        case .classicOneSector: return ClassicTag(uid: [0xDE, 0xAD, 0xBE, 0xEF], data: terminated, sectors: 1)
        }
    }

    /// A message of exactly this many bytes, at least 3.
    static func message(_ length: Int, _ numbers: inout SeededNumbers) throws -> NDEFMessage {
        guard length > 6 else { return NDEFMessage(records: [NDEFRecord(typeNameFormat: .empty, type: [], payload: [])]) }
        // Header of an unknown-type record: three bytes, six from 256 bytes of payload on.
        let payload = length - 3 < 256 ? length - 3 : max(256, length - 6)
        return NDEFMessage(records: [NDEFRecord(typeNameFormat: .unknown, type: [], payload: numbers.bytes(payload))])
    }
}
