extension AnswerToReset {
    /// An answer to reset byte by byte; nil when `bytes` are none, or more than one.
    public static func explained(_ bytes: [UInt8]) -> DecodedNode? {
        guard let answer = try? AnswerToReset(bytes), bytes.count >= 2 else { return nil }
        var parts = [
            DecodedNode(
                "initial character", label: "TS", bytes: CardNumberMask.hex(of: [bytes[0]]),
                value: bytes[0] == 0x3B ? "direct convention" : "inverse convention"),
            DecodedNode(
                "format", label: "T0", bytes: CardNumberMask.hex(of: [bytes[1]]),
                value: "\(bytes[1] & 0x0F) historical bytes"),
        ]
        var next = 2
        var presence = bytes[1] >> 4
        for group in 1...4 {
            for (bit, letter) in [(UInt8(1), "A"), (2, "B"), (4, "C"), (8, "D")] where presence & bit != 0 {
                guard next < bytes.count else { return nil }
                parts.append(interface(letter, group, bytes[next]))
                next += 1
            }
            guard presence & 8 != 0 else { break }
            presence = bytes[next - 1] >> 4
        }
        let hasCheck = answer.protocols.contains { $0 != 0 }
        guard bytes.count == next + answer.historicalBytes.count + (hasCheck ? 1 : 0) else { return nil }
        if !answer.historicalBytes.isEmpty { parts.append(historical(answer)) }
        if hasCheck, let check = bytes.last {
            parts.append(DecodedNode("check byte", label: "TCK", bytes: CardNumberMask.hex(of: [check]), value: "right"))
        }
        return DecodedNode("Answer to reset (ATR)", bytes: CardNumberMask.hex(of: bytes), children: parts)
    }

    private static func interface(_ letter: String, _ group: Int, _ byte: UInt8) -> DecodedNode {
        let value: String? =
            switch (letter, group) {
            case ("A", 1): "Fi index \(byte >> 4), Di index \(byte & 0x0F)"
            case ("C", 1): "extra guard time \(byte)"
            case ("D", _): "protocol T=\(byte & 0x0F)"
            default: nil
            }
        return DecodedNode(
            "interface byte", label: "T\(letter)\(group)", bytes: CardNumberMask.hex(of: [byte]), value: value)
    }

    private static func historical(_ answer: AnswerToReset) -> DecodedNode {
        let bytes = answer.historicalBytes
        var node = DecodedNode("historical bytes", bytes: CardNumberMask.hex(of: bytes))
        if let card = answer.storageCard {
            node.value = "storage card named by the reader: \(card.title ?? "unknown")"
            if let standard = card.standardName { node.children.append(DecodedNode("standard", value: standard)) }
            return node
        }
        if bytes.allSatisfy({ (0x20...0x7E).contains($0) }) {
            node.value = "\"\(CardNumberMask.masked(String(decoding: bytes, as: UTF8.self)))\""
        } else if bytes == [0x80] {
            node.value = "nothing: as DESFire EV1 and later"
        } else if bytes[0] == 0x80 {
            node.children = compact(bytes.dropFirst())
        }
        return node
    }

    /// COMPACT-TLV objects (ISO/IEC 7816-4 §8.1.1.2).
    private static func compact(_ bytes: ArraySlice<UInt8>) -> [DecodedNode] {
        let names: [UInt8: String] = [
            1: "country code", 2: "issuer identification number", 3: "card service data", 4: "initial access data",
            5: "card issuer's data", 6: "pre-issuing data", 7: "card capabilities", 8: "status information", 15: "application identifier",
        ]
        var found: [DecodedNode] = []
        var rest = bytes
        while let first = rest.popFirst() {
            let value = rest.prefix(Int(first & 0x0F))
            rest = rest.dropFirst(Int(first & 0x0F))
            found.append(
                DecodedNode(
                    names[first >> 4] ?? "unknown", label: CardNumberMask.hex(of: [first]),
                    bytes: CardNumberMask.hex(of: Array(value))))
        }
        return found
    }
}
