/// The code by which people name a payment (MOB-5): eight symbols of Crockford's base 32 (no I, L, O, U) and a check
/// symbol modulo 37, written `K3F-9QZ-7MH`. 40 bits; each single wrong symbol and each swap of two neighbours is
/// caught.
///
/// While it is valid the code is a proof, so it prints withheld: ``text`` and ``grouped`` are for the payer, the
/// cashier and the host.
///
/// Source: Douglas Crockford, "Base 32", https://www.crockford.com/base32.html
public struct VerificationCode: Sendable, Hashable {
    /// Why what was typed is no code: an error of the typist, never a guess.
    public enum TypingError: String, Error, Sendable, Hashable {
        case wrongLength
        /// A character that no code holds, or one that only a check symbol may be.
        case unknownSymbol
        case checkSymbolWrong
    }

    static let dataSymbols = 8
    static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U".utf8)
    /// Check symbols that every till's keyboard has: digits and letters. New codes end in one of these.
    private static let typable = Set(alphabet.prefix(32) + [UInt8(ascii: "U")])

    /// Nine upper-case symbols without separators.
    public let text: String

    /// `XXX-XXX-XXX`
    public var grouped: String {
        var groups = ""
        for (place, symbol) in text.enumerated() {
            if place > 0, place % 3 == 0 { groups.append("-") }
            groups.append(symbol)
        }
        return groups
    }

    /// 40 bits.
    private init(number: UInt64) {
        var symbols: [UInt8] = []
        for place in (0..<Self.dataSymbols).reversed() {
            symbols.append(Self.alphabet[Int(number >> UInt64(5 * place)) & 0x1F])
        }
        symbols.append(Self.alphabet[Int(number % 37)])
        text = String(decoding: symbols, as: UTF8.self)
    }

    /// Makes a code from random bytes: each five in turn are tried, until one gives a check symbol that is a digit or a
    /// letter (33 of 37 do).
    /// - Returns: nil when the bytes run out: draw again. With 20 bytes that is once in some 7,000 times.
    public static func make(from bytes: some Sequence<UInt8>) -> VerificationCode? {
        var number: UInt64 = 0
        var count = 0
        for byte in bytes {
            number = number << 8 | UInt64(byte)
            count += 1
            guard count == 5 else { continue }
            if typable.contains(alphabet[Int(number % 37)]) { return VerificationCode(number: number) }
            (number, count) = (0, 0)
        }
        return nil
    }

    /// Reads what a person typed: with or without spaces and hyphens, in either case, O for 0 and I or L for 1 (MOB-5).
    public init(typed: String) throws(TypingError) {
        var symbols: [Int] = []
        for character in typed.utf8 {
            let symbol: UInt8
            switch character {
            case UInt8(ascii: " "), UInt8(ascii: "-"): continue
            case UInt8(ascii: "a")...UInt8(ascii: "z"): symbol = character - 0x20
            default: symbol = character
            }
            guard symbols.count <= Self.dataSymbols else { throw .wrongLength }
            switch symbol {
            case UInt8(ascii: "O"): symbols.append(0)
            case UInt8(ascii: "I"), UInt8(ascii: "L"): symbols.append(1)
            default:
                guard let value = Self.alphabet.firstIndex(of: symbol) else { throw .unknownSymbol }
                symbols.append(value)
            }
        }
        guard symbols.count == Self.dataSymbols + 1 else { throw .wrongLength }
        var number: UInt64 = 0
        for value in symbols.dropLast() {
            guard value < 32 else { throw .unknownSymbol }
            number = number << 5 | UInt64(value)
        }
        guard symbols.last == Int(number % 37) else { throw .checkSymbolWrong }
        self.init(number: number)
    }
}

extension VerificationCode: CustomStringConvertible, CustomDebugStringConvertible {
    public var description: String { "(code withheld)" }
    public var debugDescription: String { description }
}

extension VerificationCode: CustomReflectable {
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
