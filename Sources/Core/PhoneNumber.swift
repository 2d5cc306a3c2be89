import Crypto

/// Someone's phone number, in one form however it was typed (MOB-7): `0401234567`, `+358 40 123 4567` and `040-1234567`
/// are one person. It prints masked, cannot be encoded, and leaves the process only as a keyed pseudonym (ALL-5).
public struct PhoneNumber: Sendable, Hashable {
    /// Whose national numbers are meant where none is named: those that begin with one 0, or, where numbers have no such prefix,
    /// those that begin with anything else.
    public enum Country: String, Sendable, Hashable, Codable, CaseIterable {
        case finland = "FI"
        case sweden = "SE"
        case norway = "NO"
        case denmark = "DK"
        case estonia = "EE"
        case germany = "DE"
        case unitedKingdom = "GB"

        var callingCode: String {
            switch self {
            case .finland: "358"
            case .sweden: "46"
            case .norway: "47"
            case .denmark: "45"
            case .estonia: "372"
            case .germany: "49"
            case .unitedKingdom: "44"
            }
        }

        /// Whether a 0 stands before numbers within the country, and is dropped behind the calling code.
        var hasTrunkZero: Bool {
            switch self {
            case .finland, .sweden, .germany, .unitedKingdom: true
            case .norway, .denmark, .estonia: false
            }
        }

        /// Digits after the calling code, area codes included: wide bounds against typing errors. Which numbers exist
        /// is for the host to know.
        var nationalDigits: ClosedRange<Int> {
            switch self {
            case .finland: 6...11
            case .sweden: 7...9
            case .norway, .denmark: 8...8
            case .estonia: 7...8
            case .germany: 7...11
            case .unitedKingdom: 9...10
            }
        }
    }

    /// `+` and 8 to 15 digits (ITU-T E.164).
    private let e164: String
    /// The calling code's digits, where the country is known.
    private let callingCode: String

    /// Reads digits with spaces, no-break spaces, hyphens, full stops, slashes and parentheses between them, after `+` or `00` and
    /// a country's code, or as a number within `country`. The `(0)` of `+358 (0)40…` is forgiven where the country is known.
    ///
    /// Digits of other scripts, full-width ones among them, and characters that are not seen (U+200F) are refused rather than
    /// guessed at, as is an extension (`x12`, `;ext=12`): it names a desk, not a person's telephone.
    /// - Parameters:
    ///   - text: at most 32 bytes.
    ///   - country: of numbers that name none.
    public init(_ text: String, country: Country = .finland) throws(IdentityError) {
        guard text.utf8.count <= 32 else { throw .tooLong }
        var digits: [UInt8] = []
        var isInternational = false
        for character in text.unicodeScalars {
            switch character {
            case "0"..."9": digits.append(UInt8(truncatingIfNeeded: character.value))
            case "+" where digits.isEmpty && !isInternational: isInternational = true
            // What telephones' address books put between digits: no-break spaces, and hyphens that do not break.
            case " ", "-", "(", ")", ".", "/", "\u{A0}", "\u{202F}", "\u{2010}", "\u{2011}", "\u{2013}": continue
            default: throw .forbiddenCharacter
            }
        }
        let zero = UInt8(ascii: "0")
        guard !digits.isEmpty else { throw isInternational ? .tooShort : .empty }
        if !isInternational {
            if digits.starts(with: [zero, zero]) {
                digits.removeFirst(2)
            } else if country.hasTrunkZero {
                guard digits[0] == zero else { throw .prefixMissing }
                digits.replaceSubrange(0..<1, with: country.callingCode.utf8)
            } else {
                // No number there begins with 0: it is one of another country, or misread.
                guard digits[0] != zero else { throw .prefixMissing }
                digits.insert(contentsOf: country.callingCode.utf8, at: 0)
            }
        }
        guard let first = digits.first else { throw .tooShort }
        guard first != zero else { throw .noCountryCode }
        callingCode = try Self.normalise(&digits)
        e164 = "+" + String(decoding: digits, as: UTF8.self)
    }

    /// Drops the national zero after a known country's code and checks the length.
    /// - Returns: that code, empty for any other country.
    private static func normalise(_ digits: inout [UInt8]) throws(IdentityError) -> String {
        guard let country = Country.allCases.first(where: { digits.starts(with: $0.callingCode.utf8) }) else {
            guard digits.count >= 8 else { throw .tooShort }
            guard digits.count <= 15 else { throw .tooLong }
            return ""
        }
        let codeLength = country.callingCode.utf8.count
        // In all of them no number begins with 0 once the 0 for "within the country" is gone.
        if country.hasTrunkZero, digits.count > codeLength, digits[codeLength] == UInt8(ascii: "0") { digits.remove(at: codeLength) }
        let count = digits.count - codeLength
        guard count >= country.nationalDigits.lowerBound else { throw .tooShort }
        guard count <= country.nationalDigits.upperBound else { throw .tooLong }
        guard digits[codeLength] != UInt8(ascii: "0") else { throw .prefixMissing }
        return country.callingCode
    }

    /// `+358•••4567`: a known country's code and the last four digits.
    public var masked: String { "+\(callingCode)•••\(e164.suffix(4))" }

    /// The look-up name of this number at this site.
    public func pseudonym(key: SymmetricKey) -> Pseudonym { Pseudonym(domain: "phone1", identifier: e164, key: key) }
}

extension PhoneNumber: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { masked }
    public var debugDescription: String { masked }
    public var customMirror: Mirror { Mirror(self, children: ["masked": masked]) }
}
