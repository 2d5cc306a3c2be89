/// A piece of card data explained: a tree that people and programs read. Nothing in it shows a whole card number, track data,
/// a name or a secret.
public struct DecodedNode: Sendable, Hashable, Codable {
    /// What identifies the piece where it stands: a tag `9F26`, a bit `1.8`, a byte `INS`; nil when its name is enough.
    public var label: String?
    public var name: String
    /// Hexadecimal, `*` for each digit that is hidden.
    public var bytes: String?
    /// The value in words.
    public var value: String?
    public var children: [DecodedNode]

    public init(
        _ name: String, label: String? = nil, bytes: String? = nil, value: String? = nil, children: [DecodedNode] = []
    ) {
        (self.label, self.name, self.bytes, self.value, self.children) = (label, name, bytes, value, children)
    }

    /// As lines for a terminal, two spaces a level. Long hexadecimal is cut; `whole` prints it all.
    public func lines(whole: Bool = false) -> [String] {
        var lines: [String] = []
        // Without recursion: the next node is the last of the stack.
        var stack: [(node: DecodedNode, level: Int)] = [(self, 0)]
        while let (node, level) = stack.popLast() {
            var parts = [node.label, node.name].compactMap { $0 }.filter { !$0.isEmpty }
            if let bytes = node.bytes, !bytes.isEmpty { parts.append(whole ? bytes : Self.short(bytes)) }
            if let value = node.value, !value.isEmpty { parts.append("= \(value)") }
            lines.append(String(repeating: "  ", count: level) + parts.joined(separator: "  "))
            stack += node.children.reversed().map { ($0, level + 1) }
        }
        return lines
    }

    private static func short(_ bytes: String) -> String {
        let shown = 48
        guard bytes.utf8.count > shown else { return bytes }
        return "\(bytes.prefix(shown))… (\(bytes.utf8.count / 2) bytes)"
    }

    /// Every node, parents first.
    public var all: [DecodedNode] {
        var found: [DecodedNode] = []
        var stack = [self]
        while let node = stack.popLast() {
            found.append(node)
            stack += node.children.reversed()
        }
        return found
    }
}
