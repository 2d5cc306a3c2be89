/// What must hold of a message before a JSON parser may see it: UTF-8, an object, and not nested deeper than the
/// parser's stack should have to follow.
enum JSONBounds {
    static func check(_ message: [UInt8], maximumDepth: Int) throws(VarlinkProtocolError) {
        guard String(validating: message, as: UTF8.self) != nil else { throw .invalidUTF8 }
        guard message.first(where: { !isSpace($0) }) == UInt8(ascii: "{") else { throw .malformed(field: "message") }
        var depth = 0
        var inString = false
        var escaped = false
        for byte in message {
            if escaped {
                escaped = false
            } else if inString {
                if byte == UInt8(ascii: "\\") { escaped = true }
                if byte == UInt8(ascii: "\"") { inString = false }
            } else {
                switch byte {
                case UInt8(ascii: "\""): inString = true
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    depth += 1
                    guard depth <= maximumDepth else { throw .tooDeep(limit: maximumDepth) }
                case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
                default: break
                }
            }
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }
}
