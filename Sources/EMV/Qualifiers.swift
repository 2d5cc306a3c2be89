/// Terminal transaction qualifiers, tag 9F66 (Book C-3 annex A): what the reader can do and, in byte 2, what it asks of
/// this transaction. Byte 1 is the most significant of the raw value.
public struct TerminalTransactionQualifiers: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let magneticStripeMode = Self(rawValue: 0x8000_0000)
    /// qVSDC.
    public static let emvMode = Self(rawValue: 0x2000_0000)
    public static let contactChip = Self(rawValue: 0x1000_0000)
    public static let offlineOnly = Self(rawValue: 0x0800_0000)
    public static let onlinePIN = Self(rawValue: 0x0400_0000)
    public static let signature = Self(rawValue: 0x0200_0000)
    /// Offline data authentication for online authorisations; what deferred authorisation rests on (ALL-7).
    public static let dataAuthenticationForOnline = Self(rawValue: 0x0100_0000)
    /// Set for each transaction by pre-processing.
    public static let onlineCryptogramRequired = Self(rawValue: 0x0080_0000)
    /// Set for each transaction by pre-processing.
    public static let verificationRequired = Self(rawValue: 0x0040_0000)
    public static let contactOfflinePIN = Self(rawValue: 0x0020_0000)
    public static let issuerUpdate = Self(rawValue: 0x0000_8000)
    /// Consumer device cardholder verification.
    public static let deviceVerification = Self(rawValue: 0x0000_4000)
    public static let fDDAVersion1 = Self(rawValue: 0x0000_0080)

    /// Four bytes, as the PDOL sends them.
    public var bytes: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: rawValue >> UInt32(24 - 8 * $0)) } }
}

/// Card transaction qualifiers, tag 9F6C (Book C-3 annex A): what the card asks of the reader.
public struct CardTransactionQualifiers: OptionSet, Sendable, Hashable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let onlinePINRequired = Self(rawValue: 0x8000)
    public static let signatureRequired = Self(rawValue: 0x4000)
    public static let onlineIfAuthenticationFails = Self(rawValue: 0x2000)
    public static let switchInterfaceIfAuthenticationFails = Self(rawValue: 0x1000)
    public static let onlineIfExpired = Self(rawValue: 0x0800)
    public static let switchInterfaceForCash = Self(rawValue: 0x0400)
    public static let switchInterfaceForCashback = Self(rawValue: 0x0200)
    public static let notValidForATM = Self(rawValue: 0x0100)
    public static let deviceVerificationPerformed = Self(rawValue: 0x0080)
    public static let issuerUpdateSupported = Self(rawValue: 0x0040)

    /// Nil unless there are two bytes.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 2 else { return nil }
        rawValue = bytes.reduce(0) { $0 << 8 | UInt16($1) }
    }

    public var bytes: [UInt8] { [UInt8(rawValue >> 8), UInt8(rawValue & 0xFF)] }
}
