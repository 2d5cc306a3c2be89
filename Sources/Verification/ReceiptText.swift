import Foundation

/// Which texts a receipt may hold.
enum ReceiptText {
    static let mostIdentifierBytes = 64
    /// UTF-8; the shortest bound that no name on an identity document exceeds.
    static let mostNameBytes = 192
    private static let mostMarks = 4

    /// An id of the host: letters, digits and `._:@-` of ASCII, which no other script resembles byte for byte.
    static func isIdentifier(_ text: String) -> Bool {
        (1...mostIdentifierBytes).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"),
                    UInt8(ascii: "@"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// A person's name as a cashier compares it with a document, in normal form C. Nil when it holds what is not seen or turns the
    /// line round (controls, format characters such as U+202E, line separators, private and unassigned characters), odd spaces,
    /// marks without a letter or in heaps, or a word of which Latin, Greek and Cyrillic letters make up parts: those that look
    /// alike are how a name passes for another.
    static func name(_ text: String) -> String? {
        guard (1...mostNameBytes).contains(text.utf8.count) else { return nil }
        // Everything below U+0300 is in normal form C already.
        let isPlain = text.unicodeScalars.allSatisfy { $0.value < 0x300 }
        let name = isPlain ? text : text.precomposedStringWithCanonicalMapping
        guard name.utf8.count <= mostNameBytes, isVisible(name) else { return nil }
        return name
    }

    private static func isVisible(_ name: String) -> Bool {
        var (marks, script, before): (Int, Script?, Unicode.Scalar) = (0, nil, " ")
        for scalar in name.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: return false
            case .spaceSeparator:
                guard scalar == " ", before != " " else { return false }
                script = nil
            case .nonspacingMark, .enclosingMark, .spacingMark:
                marks += 1
                guard before != " ", marks <= mostMarks else { return false }
                continue
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
                guard let own = Script(scalar) else { break }
                guard script == nil || script == own else { return false }
                script = own
            default: break
            }
            marks = 0
            before = scalar
        }
        return before != " "
    }

    /// Scripts with letters that pass for each other's.
    private enum Script {
        case latin, greek, cyrillic

        init?(_ scalar: Unicode.Scalar) {
            switch scalar.value {
            case 0x41...0x24F, 0x1E00...0x1EFF, 0xFF21...0xFF5A: self = .latin
            case 0x370...0x3FF, 0x1F00...0x1FFF: self = .greek
            case 0x400...0x52F, 0x1C80...0x1C8F: self = .cyrillic
            default: return nil
            }
        }
    }
}
