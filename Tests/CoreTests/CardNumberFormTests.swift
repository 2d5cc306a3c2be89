import Core
import Testing

@Suite("A text that holds a card number is told from one that holds an order number (ALL-5)")
struct CardNumberFormTests {
    /// Numbers that the schemes and processors publish for tests.
    static let published = [
        "4111111111111111", "4761739001010119", "4222222222222", "5555555555554444", "5105105105105100", "2223003122003222",
        "378282246310005", "371449635398431", "30569309025904", "38520000023237", "36227206271667", "3530111333300000",
        "6011111111111117", "6011000990139424", "6200000000000005", "6304000000000000", "6759649826438453",
    ]

    @Test("Published test numbers are found, bare, within other words, and in printed groups", arguments: published)
    func found(_ number: String) {
        for text in [number, "order \(number)", "ORD\(number)X", "a/\(number)/7", "2026-11-21 \(number)", "x  \(number)"] {
            #expect(CardNumberForm.isFound(in: text), "\(text)")
        }
        let sizes = number.count == 15 ? [4, 6, 5] : number.count == 14 ? [4, 6, 4] : number.count == 13 ? [4, 3, 3, 3] : [4, 4, 4, 4]
        var rest = Substring(number)
        let groups = sizes.map { size in
            defer { rest = rest.dropFirst(size) }
            return rest.prefix(size)
        }
        for separator in [" ", "-", "."] {
            #expect(CardNumberForm.isFound(in: "ref \(groups.joined(separator: separator)) end"))
        }
        // Two separators, or a number that goes on: not a card's form.
        #expect(!CardNumberForm.isFound(in: groups.joined(separator: "--")))
        #expect(!CardNumberForm.isFound(in: "77" + number + "7777"))
    }

    @Test("With any one digit changed it is none: the check digit tells", arguments: published)
    func changed(_ number: String) {
        for place in number.indices {
            for digit in "0123456789" where digit != number[place] {
                var other = number
                other.replaceSubrange(place...place, with: String(digit))
                #expect(!CardNumberForm.isFound(in: other))
            }
        }
    }

    @Test("What tills name their sales by passes", arguments: [
        "", "R-1", "sale-7", "2026112109001234", "20261121-0001-000042", "1763740000000", "1763740000000000", "0000004761739001",
        "01a1fdfa-4600-7916-8840-ff3475004e01", "7350053850019", "9780306406157", "12345678901234", "99000000000000000",
        "4761 7390 0101", "411111111111111", "41111111111111110", "555555555555444", "ISBN 978-0-306-40615-7",
    ])
    func passes(_ reference: String) {
        #expect(!CardNumberForm.isFound(in: reference))
    }

    @Test("Of numbers that count up, none is refused that does not begin like a card; of the others one in ten")
    func share() {
        var refused = 0
        for number in 0..<1000 {
            #expect(!CardNumberForm.isFound(in: String(2_026_112_100_000_000 + number)))
            #expect(!CardNumberForm.isFound(in: String(1_000_000_000_000_000 + number)))
            #expect(!CardNumberForm.isFound(in: String(7_000_000_000_000_000 + number)))
            if CardNumberForm.isFound(in: String(4_000_000_000_000_000 + number)) { refused += 1 }
        }
        #expect(refused == 100)
    }
}
