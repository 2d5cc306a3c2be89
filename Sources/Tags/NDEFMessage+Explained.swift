import SmartCard

extension NDEFMessage {
    /// An NDEF message in words: alone, behind the two length bytes of a Type 4 file, or in the object 03 of a Type 2 tag's
    /// memory. Nil when the bytes are none of these to the last byte.
    public static func explained(_ bytes: [UInt8]) -> DecodedNode? {
        if let message = whole(bytes[...]) { return node(message, depth: 0) }
        if bytes.count > 2, Int(bytes[0]) << 8 | Int(bytes[1]) == bytes.count - 2, let message = whole(bytes[2...]) {
            return DecodedNode("NDEF file, \(bytes.count - 2) bytes", children: [node(message, depth: 0)])
        }
        // 03 length message FE: what follows the terminator is old data.
        guard bytes.count > 4, bytes[0] == 0x03 else { return nil }
        let isLong = bytes[1] == 0xFF
        let length = isLong ? Int(bytes[2]) << 8 | Int(bytes[3]) : Int(bytes[1])
        let body = bytes.dropFirst(isLong ? 4 : 2)
        guard body.count == length || (body.count > length && body[body.startIndex + length] == 0xFE),
            let message = whole(body.prefix(length))
        else { return nil }
        return DecodedNode("Type 2 tag memory, message of \(length) bytes", children: [node(message, depth: 0)])
    }

    /// The message that fills `bytes` exactly.
    private static func whole(_ bytes: ArraySlice<UInt8>) -> NDEFMessage? {
        guard let first = bytes.first, first & 0x80 != 0 else { return nil }
        var next = bytes.startIndex
        while next < bytes.endIndex {
            let flags = bytes[next]
            let isShort = flags & 0x10 != 0
            let header = 2 + (isShort ? 1 : 4) + (flags & 0x08 != 0 ? 1 : 0)
            guard bytes.endIndex - next >= header else { return nil }
            let payload = isShort ? Int(bytes[next + 2]) : bytes[(next + 2)..<(next + 6)].reduce(0) { $0 << 8 | Int($1) }
            let identifier = flags & 0x08 != 0 ? Int(bytes[next + header - 1]) : 0
            let count = header + Int(bytes[next + 1]) + identifier + payload
            guard bytes.endIndex - next >= count else { return nil }
            next += count
            if flags & 0x40 != 0 { break }
        }
        guard next == bytes.endIndex else { return nil }
        return try? NDEFMessage(Array(bytes))
    }

    private static func node(_ message: NDEFMessage, depth: Int) -> DecodedNode {
        DecodedNode("NDEF message", children: message.records.map { $0.explained(depth: depth) })
    }

    fileprivate static func node(inside payload: [UInt8], depth: Int) -> DecodedNode? {
        whole(payload[...]).map { node($0, depth: depth) }
    }
}

extension NDEFRecord {
    fileprivate func explained(depth: Int) -> DecodedNode {
        let kind: String =
            switch typeNameFormat {
            case .empty: "empty"
            case .wellKnown: "well-known type"
            case .media: "media type"
            case .absoluteURI: "absolute URI"
            case .external: "external type"
            case .unknown: "unknown type"
            }
        var node = DecodedNode("\(kind) record")
        let name = String(validating: type, as: UTF8.self)
        if typeNameFormat != .absoluteURI, !type.isEmpty {
            node.children.append(DecodedNode("type", value: (name ?? CardNumberMask.hex(of: type)).printable))
        }
        if !id.isEmpty {
            node.children.append(DecodedNode("id", value: (String(validating: id, as: UTF8.self) ?? CardNumberMask.hex(of: id)).printable))
        }
        if let uri {
            node.children.append(DecodedNode("URI", value: uri.printable))
        } else if let text {
            node.children.append(DecodedNode("text", label: text.language.printable, value: text.text.printable))
        } else if depth < 2, typeNameFormat == .wellKnown, name == "Sp", let inner = NDEFMessage.node(inside: payload, depth: depth + 1) {
            node.children.append(DecodedNode("smart poster", children: [inner]))
        } else if !payload.isEmpty {
            let readable = payload.allSatisfy { (0x20...0x7E).contains($0) } ? String(validating: payload, as: UTF8.self) : nil
            node.children.append(DecodedNode("payload", bytes: CardNumberMask.hex(of: payload), value: readable))
        }
        return node
    }
}
