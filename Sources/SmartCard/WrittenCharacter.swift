/// A character that numbers are written with, of one to three bytes.
struct WrittenCharacter {
    enum Kind: Hashable {
        case digit(UInt8)
        /// A blank or a dash of any width.
        case blank
        /// Stands in numbers, and in dates, amounts and addresses too.
        case mark
    }

    /// What stands between groups of digits.
    struct Sign: Hashable {
        let width: Int
        let code: UInt32

        init(_ width: Int, _ code: UInt32) { (self.width, self.code) = (width, code) }
    }

    let start: Int
    let width: Int
    let kind: Kind
    /// In Unicode.
    var code: UInt32 = 0

    var digit: UInt8? { if case .digit(let digit) = kind { digit } else { nil } }

    /// Longest runs of such characters, of eight and more: of UTF-8 (and Latin-1, as far as it does not contradict), and of UTF-16
    /// in either byte order from either parity. A byte may be in several.
    static func runs(in bytes: [UInt8]) -> [[WrittenCharacter]] {
        var runs: [[WrittenCharacter]] = []
        func end(_ run: inout [WrittenCharacter]) {
            if run.count >= 8 { runs.append(run) }
            run = []
        }
        var run: [WrittenCharacter] = []
        var next = 0
        while next < bytes.count {
            let (code, width) = Self.scalar(in: bytes, at: next)
            if let kind = Self.kind(code) {
                run.append(WrittenCharacter(start: next, width: width, kind: kind, code: code))
                next += width
            } else {
                end(&run)
                next += 1
            }
        }
        end(&run)
        guard bytes.count >= 16 else { return runs }
        for parity in 0...1 {
            for isBig in [true, false] {
                for start in stride(from: parity, to: bytes.count - 1, by: 2) {
                    let (one, two) = (UInt32(bytes[start]), UInt32(bytes[start + 1]))
                    let code = isBig ? one << 8 | two : two << 8 | one
                    if let kind = Self.kind(code) {
                        run.append(WrittenCharacter(start: start, width: 2, kind: kind, code: code))
                    } else {
                        end(&run)
                    }
                }
                end(&run)
            }
        }
        return runs
    }

    /// A character of UTF-8, of two or three bytes where its first byte says so and all are there; else the byte itself.
    private static func scalar(in bytes: [UInt8], at start: Int) -> (code: UInt32, width: Int) {
        let first = bytes[start]
        let width = first == 0xC2 ? 2 : first & 0xF0 == 0xE0 ? 3 : 1
        guard width > 1, start + width <= bytes.count, bytes[start + 1..<start + width].allSatisfy({ $0 & 0xC0 == 0x80 }) else {
            return (UInt32(first), 1)
        }
        return (bytes[start + 1..<start + width].reduce(UInt32(width == 2 ? first & 0x1F : first & 0x0F)) { $0 << 6 | UInt32($1 & 0x3F) }, width)
    }

    private static func kind(_ code: UInt32) -> Kind? {
        switch code {
        case 0x30...0x39: .digit(UInt8(code & 0x0F))
        // Full width.
        case 0xFF10...0xFF19: .digit(UInt8(code & 0x0F))
        // Blank, no-break blank, blanks of all widths; hyphens, dashes, minus.
        case 0x20, 0xA0, 0x1680, 0x2000...0x200B, 0x202F, 0x205F, 0x2060, 0x3000, 0xFEFF: .blank
        case 0x2D, 0xAD, 0x2010...0x2015, 0x2212, 0xFE63, 0xFF0D: .blank
        // . / , : _ * + | and their kin, tab and line ends; middle dots and bullets; full width.
        case 0x2E, 0x2F, 0x2C, 0x3A, 0x5F, 0x2A, 0x2B, 0x7C, 0x5C, 0x7E, 0x27, 0x09, 0x0A, 0x0D: .mark
        case 0xB7, 0x2022, 0x2024, 0x2027, 0x2044, 0x2215, 0x2219, 0x22C5, 0x30FB, 0xFF0C, 0xFF0E, 0xFF0F, 0xFF1A: .mark
        default: nil
        }
    }
}
