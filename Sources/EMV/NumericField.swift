import Core

/// Binary-coded decimal fields, format `n` (EMV Book 3 §4.3): two digits a byte, right-aligned, zero-filled on the left.
public enum NumericField {
    /// `value` in `bytes` bytes; nil when it is negative or has more digits than fit.
    public static func encode(_ value: Int64, bytes count: Int) -> [UInt8]? {
        guard value >= 0, (1...9).contains(count) else { return nil }
        var rest = value
        var reversed: [UInt8] = []
        for _ in 0..<count {
            let pair = UInt8(rest % 100)
            reversed.append((pair / 10) << 4 | pair % 10)
            rest /= 100
        }
        return rest == 0 ? reversed.reversed() : nil
    }

    /// The number in at most nine bytes (18 digits); nil when a nibble is no digit or there are more bytes.
    public static func decode(_ bytes: some Collection<UInt8>) -> Int64? {
        guard bytes.count <= 9 else { return nil }
        var value: Int64 = 0
        for byte in bytes {
            let (high, low) = (byte >> 4, byte & 0x0F)
            guard high <= 9, low <= 9 else { return nil }
            value = value * 100 + Int64(high) * 10 + Int64(low)
        }
        return value
    }

    /// `YYMMDD`, as tag 9A carries it.
    public static func encode(_ date: CivilDate) -> [UInt8] {
        [date.year % 100, date.month, date.day].map { UInt8($0 / 10) << 4 | UInt8($0 % 10) }
    }

    /// Reads `YYMMDD`. Years 00–49 are of this century (EMV Book 4 §6.7.3); a day past the month's end is its last day, because a
    /// card that says 31 for every month is not broken enough to be refused.
    public static func date(yymmdd bytes: some Collection<UInt8>) -> CivilDate? {
        let parts = bytes.map { decode([$0]) }
        guard parts.count == 3, let year = parts[0], let month = parts[1], let day = parts[2], (1...31).contains(day)
        else { return nil }
        guard let last = lastDay(yearOfCentury: Int(year), month: Int(month)) else { return nil }
        return CivilDate(year: last.year, month: last.month, day: min(Int(day), last.day))
    }

    /// The last day of a month, the way `YYMM` and `MMYY` expiry dates are meant.
    static func lastDay(yearOfCentury: Int, month: Int) -> CivilDate? {
        guard (0...99).contains(yearOfCentury), (1...12).contains(month) else { return nil }
        let year = yearOfCentury < 50 ? 2000 + yearOfCentury : 1900 + yearOfCentury
        return CivilDate(year: year, month: month, day: CivilDate.daysInMonth(year: year, month: month))
    }

    /// Left-aligned digits filled with F on the right, format `cn`; nil when anything but F follows an F or a nibble is
    /// no digit.
    static func digits(compressed bytes: some Collection<UInt8>) -> String? {
        var digits: [UInt8] = []
        var ended = false
        for nibble in bytes.flatMap({ [$0 >> 4, $0 & 0x0F] }) {
            if nibble == 0x0F {
                ended = true
            } else {
                guard nibble <= 9, !ended else { return nil }
                digits.append(UInt8(ascii: "0") + nibble)
            }
        }
        return String(decoding: digits, as: UTF8.self)
    }
}
