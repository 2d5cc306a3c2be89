import SmartCard

/// The records that the AFL marks, as authentication hashes them (EMV Book 3 §10.3).
struct StaticData: Sendable, Equatable {
    private(set) var bytes: [UInt8] = []
    /// A marked record was no template 70: authentication has been performed and has failed.
    private(set) var isBroken = false

    /// Takes a marked record. Files 1–10 count without tag and length, files 11–30 as they are.
    mutating func append(_ record: [UInt8], file: UInt8) {
        guard let objects = try? TLV.list(record), objects.count == 1, let template = objects.first,
            template.tag == EMVTag.recordTemplate
        else {
            isBroken = true
            return
        }
        if file <= 10 { bytes += template.value } else { bytes += record }
    }

    /// With what 9F4A adds, which can be 82 only.
    func completed(for card: CardData) throws(AuthenticationFailure) -> [UInt8] {
        guard !isBroken else { throw .staticRecord }
        guard let list = card[EMVTag.staticDataAuthenticationTagList] else { return bytes }
        guard list == [0x82] else { throw .staticDataTagList }
        return bytes + (card[EMVTag.applicationInterchangeProfile] ?? [])
    }

    init() {}
    /// Records already put together.
    init(bytes: [UInt8]) { self.bytes = bytes }
}
