/// What somebody typed to say who they are (POS-1). Personal data: it has no description.
public enum SignInIdentifier: Sendable, Hashable {
    /// Trimmed and in lower case (MOB-7): what accounts are looked up by.
    case emailAddress(String)
    /// Letters and digits with at least one digit, perhaps in groups: an old customer or case number.
    case customerOrCaseNumber
    case neither

    /// An address as people have them, not all that RFC 5321 permits: one `@`, a local part of at most 64 bytes, a
    /// domain of two labels or more, no white space, no quotes; at most 254 bytes.
    public init(typed: String) {
        // Four times the longest address bounds the work on whatever arrives.
        guard typed.utf8.count <= 1016 else {
            self = .neither
            return
        }
        let text = typed.drop { $0.isWhitespace }
        let trimmed = String(text.reversed().drop { $0.isWhitespace }.reversed())
        if Self.isAddress(trimmed) {
            self = .emailAddress(trimmed.lowercased())
        } else if Self.isNumber(trimmed) {
            self = .customerOrCaseNumber
        } else {
            self = .neither
        }
    }

    private static func isAddress(_ text: String) -> Bool {
        let halves = text.split(separator: "@", omittingEmptySubsequences: false)
        guard text.utf8.count <= 254, halves.count == 2 else { return false }
        let labels = halves[1].split(separator: ".", omittingEmptySubsequences: false)
        let atoms = halves[0].split(separator: ".", omittingEmptySubsequences: false)
        return (1...64).contains(halves[0].utf8.count) && atoms.allSatisfy { !$0.isEmpty && $0.allSatisfy(isAtomic) }
            && labels.count >= 2
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" }
            }
    }

    /// RFC 5322 `atext`, and letters beyond ASCII (RFC 6532).
    private static func isAtomic(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "!#$%&'*+-/=?^_`{|}~".contains(character)
    }

    private static func isNumber(_ text: String) -> Bool {
        let characters = text.filter { !" -/.".contains($0) }
        return !characters.isEmpty && characters.utf8.count <= 32 && characters.contains { $0.isNumber }
            && characters.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
    }
}
