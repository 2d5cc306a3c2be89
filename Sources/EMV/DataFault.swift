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

    /// What is inside the one template that `outer` must be.
    static func template(_ tag: Tag, _ outer: [TLV]) throws(DataFault) -> [TLV] {
        guard outer.count == 1, let template = outer.first, template.tag == tag else { throw .template(expected: tag) }
        return try list(template.value)
    }

    static func list(_ bytes: ArraySlice<UInt8>) throws(DataFault) -> [TLV] {
        do {
            return try TLV.list(bytes)
        } catch {
            throw .tlv(error)
        }
    }
}
