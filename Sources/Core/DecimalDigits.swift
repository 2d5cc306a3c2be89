/// Reading of plain decimal digits, the part that amounts, rates, dates and times have in common.
enum DecimalDigits {
    /// The value of 1 to 18 ASCII digits, which always fits; nil for none, for more and for any other byte. Unlike
    /// `Int.init` it takes no sign.
    static func value(_ digits: some Collection<UInt8>) -> Int64? {
        guard (1...18).contains(digits.count) else { return nil }
        var value: Int64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + Int64(digit - UInt8(ascii: "0"))
        }
        return value
    }

    /// `value` with leading zeros up to `width` digits; a negative value is written by its magnitude.
    static func padded(_ value: some FixedWidthInteger, _ width: Int) -> String {
        let digits = String(value.magnitude)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    /// Ten to the power of `exponent`, which its callers keep within 0…18.
    static func powerOfTen(_ exponent: Int) -> UInt64 {
        var power: UInt64 = 1
        for _ in 0..<min(max(exponent, 0), 18) { power *= 10 }
        return power
    }
}
