import Core

/// Hides card numbers in bytes that are shown to people: first six and last four digits stay. It works on half bytes, so a
/// number may begin in the middle of a byte.
public struct CardNumberMask: Sendable {
    public let bytes: [UInt8]
    /// One for each half byte.
    private var hidden: [Bool]
    /// Bytes that are characters where they are hidden.
    private var written: Set<Int> = []
    /// Half bytes and characters looked at: tests hold it against a bound.
    public internal(set) var steps = 0

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        hidden = [Bool](repeating: false, count: bytes.count * 2)
    }

    /// Digits that a card number has (ISO/IEC 7812-1; shorter ones are not told from other numbers).
    public static let lengths = 12...19

    func nibble(_ index: Int) -> UInt8 { index % 2 == 0 ? bytes[index / 2] >> 4 : bytes[index / 2] & 0x0F }

    /// 12 to 19 digits, the first no 0, that pass the check digit.
    public static func isNumber(_ digits: [UInt8]) -> Bool { LuhnWindows.find(digits).contains(0..<digits.count) }

    // MARK: What is hidden

    /// Hides bytes whole.
    public mutating func hide(_ range: Range<Int>) {
        hide(nibbles: range.lowerBound * 2..<range.upperBound * 2)
    }

    /// Hides bytes that are characters.
    public mutating func hide(text range: Range<Int>) {
        hide(range)
        written.formUnion(range)
    }

    /// Hides half bytes.
    public mutating func hide(nibbles range: Range<Int>) {
        for index in range.clamped(to: 0..<hidden.count) { hidden[index] = true }
    }

    /// Hides what stands between the first six and the last four of a number of half bytes; a short one but for its last
    /// four.
    public mutating func hideMiddle(nibbles range: Range<Int>) {
        let first = range.count >= 13 ? 6 : 0
        guard range.count > first + 4 else { return hide(nibbles: range.count > 4 ? range.lowerBound..<range.upperBound - 4 : range) }
        hide(nibbles: range.lowerBound + first..<range.upperBound - 4)
    }

    /// Hides digits that pass the check of a card number wherever they stand in `range`, and what follows one as it does
    /// on track 2.
    public mutating func hideNumbers(in range: Range<Int>) {
        for run in digitRuns(in: range.lowerBound * 2..<range.upperBound * 2) {
            let digits = run.map(nibble)
            steps += digits.count * Self.lengths.count
            for window in LuhnWindows.find(digits) {
                hideMiddle(nibbles: run.lowerBound + window.lowerBound..<run.lowerBound + window.upperBound)
            }
            // PAN D YYMM service code: the discretionary data end at a half byte that is no digit.
            let after = run.upperBound
            guard Self.lengths.contains(run.count), after < range.upperBound * 2, nibble(after) == 0x0D else { continue }
            var end = after + 1
            while end < range.upperBound * 2, nibble(end) <= 9 { end += 1 }
            steps += end - after
            guard end - after > 7 else { continue }
            hideMiddle(nibbles: run)
            hide(nibbles: after + 8..<end)
        }
    }

    /// Hides a card number that is all there is in `range`, perhaps filled with F.
    public mutating func hideNumber(filling range: Range<Int>) {
        guard (6...10).contains(range.count) else { return }
        let start = range.lowerBound * 2
        let digits = (start..<range.upperBound * 2).prefix { nibble($0) <= 9 }
        let fill = start + digits.count..<range.upperBound * 2
        if Self.isNumber(digits.map(nibble)), fill.allSatisfy({ nibble($0) == 0x0F }) { hideMiddle(nibbles: start..<start + digits.count) }
    }

    /// Some of `range` is hidden.
    public func hidesAny(of range: Range<Int>) -> Bool { hidden[range.lowerBound * 2..<range.upperBound * 2].contains(true) }

    /// Hides card numbers that stand alone between half bytes that are no digits, but for those that touch `texts`: letters
    /// are digits in hexadecimal.
    public mutating func hideDelimitedNumbers(except texts: [Range<Int>] = []) {
        var isText = [Bool](repeating: false, count: bytes.count)
        for text in texts { for index in text { isText[index] = true } }
        for run in digitRuns(in: 0..<hidden.count) where Self.lengths.contains(run.count) {
            let touched = run.lowerBound / 2..<(run.upperBound + 1) / 2
            if Self.isNumber(run.map(nibble)), !isText[touched].contains(true) { hideMiddle(nibbles: run) }
        }
    }

    // MARK: What is shown

    /// The bytes with zeros for hidden digits and X for hidden letters: as long, and of the same form.
    public var replaced: [UInt8] {
        bytes.indices.map { index in
            let byte = bytes[index]
            guard written.contains(index) else {
                return (hidden[index * 2] ? 0 : byte & 0xF0) | (hidden[index * 2 + 1] ? 0 : byte & 0x0F)
            }
            switch byte {
            case 0x30...0x39: return 0x30
            case 0x41...0x5A, 0x61...0x7A, 0x80...0xFF: return UInt8(ascii: "X")
            default: return byte
            }
        }
    }

    /// Hexadecimal with `*` for hidden digits.
    public func hex(_ range: Range<Int>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(range.count * 2)
        for (offset, character) in Hex.encode(bytes[range]).utf8.enumerated() {
            text.append(hidden[range.lowerBound * 2 + offset] ? UInt8(ascii: "*") : character)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// As text, `*` for hidden characters; nil when a byte is no printable ASCII.
    public func text(_ range: Range<Int>) -> String? {
        guard bytes[range].allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
        return String(
            decoding: range.map { hidden[$0 * 2] || hidden[$0 * 2 + 1] ? UInt8(ascii: "*") : bytes[$0] }, as: UTF8.self)
    }

    public func isHidden(nibble index: Int) -> Bool { hidden.indices.contains(index) && hidden[index] }

    /// `text` with every card number in it hidden, as the last step before it is shown.
    public static func masked(_ text: String) -> String {
        // Digits of one byte, and the last bytes of wide ones.
        guard text.utf8.lazy.filter({ (0x30...0x39).contains($0 & 0x7F) || (0x10...0x19).contains($0 & 0x7F) }).count >= lengths.lowerBound
        else { return text }
        var mask = CardNumberMask(Array(text.utf8))
        mask.hideWrittenNumbers()
        return String(
            decoding: mask.bytes.indices.map { mask.hidden[$0 * 2] || mask.hidden[$0 * 2 + 1] ? UInt8(ascii: "*") : mask.bytes[$0] },
            as: UTF8.self)
    }

    /// Bytes of unknown meaning as masked hexadecimal.
    public static func hex(of bytes: [UInt8]) -> String {
        var mask = CardNumberMask(bytes)
        mask.hideNumbers(in: 0..<bytes.count)
        mask.hideWrittenNumbers()
        return mask.hex(0..<bytes.count)
    }

    // MARK: Runs

    /// Longest runs of half bytes 0–9.
    private mutating func digitRuns(in range: Range<Int>) -> [Range<Int>] {
        steps += range.count
        var runs: [Range<Int>] = []
        var start: Int?
        for index in range {
            if nibble(index) <= 9 {
                start = start ?? index
            } else if let first = start {
                runs.append(first..<index)
                start = nil
            }
        }
        if let first = start { runs.append(first..<range.upperBound) }
        return runs
    }
}
