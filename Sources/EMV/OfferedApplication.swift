import Core

/// An application in a card's directory that this reader does not take, and the kernel it asks for.
public struct OfferedApplication: Sendable, Hashable {
    /// The ADF name, 5–16 bytes.
    public let applicationIdentifier: [UInt8]
    /// ``KernelIdentifier/any`` when the card leaves the choice to the reader.
    public let kernel: KernelIdentifier

    public init(applicationIdentifier: [UInt8], kernel: KernelIdentifier) {
        self.applicationIdentifier = applicationIdentifier
        self.kernel = kernel
    }

    /// The scheme whose registered identifier the name begins with; nil for others.
    public var scheme: String? {
        switch Array(applicationIdentifier.prefix(5)) {
        case [0xA0, 0x00, 0x00, 0x00, 0x03]: "Visa"
        case [0xA0, 0x00, 0x00, 0x00, 0x04]: "Mastercard"
        case [0xA0, 0x00, 0x00, 0x00, 0x25]: "American Express"
        case [0xA0, 0x00, 0x00, 0x00, 0x65]: "JCB"
        case [0xA0, 0x00, 0x00, 0x01, 0x52]: "Discover"
        case [0xA0, 0x00, 0x00, 0x03, 0x33]: "UnionPay"
        default: nil
        }
    }
}

extension OfferedApplication: CustomStringConvertible {
    /// `A0000000041010 (Mastercard, kernel C-2)`
    public var description: String {
        let wanted = kernel == .any ? "any kernel" : "kernel \(kernel)"
        return "\(Hex.encode(applicationIdentifier)) (\(scheme.map { "\($0), " } ?? "")\(wanted))"
    }
}
