/// Whether text is a value of TOML 1.0 that is neither string, array nor inline table. The parser aborts the process on some
/// that are none, such as a date with a letter in it: it sees only what passes here.
enum TOMLScalar {
    static func isOne(_ text: some Collection<UInt8>) -> Bool {
        let bytes = Array(text)
        guard let first = bytes.first, bytes.count <= 128 else { return false }
        if bytes.elementsEqual("true".utf8) || bytes.elementsEqual("false".utf8) { return true }
        if bytes.count >= 5, isMoment(bytes[...]) { return true }
        if first == UInt8(ascii: "0"), bytes.count > 2, let digits = digitsByPrefix[bytes[1]] {
            return isNumber(bytes[2...], of: digits)
        }
        let sign = first == UInt8(ascii: "+") || first == UInt8(ascii: "-")
        let body = bytes[(sign ? 1 : 0)...]
        return body.elementsEqual("inf".utf8) || body.elementsEqual("nan".utf8) || isDecimal(body)
    }

    private static let decimal = Set("0123456789".utf8)
    private static let digitsByPrefix: [UInt8: Set<UInt8>] = [
        UInt8(ascii: "x"): Set("0123456789abcdefABCDEF".utf8), UInt8(ascii: "o"): Set("01234567".utf8),
        UInt8(ascii: "b"): Set("01".utf8),
    ]

    /// Digits with single underscores between them.
    private static func isNumber(_ bytes: ArraySlice<UInt8>, of digits: Set<UInt8>) -> Bool {
        bytes.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && part.allSatisfy(digits.contains)
        }
    }

    /// An integer or a float, without its sign: no zero before other digits, digits on both sides of the point.
    private static func isDecimal(_ bytes: ArraySlice<UInt8>) -> Bool {
        var mantissa = bytes
        if let mark = bytes.firstIndex(where: { $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E") }) {
            var exponent = bytes[(mark + 1)...]
            if let sign = exponent.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { exponent.removeFirst() }
            guard isNumber(exponent, of: decimal) else { return false }
            mantissa = bytes[..<mark]
        }
        let parts = mantissa.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ isNumber($0, of: decimal) }), let whole = parts.first else { return false }
        return whole.count == 1 || whole.first != UInt8(ascii: "0")
    }

    // MARK: Dates and times

    private static func isMoment(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let rest = after("dddd-dd-dd", bytes) else { return isTime(bytes) }
        guard let separator = rest.first else { return true }
        return "Tt ".utf8.contains(separator) && isTime(rest.dropFirst(), mayHaveOffset: true)
    }

    private static func isTime(_ bytes: ArraySlice<UInt8>, mayHaveOffset: Bool = false) -> Bool {
        guard var rest = after("dd:dd:dd", bytes) else { return false }
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix { decimal.contains($0) }
            guard (1...9).contains(fraction.count) else { return false }
            rest = rest.dropFirst(1 + fraction.count)
        }
        guard mayHaveOffset, let zone = rest.first else { return rest.isEmpty }
        if zone == UInt8(ascii: "Z") || zone == UInt8(ascii: "z") { return rest.count == 1 }
        return after("+dd:dd", rest)?.isEmpty == true || after("-dd:dd", rest)?.isEmpty == true
    }

    /// What follows the shape, in which d is any digit; nil when it is another.
    private static func after(_ shape: String, _ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let wanted = Array(shape.utf8)
        guard bytes.count >= wanted.count, zip(wanted, bytes).allSatisfy({ $0 == UInt8(ascii: "d") ? decimal.contains($1) : $0 == $1 })
        else { return nil }
        return bytes.dropFirst(wanted.count)
    }
}
