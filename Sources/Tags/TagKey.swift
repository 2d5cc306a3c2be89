/// A key of a tag: the same one in all of them, or each tag's own, made from its UID (AN10922).
public enum TagKey: Sendable {
    case shared(AESKey)
    /// A tag that is broken open gives its own key away and no other's. Keys for different purposes have different labels.
    case diversified(master: AESKey, label: DiversificationLabel)

    /// - Parameter uid: seven bytes, by whatever way the tag said it.
    public func key(for uid: [UInt8]) throws(AESFailure) -> AESKey {
        switch self {
        case .shared(let key): key
        case .diversified(let master, let label): try label.key(for: uid, master: master)
        }
    }
}

/// What follows the UID in the diversification input: by NXP's advice an application identifier and a system's name.
public struct DiversificationLabel: Sendable, Hashable {
    /// 9 to 24 bytes.
    public let bytes: [UInt8]

    /// Of the key that makes the MAC of the URL.
    public static let url = DiversificationLabel(text: "kassa-url-1")
    /// Of the key that authenticates for a payment.
    public static let value = DiversificationLabel(text: "kassa-value-1")

    private init(text: StaticString) { bytes = Array("\(text)".utf8) }

    /// Nil for fewer than 9 bytes or more than 24: with a UID of seven bytes the input is 16 to 31 bytes, for which AN10922's
    /// padding and CMAC's own are the same.
    public init?(_ bytes: [UInt8]) {
        guard (9...24).contains(bytes.count) else { return nil }
        self.bytes = bytes
    }

    /// AES-128 of AN10922 §2.2: CMAC under the master key of `01 ‖ UID ‖ label`.
    func key(for uid: [UInt8], master: AESKey) throws(AESFailure) -> AESKey {
        guard uid.count == NTAG424.uidBytes else { throw AESFailure() }
        return try master.derived([0x01] + uid + bytes)
    }
}
