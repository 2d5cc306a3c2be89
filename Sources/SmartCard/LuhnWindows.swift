/// Stretches of a run of digits that could be a card number.
enum LuhnWindows {
    /// Every stretch of 12 to 19 digits that begins with no 0 and passes the check digit (ISO/IEC 7812-1 annex B).
    static func find(_ digits: [UInt8]) -> [Range<Int>] {
        guard digits.count >= CardNumberMask.lengths.lowerBound else { return [] }
        // Sums from the start with the even, and with the odd positions doubled: a window is one subtraction.
        var sums: [[Int]] = [[0], [0]]
        for (index, digit) in digits.enumerated() {
            let doubled = digit > 4 ? Int(digit) * 2 - 9 : Int(digit) * 2
            for parity in 0...1 { sums[parity].append((sums[parity].last ?? 0) + (index % 2 == parity ? doubled : Int(digit))) }
        }
        var found: [Range<Int>] = []
        for start in digits.indices where digits[start] != 0 {
            for end in stride(from: start + 12, through: min(start + 19, digits.count), by: 1)
            where (sums[end % 2][end] - sums[end % 2][start]) % 10 == 0 { found.append(start..<end) }
        }
        return found
    }
}
