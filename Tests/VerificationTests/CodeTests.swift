import Core
import Crypto
import Foundation
import Testing

@testable import Verification

@Suite("Verification codes: ten symbols that check themselves") struct CodeTests {
    private static func codes(_ count: Int) -> [VerificationCode] {
        var random = ReceiptRandom(11)
        return (0..<count).map { _ in VerificationCode(serial: UInt16(random.next() & 0x3FF), mac: random.next()) }
    }

    private func error(_ typed: String) -> VerificationCode.TypingError? {
        do throws(VerificationCode.TypingError) { _ = try VerificationCode(typed: typed) } catch { return error }
        return nil
    }

    // MARK: The check symbol

    @Test("GF(32): every element but zero has an inverse, and 2 generates all 31") func field() {
        #expect(Set((0..<31).map(CodeSymbols.power)).count == 31)
        #expect(CodeSymbols.power(31) == 1)
        for left in 1..<32 as Range<UInt8> {
            #expect(Set((0..<32).map { CodeSymbols.product(left, $0) }) == Set(0..<32))
            for right in 0..<32 as Range<UInt8> {
                #expect(CodeSymbols.product(left, right) == CodeSymbols.product(right, left))
                for third in [3, 17, 31] as [UInt8] {
                    #expect(CodeSymbols.product(left, right ^ third) == CodeSymbols.product(left, right) ^ CodeSymbols.product(left, third))
                }
            }
        }
        // x⁵ + x² + 1: 2·16 = 5.
        #expect(CodeSymbols.product(2, 16) == 5)
    }

    /// Over all nine symbols and the check: zero for a code.
    private func syndrome(_ values: [UInt8]) -> UInt8 { CodeSymbols.check(values.prefix(9)) ^ values[9] }

    @Test("By exhaustion: every wrong symbol at each place, every swap of two places, every pair taken for another") func exhaustion() {
        // The sum is linear, so what an error does to it depends on the difference alone, not on the code.
        var random = ReceiptRandom(12)
        for _ in 0..<2000 {
            let (left, right) = ((0..<10).map { _ in UInt8(random.next() & 31) }, (0..<10).map { _ in UInt8(random.next() & 31) })
            #expect(syndrome(zip(left, right).map { $0 ^ $1 }) == syndrome(left) ^ syndrome(right))
        }
        var (single, swaps, twins) = (0, 0, 0)
        for place in 0..<10 {
            for difference in 1..<32 as Range<UInt8> {
                var values = [UInt8](repeating: 0, count: 10)
                values[place] = difference
                #expect(syndrome(values) == CodeSymbols.product(CodeSymbols.power(9 - place), difference))
                if syndrome(values) != 0 { single += 1 }
            }
            for other in place + 1..<10 {
                for first in 0..<32 as Range<UInt8> {
                    for second in 0..<32 as Range<UInt8> where first != second {
                        var values = [UInt8](repeating: 0, count: 10)
                        (values[place], values[other]) = (first, second)
                        var swapped = values
                        swapped.swapAt(place, other)
                        if syndrome(values) != syndrome(swapped) { swaps += 1 }
                        // aa for bb
                        let (a, b) = (first, second)
                        var (before, after) = ([UInt8](repeating: 0, count: 10), [UInt8](repeating: 0, count: 10))
                        (before[place], before[other], after[place], after[other]) = (a, a, b, b)
                        if syndrome(before) != syndrome(after) { twins += 1 }
                    }
                }
            }
        }
        #expect(single == 10 * 31 && swaps == 45 * 32 * 31 && twins == 45 * 32 * 31)
    }

    @Test("The same in 200 codes as they are typed: no slip of one finger is a code") func slips() {
        var count = 0
        for code in Self.codes(200) {
            let right = Array(code.text.utf8)
            #expect(error(code.grouped.lowercased()) == nil)
            for place in right.indices {
                for symbol in CodeSymbols.alphabet where symbol != right[place] {
                    var wrong = right
                    wrong[place] = symbol
                    count += 1
                    if error(String(decoding: wrong, as: UTF8.self)) != .checkSymbolWrong { Issue.record("\(code.text) \(place)") }
                }
                guard place + 1 < right.count, right[place] != right[place + 1] else { continue }
                var wrong = right
                wrong.swapAt(place, place + 1)
                count += 1
                if error(String(decoding: wrong, as: UTF8.self)) != .checkSymbolWrong { Issue.record("\(code.text) swap \(place)") }
            }
        }
        #expect(count > 200 * 310)
    }

    // MARK: Typing

    @Test(
        "MOB-5: typed with or without spaces and hyphens, lower or upper case, O/0 and I/L/1 forgiven",
        arguments: ["%", "% ", " % ", "-%-"])
    func forgiven(form: String) throws {
        let code = try #require(Self.codes(4000).first { $0.text.contains("0") && $0.text.contains("1") })
        for text in [
            code.text, code.grouped, code.text.lowercased(), code.text.replacing("0", with: "O"), code.text.replacing("0", with: "o"),
            code.text.replacing("1", with: "I"), code.text.replacing("1", with: "L"), code.grouped.replacing("1", with: "l").replacing("0", with: "o"),
            code.text.map { "\($0) " }.joined(), code.text.map { "\($0)-" }.joined(),
        ] {
            #expect(try VerificationCode(typed: form.replacing("%", with: text)) == code)
        }
        #expect(code.grouped.count == 11 && code.text.count == 10)
    }

    @Test("MOB-5: what can't be a code, 100 kB of it too, and letters that only look like ours") func noCode() {
        let text = VerificationCode(serial: 345, mac: 12_345_678_901).text
        for (typed, expected) in [
            ("", .wrongLength), ("-----", .wrongLength), (String(text.dropLast()), .wrongLength), (text + "0", .wrongLength),
            (String(repeating: "0", count: 100_000), .wrongLength), (String(repeating: " ", count: 100_000), .wrongLength),
            ("U" + text.dropFirst(), .unknownSymbol), ("*" + text.dropFirst(), .unknownSymbol), ("." + text, .unknownSymbol),
            // Full-width digit, Cyrillic А, a no-break space, a right-to-left mark.
            ("０" + text.dropFirst(), .unknownSymbol), ("А" + text.dropFirst(), .unknownSymbol), (text + "\u{A0}", .unknownSymbol),
            ("\u{200F}" + text, .unknownSymbol),
        ] as [(String, VerificationCode.TypingError)] {
            #expect(error(typed) == expected, "\(typed.prefix(20))")
        }
        #expect(error("0000000000") == nil)
    }

    // MARK: Serials

    @Test("A serial is given again only after the window, whatever the clock does") func serials() throws {
        var serials = CodeSerials(window: 20, first: 1000)
        var last: [UInt16: Int64] = [:]
        var random = ReceiptRandom(13)
        // The latest that the clock has shown counts.
        var (minute, latest, refused) = (Int64(1_000_000), Int64(0), 0)
        for _ in 0..<20_000 {
            // Bursts, pauses, and a clock that is set back.
            if random.next() % 40 == 0 { minute += Int64(random.next() % 4) }
            if random.next() % 5000 == 0 { minute -= 30 }
            latest = max(latest, minute)
            guard let serial = serials.allocate(minute: minute) else {
                refused += 1
                minute += 1
                continue
            }
            if let before = last[serial] { #expect(latest - before >= 20) }
            last[serial] = latest
        }
        #expect(refused > 0 && last.count == 1024)
        // Durable as it is.
        let stored = try JSONDecoder().decode(CodeSerials.self, from: JSONEncoder().encode(serials))
        #expect(stored == serials)
    }

    @Test("1,024 payments within the window use the serials up; the next has to wait for its end, to the minute") func exhausted() {
        var serials = CodeSerials(window: 20)
        var seen: Set<UInt16> = []
        for _ in 0..<1024 { seen.insert(serials.allocate(minute: 100)!) }
        #expect(seen.count == 1024)
        #expect(serials.allocate(minute: 119) == nil)
        #expect(serials.allocate(minute: 99) == nil)
        #expect(serials.allocate(minute: 120) == 0)
        // In turn: the others of minute 100 are free too now.
        #expect(serials.allocate(minute: 120) == 1)
    }
}
