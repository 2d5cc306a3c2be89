import SmartCard

/// How a card's answer is malformed. Offsets and tags, never values.
public enum DataFault: Error, Sendable, Hashable {
    case tlv(TLVError)
    /// The answer is not the one template it must be.
    case template(expected: Tag)
    /// The value has no length or content that its tag allows.
    case value(Tag)
    /// More bytes than any answer of this command has.
    case tooLong(bytes: Int)

    static func list(_ bytes: ArraySlice<UInt8>) throws(DataFault) -> [TLV] {
        do {
            return try TLV.list(bytes)
        } catch {
            throw .tlv(error)
        }
    }
}
