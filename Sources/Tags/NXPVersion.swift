/// The answer of an NTAG or MIFARE Ultralight EV1 to GET_VERSION (60).
public struct NXPVersion: Sendable, Hashable {
    public enum Model: String, Sendable, Hashable {
        case ntag210 = "NTAG210", ntag212 = "NTAG212", ntag213 = "NTAG213", ntag215 = "NTAG215", ntag216 = "NTAG216"
        case ntagI2C1K = "NTAG I2C 1K", ntagI2C2K = "NTAG I2C 2K"
        case ultralightUL11 = "MIFARE Ultralight EV1 UL11", ultralightUL21 = "MIFARE Ultralight EV1 UL21"
    }

    /// Eight bytes: fixed header, vendor, product type, subtype, major and minor version, storage size, protocol.
    public let bytes: [UInt8]

    /// Nil for anything but eight bytes of vendor NXP (04).
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == 8, bytes[0] == 0x00, bytes[1] == 0x04 else { return nil }
        self.bytes = bytes
    }

    /// Nil for a chip that is not in the table.
    public var model: Model? {
        switch (bytes[2], bytes[4], bytes[6]) {
        // Type, major version, storage size.
        case (0x04, 0x01, 0x0B): .ntag210
        case (0x04, 0x01, 0x0E): .ntag212
        case (0x04, 0x01, 0x0F): .ntag213
        case (0x04, 0x01, 0x11): .ntag215
        case (0x04, 0x01, 0x13): .ntag216
        case (0x04, 0x02, 0x13): .ntagI2C1K
        case (0x04, 0x02, 0x15): .ntagI2C2K
        case (0x03, _, 0x0B): .ultralightUL11
        case (0x03, _, 0x0E): .ultralightUL21
        default: nil
        }
    }

    /// Bytes from page 4 on that data may be written to; dynamic lock and configuration pages follow.
    public var userBytes: Int? {
        switch model {
        case .ntag210, .ultralightUL11: 48
        case .ntag212, .ultralightUL21: 128
        case .ntag213: 144
        case .ntag215: 504
        case .ntag216: 888
        case .ntagI2C1K: 888
        case .ntagI2C2K: 1_904
        case nil: nil
        }
    }

    /// The first address that data must not be written to.
    var userEnd: Int? { userBytes.map { 16 + $0 } }

    /// Who signed the UIDs of these chips.
    var originality: OriginalitySignature.Family { bytes[2] == 0x03 ? .ultralightEV1 : .ntag21x }
}
