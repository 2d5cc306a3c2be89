import Core
import SmartCard

/// The own commands of NTAG 21x and Ultralight EV1 that carry a password, as they go over the air: with or without their checksum.
enum TagPassword {
    /// Where the chips of either family keep it (MF0ULx1, NTAG213, 215, 216).
    static let pages: Set<UInt8> = [0x12, 0x2B, 0x85, 0xE5]

    /// Nil for other bytes. An object of tag 1B would be hidden too: nobody sends such.
    static func explained(_ bytes: [UInt8]) -> DecodedNode? {
        let shown: Int
        let name: String
        switch (bytes.first, bytes.count) {
        case (0x1B, 5), (0x1B, 7): (name, shown) = ("PWD_AUTH", 1)
        case (0xA2, 6) where pages.contains(bytes[1]), (0xA2, 8) where pages.contains(bytes[1]): (name, shown) = ("WRITE page \(bytes[1])", 2)
        default: return nil
        }
        let hidden = String(repeating: "*", count: (bytes.count - shown) * 2)
        return DecodedNode(
            "Command \(name) of NTAG or Ultralight", bytes: Hex.encode(bytes.prefix(shown)) + hidden, value: "hidden: a password")
    }
}
