/// A reader's name as pcscd makes it: `MODEL [INTERFACE] (SERIAL) II SS`, brackets and parentheses only when the device
/// tells what goes in, II (order of enumeration) and SS (slot) two hexadecimal digits each. pcscd cuts long names.
public struct ReaderName: Sendable, Hashable {
    public let model: String
    public let interface: String?
    /// The device's USB serial number.
    public let serial: String?
    /// Changes with the order in which devices are found: no identity.
    public let index: UInt8?
    public let slot: UInt8?

    /// Takes any text; what does not look like a part of a name stays in ``model``.
    public init(_ name: String) {
        var words = name.split(separator: " ", omittingEmptySubsequences: true)
        if words.count > 2, let slot = Self.number(words[words.count - 1]), let index = Self.number(words[words.count - 2]) {
            (self.index, self.slot) = (index, slot)
            words.removeLast(2)
        } else {
            (index, slot) = (nil, nil)
        }
        var rest = words.joined(separator: " ")
        serial = Self.removeLast(&rest, "(", ")")
        interface = Self.removeLast(&rest, "[", "]")
        model = rest
    }

    /// The name without index and slot: what stays the same when devices are found in another order.
    public var stable: String {
        [model, interface.map { "[\($0)]" }, serial.map { "(\($0))" }].compactMap { $0 }.joined(separator: " ")
    }

    private static func number(_ word: Substring) -> UInt8? {
        word.utf8.count == 2 && word.allSatisfy(\.isHexDigit) ? UInt8(word, radix: 16) : nil
    }

    /// Cuts `open…close` off the end of `text`, unless nothing would be left.
    private static func removeLast(_ text: inout String, _ open: Character, _ close: Character) -> String? {
        guard text.last == close, let start = text.lastIndex(of: open), start > text.startIndex else { return nil }
        let inner = text[text.index(after: start)...].dropLast()
        text = String(text[..<start])
        while text.last == " " { text.removeLast() }
        return inner.isEmpty ? nil : String(inner)
    }
}
