import Testing

@testable import SmartCard

/// Work is counted in half bytes and characters looked at; a machine that is busy changes nothing.
@Suite("Hiding card numbers costs in proportion to the bytes, whatever they are")
struct CardNumberWorkTests {
    /// Bytes that once cost their square, and others of their kind.
    private static let patterns: [[UInt8]] = [
        [0x47, 0x61, 0x73, 0x90, 0x01, 0x01, 0xDD], [0x47, 0x61, 0x73, 0x90, 0x01, 0x01, 0xD2, 0x21, 0x22, 0x01], [0x11], [0xDD], [0x1D],
        Array("476173900101=".utf8), Array("4761739001010010^".utf8), Array("4761.7390.0101.0010.".utf8), Array("1 ".utf8), Array(".".utf8), Array("1.".utf8),
        Array("111.".utf8), [0x00, 0x34], [0xC2, 0xA0], [0xEF, 0xBC, 0x91], [0xE2, 0x80],
    ]

    private static func steps(_ pattern: [UInt8], _ count: Int, known: [[UInt8]] = []) -> Int {
        var mask = CardNumberMask((0..<count).map { pattern[$0 % pattern.count] })
        mask.hideNumbers(in: 0..<count)
        mask.hideDelimitedNumbers(except: stride(from: 0, to: count - 1, by: 64).map { $0..<$0 + 1 })
        mask.hideWrittenNumbers()
        mask.hide(numbers: KnownSequences(known, least: 8))
        mask.hide(names: KnownSequences(known.map { $0.map { $0 + 0x30 } }, least: 3))
        return mask.steps
    }

    @Test("So much for a byte, of short inputs and of the longest", arguments: patterns)
    func proportional(_ pattern: [UInt8]) {
        let (short, long) = (Self.steps(pattern, 1_024), Self.steps(pattern, 65_536))
        #expect(short > 1_024)
        #expect(long <= 128 * 65_536 && long <= short * 64 + short, "\(short) and \(long) steps")
    }

    @Test("What is known costs by its length, not by how many there are", arguments: patterns)
    func known(_ pattern: [UInt8]) {
        // As hostile as can be: alike but for the last digits, and made of what the bytes are.
        let digits = (0..<64).map { number in [UInt8](repeating: 1, count: 17) + [UInt8(number / 10), UInt8(number % 10)] }
        let (one, many) = (Self.steps(pattern, 8_192, known: Array(digits.prefix(1))), Self.steps(pattern, 8_192, known: digits))
        #expect(many <= one * 2, "\(one) and \(many) steps")
        #expect(many <= 256 * 8_192)
    }

    @Test("Sequences are found where a plain search finds them")
    func sequences() {
        var state: UInt64 = 7
        func random(_ bound: UInt64) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33 % bound)
        }
        for _ in 0..<200 {
            let known = (0..<1 + random(5)).map { _ in (0..<2 + random(5)).map { _ in UInt8(random(3)) } }
            let text = (0..<random(60)).map { _ in UInt8(random(3)) }
            var expected: Set<Range<Int>> = []
            for sequence in known where sequence.count >= 3 {
                for start in 0..<max(0, text.count - sequence.count + 1) where Array(text[start..<start + sequence.count]) == sequence {
                    expected.insert(start..<start + sequence.count)
                }
            }
            var steps = 0
            #expect(Set(KnownSequences(known, least: 3).matches(in: text, &steps)) == expected)
        }
    }
}
