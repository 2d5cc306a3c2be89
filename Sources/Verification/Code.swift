/// The code by which people name a payment (MOB-5): ten symbols of Crockford's base 32, written `XXXXX-XXXXX`. Two hold the serial,
/// seven a truncated MAC of 35 bits, the last checks the others (``CodeSymbols/check(_:)``): a slip of the finger is told from a guess
/// without a look-up.
///
/// While it is valid the code is a proof, so it prints withheld: ``text`` and ``grouped`` are for the payer, the cashier and the host.
/// What it proves and what not: Receipts.md.
public struct VerificationCode: Sendable, Hashable {
    /// Why what was typed is no code: an error of the typist, never a guess.
    public enum TypingError: String, Error, Sendable, Hashable {
        case wrongLength
        /// A character that no code holds.
        case unknownSymbol
        case checkSymbolWrong
    }

    public static let symbols = 10
    public static let macBits = 35
    /// Characters of what is typed, separators included: what is longer is not looked into.
    public static let mostTyped = 64

    /// 10 bits, the same for the code's whole life.
    public let serial: UInt16
    /// 35 bits
    let mac: UInt64

    /// - Parameter mac: its low 35 bits count.
    init(serial: UInt16, mac: UInt64) {
        self.serial = serial & 0x3FF
        self.mac = mac & (1 << UInt64(Self.macBits) - 1)
    }

    /// Five bits each, without the check symbol.
    private var values: [UInt8] {
        let number = UInt64(serial) << UInt64(Self.macBits) | mac
        return (0..<Self.symbols - 1).map { UInt8(truncatingIfNeeded: number >> UInt64(40 - 5 * $0)) & 0x1F }
    }

    /// Ten upper-case symbols without separators.
    public var text: String {
        let values = values
        return String(decoding: (values + [CodeSymbols.check(values)]).map { CodeSymbols.alphabet[Int($0)] }, as: UTF8.self)
    }

    /// `XXXXX-XXXXX`
    public var grouped: String { text.prefix(5) + "-" + text.dropFirst(5) }

    /// Reads what a person typed: with or without spaces and hyphens, in either case, O for 0 and I or L for 1 (MOB-5).
    public init(typed: String) throws(TypingError) {
        guard typed.utf8.count <= Self.mostTyped else { throw .wrongLength }
        var values: [UInt8] = []
        for character in typed.utf8 where character != UInt8(ascii: " ") && character != UInt8(ascii: "-") {
            guard let value = CodeSymbols.value(typed: character) else { throw .unknownSymbol }
            values.append(value)
        }
        guard values.count == Self.symbols, let check = values.popLast() else { throw .wrongLength }
        guard CodeSymbols.check(values) == check else { throw .checkSymbolWrong }
        let number = values.reduce(UInt64(0)) { $0 << 5 | UInt64($1) }
        self.init(serial: UInt16(truncatingIfNeeded: number >> UInt64(Self.macBits)), mac: number)
    }
}

extension VerificationCode: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "(code withheld)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
