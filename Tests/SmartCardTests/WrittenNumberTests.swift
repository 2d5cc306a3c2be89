import Testing

@testable import SmartCard

@Suite("A card number is hidden as people write it; dates, amounts and addresses stay")
struct WrittenNumberTests {
    @Test("Separators and digits of other kinds", arguments: [
        "4761739001010010", "4761 7390 0101 0010", "4761-7390-0101-0010", "4761.7390.0101.0010", "4761/7390/0101/0010", "4761, 7390, 0101, 0010", "4761_7390_0101_0010",
        "4761:7390:0101:0010", "4761 / 7390 / 0101 / 0010", "4761\u{A0}7390\u{A0}0101\u{A0}0010", "4761\u{2009}7390\u{2009}0101\u{2009}0010",
        "4761\u{202F}7390\u{202F}0101\u{202F}0010", "4761\u{2007}7390 0101\u{3000}0010", "4761\u{2011}7390\u{2011}0101\u{2011}0010", "4761\u{2013}7390\u{2014}0101\u{2212}0010",
        "4761\u{B7}7390\u{B7}0101\u{B7}0010", "4761\u{2022}7390\u{2022}0101\u{2022}0010", "4761\n7390\n0101\n0010", "4761\t7390\t0101\t0010", "4\u{200B}761739001010010", "4 7 6 1 7 3 9 0 0 1 0 1 0 0 1 0",
        "４７６１７３９００１０１００１０", "４７６１　７３９０　０１０１　００１０", "４７６１．７３９０．０１０１．００１０", "3782.822463.10005", "3782 822463 10005", "4111.1111.1111.1111", "6304.0000.0000.0000",
    ])
    func hidden(_ number: String) {
        for text in [number, "card \(number), thanks", "1.5 \u{20AC} \(number); 22.11.2026", "<\(number)>"] {
            let masked = CardNumberMask.masked(text)
            #expect(masked.contains("*"), "\(masked)")
            let digits = Self.digits(masked.replacing("22.11.2026", with: "").replacing("1.5", with: ""))
            #expect(!Self.digits(number).isEmpty && digits.count <= 10 && digits.hasSuffix(String(Self.digits(number).suffix(4))), "\(masked)")
        }
        #expect(CardNumberMask.masked(CardNumberMask.masked(number)) == CardNumberMask.masked(number))
    }

    private static func digits(_ text: String) -> String { String(text.compactMap { $0.wholeNumberValue.map { Character(String($0)) } }) }

    @Test("In UTF-16 of either order, at either parity")
    func wide() {
        for number in ["4761.7390.0101.0010", "4761\u{A0}7390\u{A0}0101\u{A0}0010", "４７６１７３９００１０１００１０", "4761\u{2009}7390\u{2009}0101\u{2009}0010"] {
            for isBig in [true, false] {
                for before in [[UInt8](), [0xAA]] {
                    let bytes = before + number.utf16.flatMap { unit in isBig ? [UInt8(unit >> 8), UInt8(unit & 0xFF)] : [UInt8(unit & 0xFF), UInt8(unit >> 8)] } + [0xAA]
                    var mask = CardNumberMask(bytes)
                    mask.hideWrittenNumbers()
                    let digits = bytes.indices.filter { mask.isHidden(nibble: $0 * 2) && (0x10...0x39).contains(bytes[$0]) }
                    // The six in the middle; read in the other order or parity, stretches of the same digits may pass the check too.
                    #expect((6...7).contains(digits.count), "\(number): \(digits)")
                }
            }
        }
    }

    @Test("What is no card number stays", arguments: [
        "22.11.2026 03:35:00", "2026-11-22T03:35:00", "192.168.1.10", "192.168.100.20", "10.0.0.1:8444", "1.234.567,89 EUR", "12.345.678.901,00", "1,234,567,890.12", "95.00", "+358 40 123 4567",
        "040-123 4567", "60.169857, 24.938379", "1.2.3.4.5.6.7.8.9.10.11.12", "10:20:30:40:50:60:70:80", "2026/11/22 2026/11/23", "12 x 4.95 = 59.40", "Order 12345678 of 22.11.2026",
        "4761.7390/0101.0010", "47.61.73.90.01.01.00.10", "ISBN 978-3-16", "0.000000000000", "3.14159265358979",
    ])
    func shown(_ text: String) { #expect(CardNumberMask.masked(text) == text) }

    @Test("A number that is known is hidden whatever stands between its digits, and whatever its check digit says")
    func known() {
        for text in ["4761739001010011", "47.61.73.90.01.01.00.11", "4761/7390 0101_0011", "４７６１７３９００１０１００１１", "x4761739001010011x"] {
            var mask = CardNumberMask(Array(text.utf8))
            mask.hide(numbers: KnownSequences([[4, 7, 6, 1, 7, 3, 9, 0, 0, 1, 0, 1, 0, 0, 1, 1]], least: 8))
            #expect(mask.bytes.indices.count { mask.isHidden(nibble: $0 * 2) } == (text.utf8.count > 40 ? 18 : 6), "\(text)")
        }
    }
}
