import Crypto

/// The closed-loop programme of the virtual tags and telephones: worthless keys, known to everybody. A terminal that takes
/// real payments is never configured with them.
public enum TestTags {
    /// Enciphers UID and counter in the URL of all virtual tags (key 1).
    public static let metaKey = [UInt8](repeating: 0xA1, count: 16)
    /// Each tag's own keys are made of it (AN10922): 2 makes the MAC of the URL, 3 authenticates.
    public static let masterKey = [UInt8](repeating: 0xA2, count: 16)
    public static let urlLabel = Array("kassa-url-1".utf8)
    public static let valueLabel = Array("kassa-value-1".utf8)

    /// CMAC under the master key of `01 ‖ UID ‖ label`; for labels of 9 to 24 bytes.
    public static func key(uid: [UInt8], label: [UInt8]) -> [UInt8] { ChipAES.cmac(masterKey, [0x01] + uid + label) }

    /// The keys of a new tag, 0 and 4 still the factory's.
    public static func keys(uid: [UInt8]) -> [[UInt8]] {
        [ChipAES.zeros, metaKey, key(uid: uid, label: urlLabel), key(uid: uid, label: valueLabel), ChipAES.zeros]
    }

    /// The text of a tag, as the closed-loop profile reads it: UID and counter enciphered, then the MAC.
    /// - Parameter url: without parameters of its own.
    public static func mirror(url: String = "https://kassa.example/t") throws -> SDMMirror {
        let zeros = { String(repeating: "0", count: $0) }
        return try SDMMirror(template: "\(url)?picc_data=\(zeros(32))&cmac=\(zeros(16))", picc: "picc_data", mac: "cmac")
    }

    /// Signs the credentials of virtual telephones.
    public static var phoneIssuer: P256.Signing.PrivateKey { get throws { try key("kassa-card phone issuer") } }

    /// The key of the virtual telephone that is this instrument.
    static func phoneKey(instrument: [UInt8]) throws -> P256.Signing.PrivateKey {
        try key("kassa-card phone", instrument)
    }

    private static func key(_ name: String, _ more: [UInt8] = []) throws -> P256.Signing.PrivateKey {
        try P256.Signing.PrivateKey(rawRepresentation: Array(SHA256.hash(data: Array(name.utf8) + [0] + more)))
    }

    /// A telephone of this programme.
    /// - Parameters:
    ///   - instrument: 16 bytes.
    ///   - expiry: milliseconds since 1970.
    public static func phone(instrument: [UInt8], expiry: Int64, counter: UInt32 = 0) throws -> HCEPhone {
        try HCEPhone(
            enrolledBy: phoneIssuer, instrument: instrument, expiry: expiry, key: phoneKey(instrument: instrument), counter: counter)
    }
}
