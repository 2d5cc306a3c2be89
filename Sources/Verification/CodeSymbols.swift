/// The 32 symbols of Crockford's base 32 (no I, L, O, U), taken for the elements of the field GF(2⁵) modulo x⁵ + x² + 1.
///
/// Source: Douglas Crockford, "Base 32", https://www.crockford.com/base32.html
enum CodeSymbols {
    static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// The value of a symbol as people type it: either case, O for 0, I and L for 1. Nil for anything else.
    static func value(typed symbol: UInt8) -> UInt8? {
        let upper = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(symbol) ? symbol - 0x20 : symbol
        switch upper {
        case UInt8(ascii: "O"): return 0
        case UInt8(ascii: "I"), UInt8(ascii: "L"): return 1
        default: return alphabet.firstIndex(of: upper).map { UInt8($0) }
        }
    }

    /// 2^n in the field: the multiplicative group has 31 elements and each but 1 generates it.
    static func power(_ exponent: Int) -> UInt8 {
        var value: UInt8 = 1
        for _ in 0..<exponent { value = doubled(value) }
        return value
    }

    static func product(_ left: UInt8, _ right: UInt8) -> UInt8 {
        var (sum, addend): (UInt8, UInt8) = (0, left)
        for bit in 0..<5 as Range<UInt8> {
            if right >> bit & 1 == 1 { sum ^= addend }
            addend = doubled(addend)
        }
        return sum
    }

    private static func doubled(_ value: UInt8) -> UInt8 { value << 1 ^ (value & 0x10 == 0 ? 0 : 0b10_0101) }

    /// The symbol that makes the weighted sum over all ten zero, weights 2⁹ for the first down to 2⁰ for itself.
    ///
    /// One wrong symbol changes the sum by weight × difference, and no product of two elements that are not zero is zero. Two
    /// symbols that changed places change it by (weight + weight′) × (a + b), and no two weights are equal: so each swap is caught,
    /// of neighbours and of any others, and likewise each pair that was mistaken for another (`33` for `44`).
    static func check(_ values: some Collection<UInt8>) -> UInt8 {
        // Horner's rule: each step doubles what came before.
        values.reduce(0) { doubled($0 ^ $1) }
    }
}
