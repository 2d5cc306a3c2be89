// Card numbers that are written as characters.
extension CardNumberMask {
    /// Hides card numbers written as characters, also with something between the digits, and what follows one on a track: names
    /// and discretionary data.
    ///
    /// Blanks and dashes may stand anywhere in a number. Dots, slashes and other marks stand in dates, amounts and addresses too:
    /// a number has them only as the same sign between all of its groups (``groupedNumbers(in:)``).
    public mutating func hideWrittenNumbers() {
        for run in writtenRuns() {
            for part in run.split(whereSeparator: { $0.kind == .mark }) {
                let digits = part.filter { $0.digit != nil }
                for window in LuhnWindows.find(digits.map { $0.digit ?? 0 }) { hideMiddle(of: digits[window]) }
            }
            for number in Self.groupedNumbers(in: run) { hideMiddle(of: number[...]) }
            steps += run.count * Self.lengths.count
        }
        hideTracks()
    }

    /// Hides numbers that are known, wherever they stand: as half bytes, as ASCII, as UTF-16, whatever is between their digits.
    public mutating func hide(numbers: KnownSequences) {
        guard !numbers.isEmpty else { return }
        for match in numbers.matches(in: (0..<bytes.count * 2).map(nibble), &steps) { hideMiddle(nibbles: match) }
        for run in writtenRuns() {
            let digits = run.filter { $0.digit != nil }
            for match in numbers.matches(in: digits.map { $0.digit ?? 0 }, &steps) { hideMiddle(of: digits[match]) }
        }
    }

    /// Hides bytes that are known, wherever they stand, such as names.
    public mutating func hide(names: KnownSequences) {
        guard !names.isEmpty else { return }
        var end = 0
        for match in names.matches(in: bytes, &steps) where match.upperBound > end {
            hide(text: max(end, match.lowerBound)..<match.upperBound)
            end = match.upperBound
        }
    }

    /// Tracks in ASCII: 12 to 19 digits and then ^ or =.
    private mutating func hideTracks() {
        var count = 0
        // The end of what is hidden behind the last number: a number in it is hidden with it.
        var end = 0
        for index in bytes.indices {
            let byte = bytes[index]
            if (0x30...0x39).contains(byte) {
                count += 1
                continue
            }
            defer { count = 0 }
            guard byte == UInt8(ascii: "^") || byte == UInt8(ascii: "="), Self.lengths.contains(count), index >= end else { continue }
            hideMiddle(of: (index - count..<index).map { WrittenCharacter(start: $0, width: 1, kind: .digit(bytes[$0] & 0x0F)) }[...])
            let rest = bytes[(index + 1)...].prefix { (0x20...0x7E).contains($0) }
            hide(text: rest.startIndex..<rest.endIndex)
            steps += rest.count
            end = rest.endIndex
        }
    }

    private mutating func hideMiddle(of characters: ArraySlice<WrittenCharacter>) {
        let first = characters.count >= 13 ? 6 : 0
        for character in characters.dropFirst(first).dropLast(4) { hide(text: character.start..<character.start + character.width) }
    }

    private mutating func writtenRuns() -> [[WrittenCharacter]] {
        steps += bytes.count * 5
        return WrittenCharacter.runs(in: bytes)
    }

    /// The digits of card numbers that are written in three or more groups of 3 to 6 digits, the last one perhaps shorter, with one
    /// and the same separator between them. Dates have groups of two, decimal numbers have two groups.
    private static func groupedNumbers(in run: [WrittenCharacter]) -> [[WrittenCharacter]] {
        guard run.contains(where: { $0.kind == .mark }) else { return [] }
        var groups: [(digits: [WrittenCharacter], before: [WrittenCharacter.Sign])] = []
        var before: [WrittenCharacter.Sign] = []
        var isInGroup = false
        for character in run {
            guard character.digit != nil else {
                before.append(WrittenCharacter.Sign(character.width, character.code))
                isInGroup = false
                continue
            }
            if isInGroup {
                groups[groups.count - 1].digits.append(character)
            } else {
                groups.append(([character], before))
                (before, isInGroup) = ([], true)
            }
        }
        var found: [[WrittenCharacter]] = []
        for first in groups.indices where (3...6).contains(groups[first].digits.count) {
            var digits = groups[first].digits
            for last in groups.indices[(first + 1)...] {
                let group = groups[last]
                guard group.digits.count <= 6, group.before.count <= 3, group.before == groups[first + 1].before,
                    digits.count + group.digits.count <= lengths.upperBound
                else { break }
                digits += group.digits
                if last >= first + 2, isNumber(digits.map { $0.digit ?? 0 }) { found.append(digits) }
                guard group.digits.count >= 3 else { break }
            }
        }
        return found
    }
}
