/// Where a programme's tags put what they mirror into their URL: names of query parameters, and what the MAC covers. It
/// has to say what the tags were made with (NT4H2421Gx §9.3, file settings SDMOptions and offsets).
public struct SDMLayout: Sendable, Hashable {
    public enum Identity: Sendable, Hashable {
        /// UID and counter enciphered, 32 hexadecimal digits. Nobody else can follow the tag.
        case encrypted(parameter: String)
        /// UID in 14 hexadecimal digits and counter in 6, most significant first.
        case plain(uid: String, counter: String)
    }

    /// The text that the MAC covers, as the tag writes it.
    public enum MACInput: Sendable, Hashable {
        /// None: the MAC says that the tag was there with this counter.
        case empty
        /// From the value of a parameter to the value of the MAC, names and signs between them included.
        case from(parameter: String)
    }

    public var identity: Identity
    /// Enciphered file data, hexadecimal digits; nil when the tags mirror none.
    public var file: String?
    /// 16 hexadecimal digits.
    public var mac: String
    public var macInput: MACInput

    public init(
        identity: Identity = .encrypted(parameter: "picc_data"), file: String? = nil, mac: String = "cmac",
        macInput: MACInput = .empty
    ) {
        self.identity = identity
        self.file = file
        self.mac = mac
        self.macInput = macInput
    }
}

/// Why a URL is not taken. None says what was in it.
public enum SDMFailure: Error, Sendable, Hashable {
    public enum Field: String, Sendable, Hashable {
        case url, identity, uid, counter, file, mac, macInput
    }

    case malformed(Field)
    /// No tag with these keys wrote it.
    case notAuthentic
    /// The tag wrote it, and this or a later one has been seen before.
    case replayed
    case unavailable
}
