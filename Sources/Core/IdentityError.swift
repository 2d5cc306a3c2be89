/// Why a phone number or an e-mail address was refused. It names the problem and never repeats what was typed (ALL-5).
public enum IdentityError: Error, Hashable, Sendable {
    case empty
    case tooShort
    case tooLong
    /// A character that has no place there.
    case forbiddenCharacter
    /// A phone number that begins neither with the country nor with the zero of a number in the country.
    case prefixMissing
    /// A country code that begins with 0.
    case noCountryCode
    /// None or more than one.
    case notOneAtSign
    case malformedLocalPart
    case malformedDomain
}

extension IdentityError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty: "is empty"
        case .tooShort: "is too short"
        case .tooLong: "is too long"
        case .forbiddenCharacter: "holds a character that is not allowed"
        case .prefixMissing: "must begin with 0, 00 or +"
        case .noCountryCode: "holds no country code"
        case .notOneAtSign: "must hold one @"
        case .malformedLocalPart: "is not well formed before the @"
        case .malformedDomain: "is not well formed after the @"
        }
    }
}
