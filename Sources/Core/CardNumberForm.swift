/// Whether a text that is stored in the clear holds what may be a card number (ALL-5). Checkouts name their sales as they like,
/// and some name them by the card.
///
/// A card number here is a run of 13 to 19 digits that no other digit touches, with a valid check digit (ISO/IEC 7812-1,
/// annex B) and the beginning and length of a known issuer range; or the same in the groups that are printed on cards, with
/// one space, hyphen or full stop between them. So order numbers, dates, and times pass: what begins with 0, 1, 7, 8, 9, or
/// most of 2, always; of those that begin like a card and are as long as one, one in ten is refused, because nothing tells it
/// from a card.
public enum CardNumberForm {
    /// First digits, as a range of numbers of one length, with the lengths that are issued.
    private static let issuers: [(first: ClosedRange<Int>, digits: Int, lengths: Set<Int>)] = [
        // Visa
        (4...4, 1, [13, 16, 19]),
        // Mastercard
        (51...55, 2, [16]), (2221...2720, 4, [16]),
        // American Express
        (34...34, 2, [15]), (37...37, 2, [15]),
        // Diners Club
        (300...305, 3, [14, 16, 17, 18, 19]), (36...36, 2, [14, 15, 16, 17, 18, 19]), (38...39, 2, [14, 16, 17, 18, 19]),
        // JCB
        (3528...3589, 4, [16, 17, 18, 19]),
        // Discover, UnionPay
        (6011...6011, 4, [16, 17, 18, 19]), (644...659, 3, [16, 17, 18, 19]), (62...62, 2, [16, 17, 18, 19]),
        // Maestro
        (5018...5018, 4, Set(13...19)), (5020...5020, 4, Set(13...19)), (5038...5038, 4, Set(13...19)),
        (5893...5893, 4, Set(13...19)), (6304...6304, 4, Set(13...19)), (6759...6759, 4, Set(13...19)),
        (6761...6763, 4, Set(13...19)),
    ]

    /// As printed.
    private static let groupings: [[Int]] = [[4, 4, 4, 4], [4, 4, 4, 4, 3], [4, 6, 5], [4, 6, 4], [4, 3, 3, 3], [6, 13]]

    /// - Parameter text: bounded by whoever calls: the work is linear in it.
    public static func isFound(in text: String) -> Bool {
        var groups: [[UInt8]] = []
        var separators = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if separators == 1 || groups.isEmpty { groups.append([]) }
                groups[groups.count - 1].append(byte &- UInt8(ascii: "0"))
                separators = 0
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "."):
                separators += groups.isEmpty ? 0 : 1
                if separators > 1, isFound(groups) { return true }
                if separators > 1 { (groups, separators) = ([], 0) }
            default:
                if isFound(groups) { return true }
                (groups, separators) = ([], 0)
            }
        }
        return isFound(groups)
    }

    /// - Parameter groups: each with one separator before the next.
    private static func isFound(_ groups: [[UInt8]]) -> Bool {
        if groups.contains(where: isCardNumber) { return true }
        return groups.indices.contains { first in
            groupings.contains { sizes in
                let candidate = groups[first...].prefix(sizes.count)
                return candidate.map(\.count) == sizes && isCardNumber(candidate.flatMap(\.self))
            }
        }
    }

    private static func isCardNumber(_ digits: [UInt8]) -> Bool {
        guard (13...19).contains(digits.count) else { return false }
        let isIssued = issuers.contains { issuer in
            issuer.lengths.contains(digits.count)
                && issuer.first.contains(digits.prefix(issuer.digits).reduce(0) { $0 * 10 + Int($1) })
        }
        return isIssued && hasCheckDigit(digits)
    }

    /// Luhn's formula: from the right, every second digit doubled, the digits of all summed.
    private static func hasCheckDigit(_ digits: [UInt8]) -> Bool {
        var sum = 0
        for (place, digit) in digits.reversed().enumerated() {
            let value = place % 2 == 0 ? Int(digit) : Int(digit) * 2
            sum += value > 9 ? value - 9 : value
        }
        return sum % 10 == 0
    }
}
