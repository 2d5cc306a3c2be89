import Crypto
import Foundation

/// Someone's e-mail address, in one form however it was typed (MOB-7): lower case, without space around it. It prints
/// masked, cannot be encoded, and leaves the process only as a keyed pseudonym (ALL-5).
public struct EmailAddress: Sendable, Hashable {
    /// Lower case, at most 254 bytes.
    private let address: String

    /// Reads an address of RFC 5321's everyday form: a dot-atom of ASCII, one `@`, and a domain of two labels or more.
    /// Domains in other letters stay in those letters. Quoted local parts and address literals are refused.
    /// - Parameter text: at most 254 bytes after its spaces and line ends are trimmed.
    public init(_ text: String) throws(IdentityError) {
        let blanks = Set(" \t\r\n".utf8)
        var trimmed = text.utf8[...]
        while let first = trimmed.first, blanks.contains(first) { trimmed.removeFirst() }
        while let last = trimmed.last, blanks.contains(last) { trimmed.removeLast() }
        guard !trimmed.isEmpty else { throw .empty }
        guard trimmed.count <= 254 else { throw .tooLong }
        let parts = trimmed.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw .notOneAtSign }
        // Only ASCII is lowered here: other letters, such as the Kelvin sign, would turn into ASCII and pass.
        let localPart = String(
            decoding: parts[0].map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }, as: UTF8.self)
        try Self.check(localPart: localPart)
        // The locale plays no part in it. Some letters grow by a byte, hence the second look at the length.
        let domain = String(Substring(parts[1])).lowercased()
        try Self.check(domain: domain.unicodeScalars[...])
        // Letters that names of domains are mapped away from (full-width ones, ligatures: UTS #46) would be a second person of one
        // mailbox.
        guard domain.utf8.elementsEqual(domain.precomposedStringWithCompatibilityMapping.utf8) else { throw .forbiddenCharacter }
        address = localPart + "@" + domain
        guard address.utf8.count <= 254 else { throw .tooLong }
    }

    /// RFC 5321 §4.5.3.1.1 and RFC 5322 §3.2.3: at most 64 bytes, atoms with single dots between them.
    private static func check(localPart: String) throws(IdentityError) {
        guard (1...64).contains(localPart.utf8.count) else { throw .malformedLocalPart }
        for atom in localPart.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard !atom.isEmpty else { throw .malformedLocalPart }
            guard atom.allSatisfy({ atomCharacters.contains($0) }) else { throw .forbiddenCharacter }
        }
    }

    private static let atomCharacters = Set("abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~".utf8)

    /// RFC 1035 §2.3.1 widened by letters of other scripts; the last label is no number.
    private static func check(domain: Substring.UnicodeScalarView) throws(IdentityError) {
        let labels = domain.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2 else { throw .malformedDomain }
        for label in labels {
            guard let first = label.first, let last = label.last, first != "-", last != "-",
                String(label).utf8.count <= 63
            else { throw .malformedDomain }
            guard label.allSatisfy(isDomainCharacter) else { throw .forbiddenCharacter }
        }
        guard let last = labels.last, !last.allSatisfy({ ("0"..."9").contains($0) }) else { throw .malformedDomain }
    }

    /// Letters, ASCII digits and hyphens. Combining marks are no letters: `ä` in two code points would be another
    /// person than `ä` in one.
    private static func isDomainCharacter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "0"..."9", "-": return true
        default: break
        }
        guard !scalar.isASCII else { return false }
        switch scalar.properties.generalCategory {
        case .lowercaseLetter, .otherLetter: return true
        default: return false
        }
    }

    /// `m•••@•••.fi`: the first character, unless there are no more than two, and the last label of the domain. The
    /// rest of a domain may be the person's name.
    public var masked: String {
        let localCount = address.utf8.prefix { $0 != UInt8(ascii: "@") }.count
        let first = localCount > 2 ? String(address.prefix(1)) : ""
        let last = address.split(separator: ".").last ?? ""
        return "\(first)•••@•••.\(last)"
    }

    /// The look-up name of this address at this site.
    public func pseudonym(key: SymmetricKey) -> Pseudonym { Pseudonym(domain: "mail1", identifier: address, key: key) }
}

extension EmailAddress: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { masked }
    public var debugDescription: String { masked }
    public var customMirror: Mirror { Mirror(self, children: ["masked": masked]) }
}
