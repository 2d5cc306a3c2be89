import Core

/// Which kernel an application asks for (Book B §3.3.2.5, tag 9F2A): a short id of one byte, or three bytes.
public struct KernelIdentifier: RawRepresentable, Sendable, Hashable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The card leaves the choice to the reader.
    public static let any = KernelIdentifier(rawValue: 0)
    public static let mastercard = KernelIdentifier(rawValue: 2)
    public static let visa = KernelIdentifier(rawValue: 3)
    public static let americanExpress = KernelIdentifier(rawValue: 4)
    public static let jcb = KernelIdentifier(rawValue: 5)
    public static let discover = KernelIdentifier(rawValue: 6)
    public static let unionPay = KernelIdentifier(rawValue: 7)
    /// Book C-8, common to all schemes.
    public static let common = KernelIdentifier(rawValue: 8)

    /// What a directory entry asks for; nil when its identifier can't be read, which drops the entry.
    static func requested(by identifier: ArraySlice<UInt8>?, applicationIdentifier: ArraySlice<UInt8>) -> KernelIdentifier? {
        guard let identifier, let first = identifier.first else {
            return defaultKernel(rid: Array(applicationIdentifier.prefix(5)))
        }
        guard first & 0x80 != 0 else { return KernelIdentifier(rawValue: UInt32(first)) }
        guard identifier.count >= 3 else { return nil }
        // A domestic or proprietary kernel is named by all three bytes, unless its short part is 0: no preference.
        if first & 0x3F == 0 { return .any }
        return KernelIdentifier(rawValue: identifier.prefix(3).reduce(0) { $0 << 8 | UInt32($1) })
    }

    /// The kernel of a registered application provider when the entry has no 9F2A.
    private static func defaultKernel(rid: [UInt8]) -> KernelIdentifier {
        switch rid {
        case [0xA0, 0x00, 0x00, 0x00, 0x04]: .mastercard
        case [0xA0, 0x00, 0x00, 0x00, 0x03]: .visa
        case [0xA0, 0x00, 0x00, 0x00, 0x25]: .americanExpress
        case [0xA0, 0x00, 0x00, 0x00, 0x65]: .jcb
        case [0xA0, 0x00, 0x00, 0x01, 0x52]: .discover
        case [0xA0, 0x00, 0x00, 0x03, 0x33]: .unionPay
        default: .any
        }
    }
}

extension KernelIdentifier: CustomStringConvertible {
    /// `C-2`, or the three bytes of a domestic or proprietary kernel in hexadecimal.
    public var description: String {
        rawValue <= 0xFF
            ? "C-\(rawValue)"
            : Hex.encode([UInt8(truncatingIfNeeded: rawValue >> 16), UInt8(truncatingIfNeeded: rawValue >> 8), UInt8(truncatingIfNeeded: rawValue)])
    }
}
