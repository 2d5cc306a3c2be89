import SmartCard

/// A node before anything is hidden: it points into the bytes, so that what is hidden can be settled for all of them at once.
struct DecodedDraft {
    var label: String?
    var name: String
    /// The bytes that are shown.
    var range: Range<Int>?
    var words: String?
    /// The bytes are shown as text too when they are printable.
    var showsText = false
    var content: TagContent?
    /// The words tell the value: they go when some of it is hidden.
    var tellsValue = false
    /// A known text that is printable.
    var isText = false
    /// Searched for card numbers: the value of a tag that may hold anything, an object nobody knows.
    var searched: Range<Int>?
    var children: [DecodedDraft] = []

    init(
        _ name: String, label: String? = nil, range: Range<Int>? = nil, words: String? = nil, content: TagContent? = nil,
        searched: Range<Int>? = nil, children: [DecodedDraft] = []
    ) {
        (self.name, self.label, self.range, self.words) = (name, label, range, words)
        (self.content, self.searched, self.children) = (content, searched, children)
    }

    /// Readings of a bit field as children.
    static func bits(_ table: String, _ bytes: some Collection<UInt8>) -> [DecodedDraft] {
        (BitFieldTable.named(table)?.readings(bytes) ?? []).map { DecodedDraft($0.text, label: $0.label) }
    }

    var all: [DecodedDraft] {
        var found: [DecodedDraft] = []
        var stack = [self]
        while let draft = stack.popLast() {
            found.append(draft)
            stack += draft.children
        }
        return found
    }

    func node(_ mask: CardNumberMask) -> DecodedNode {
        var value = words.map(CardNumberMask.masked)
        if tellsValue, let range, mask.hidesAny(of: range) { value = nil }
        if value == nil, showsText, let range, range.count > 0, let text = mask.text(range) { value = "\"\(text)\"" }
        return DecodedNode(
            name, label: label, bytes: range.map(mask.hex), value: value, children: children.map { $0.node(mask) })
    }
}

extension CardNumberMask {
    /// Hides what a tag's content does not let be shown; gives the number and the name that were found in it.
    mutating func hide(_ content: TagContent, in range: Range<Int>) -> (number: [UInt8]?, name: [UInt8]?) {
        switch content {
        case .accountNumber:
            let digits = leadingDigits(range)
            let rest = (range.lowerBound * 2 + digits.count)..<(range.upperBound * 2)
            guard (8...19).contains(digits.count), rest.allSatisfy({ halfByte($0) == 0x0F }) else {
                hide(range)
                return (digits.count >= 8 ? digits : nil, nil)
            }
            hideMiddle(nibbles: range.lowerBound * 2..<rest.lowerBound)
            return (digits, nil)
        case .track2:
            let digits = leadingDigits(range)
            let separator = range.lowerBound * 2 + digits.count
            guard (8...19).contains(digits.count), separator < range.upperBound * 2, halfByte(separator) == 0x0D else {
                hide(range)
                return (digits.count >= 8 ? digits : nil, nil)
            }
            hideMiddle(nibbles: range.lowerBound * 2..<separator)
            hide(nibbles: min(separator + 8, range.upperBound * 2)..<range.upperBound * 2)
            return (digits, nil)
        case .track1:
            hide(text: range)
            let fields = bytes[range].split(separator: UInt8(ascii: "^"), omittingEmptySubsequences: false)
            let digits = (fields.first ?? []).filter { (0x30...0x39).contains($0) }.map { $0 & 0x0F }
            return ((8...19).contains(digits.count) ? digits : nil, fields.count > 1 ? Self.trimmed(fields[1]) : nil)
        case .name:
            hide(text: range)
            return (nil, Self.trimmed(bytes[range]))
        case .secret:
            hide(range)
            return (nil, nil)
        default:
            return (nil, nil)
        }
    }

    private func halfByte(_ index: Int) -> UInt8 { index % 2 == 0 ? bytes[index / 2] >> 4 : bytes[index / 2] & 0x0F }

    private func leadingDigits(_ range: Range<Int>) -> [UInt8] {
        (range.lowerBound * 2..<range.upperBound * 2).lazy.map(halfByte).prefix { $0 <= 9 }.map { $0 }
    }

    private static func trimmed(_ name: ArraySlice<UInt8>) -> [UInt8]? {
        let padding: Set<UInt8> = [0x20, 0x00, UInt8(ascii: "/")]
        let text = Array(name.drop { padding.contains($0) }.reversed().drop { padding.contains($0) }.reversed())
        return text.count >= 4 ? text : nil
    }
}
