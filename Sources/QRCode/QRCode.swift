import CQREncode

/// A QR code (ISO/IEC 18004), made by libqrencode: the smallest that holds a text. Text of digits, capitals and ` $%*+-./:` alone
/// goes in alphanumeric mode, 5.5 bits a character; any other byte by byte.
public struct QRCode: Sendable, Hashable {
    /// How much of the code may be hidden: some 7, 15, 25 or 30 per cent.
    public enum Level: Int32, Sendable, CaseIterable {
        case low, medium, quartile, high
    }

    /// Modules on each side, without the quiet zone: 17 + 4 × version.
    public let width: Int
    /// Row by row from the top left; true for a dark one.
    public let modules: [Bool]

    public var version: Int { (width - 17) / 4 }

    /// Modules of light around the code, without which scanners don't find it.
    public static let quietZone = 4

    /// Nil for an empty text, and for one that no code holds.
    public init?(_ text: String, level: Level = .low) {
        let bytes = Array(text.utf8)
        var modules = [UInt8](repeating: 0, count: Int(KASSA_QR_MOST_MODULES))
        let width = bytes.withUnsafeBufferPointer { bytes in
            modules.withUnsafeMutableBufferPointer { modules in
                kassa_qr_encode(bytes.baseAddress, bytes.count, level.rawValue, modules.baseAddress, modules.count)
            }
        }
        guard width > 0 else { return nil }
        self.width = Int(width)
        self.modules = modules.prefix(self.width * self.width).map { $0 == 1 }
    }

    /// Whether the module is dark; what lies outside is light.
    public func isDark(row: Int, column: Int) -> Bool {
        guard (0..<width).contains(row), (0..<width).contains(column) else { return false }
        return modules[row * width + column]
    }
}
