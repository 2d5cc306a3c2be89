import Core

/// Bytes as people paste them: hexadecimal with blanks, colons, dashes or `0x`, after what a log writes before them. Errors say
/// where, never what.
public enum HexInput {
    public enum Failure: Error, Hashable, Sendable {
        case empty
        /// The line, counted from 1, has something that is no hexadecimal, or half a byte.
        case notHexadecimal(line: Int)
        case tooLong(bytes: Int)
    }

    /// More characters are not read.
    public static let greatestLength = 1 << 20

    /// One piece a line; pieces that make one whole list of known objects only together are one.
    public static func pieces(_ text: String) throws(Failure) -> [[UInt8]] {
        guard text.utf8.count <= greatestLength else { throw .tooLong(bytes: text.utf8.count) }
        var pieces: [[UInt8]] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let rest = withoutMark(line)
            guard rest.contains(where: { !$0.isWhitespace }) else { continue }
            guard let bytes = bytes(rest) else { throw .notHexadecimal(line: index + 1) }
            if !bytes.isEmpty { pieces.append(bytes) }
        }
        guard !pieces.isEmpty else { throw .empty }
        guard pieces.count > 1 else { return pieces }
        let joined = Array(pieces.joined())
        let scan = ObjectScan(joined, 0..<joined.count)
        let isOne = scan.isWhole && scan.found.count == 1 && scan.found.allSatisfy { DataDecoder.isKnown($0.tag) }
        return isOne ? [joined] : pieces
    }

    /// Without an arrow or a word that ends in a colon, such as `->`, `C-APDU:`, `<<`.
    private static func withoutMark(_ line: Substring) -> Substring {
        var rest = line.drop { $0.isWhitespace || "<>=-".contains($0) }
        if let colon = rest.firstIndex(of: ":"), rest[..<colon].contains(where: { !$0.isHexDigit }) { rest = rest[rest.index(after: colon)...] }
        return rest
    }

    private static func bytes(_ text: Substring) -> [UInt8]? {
        var digits: [UInt8] = []
        for word in text.split(whereSeparator: { $0.isWhitespace || ":-,;".contains($0) }) {
            let plain = word.hasPrefix("0x") || word.hasPrefix("0X") ? word.dropFirst(2) : word
            // A lone digit between blanks is a byte of its own in no log; it would shift the rest.
            guard plain.utf8.count % 2 == 0 else { return nil }
            digits += plain.utf8
        }
        return Hex.decode(String(decoding: digits, as: UTF8.self))
    }
}
