import Testing

@testable import Secrets

@Suite("PINs in memory")
struct PINTests {
    private static func appended(_ digits: [UInt8], to buffer: inout PINBuffer) -> [Bool] {
        var taken: [Bool] = []
        for digit in digits { taken.append(buffer.append(digit)) }
        return taken
    }

    private static func digits(_ pin: borrowing PIN) -> [UInt8] { pin.withDigits { Array($0) } }

    @Test("Keys come and go; four to twelve digits are a PIN")
    func buffer() throws {
        var buffer = try PINBuffer()
        buffer.removeLast()
        let taken = Self.appended([1, 2, 3, 4, 5, 10, 0x31], to: &buffer)
        #expect(taken == [true, true, true, true, true, false, false])
        let count = buffer.count
        #expect(count == 5)
        buffer.removeLast()
        guard let pin = buffer.finished() else {
            Issue.record("no PIN")
            return
        }
        let kept = Self.digits(pin)
        #expect(kept == [1, 2, 3, 4])
    }

    @Test("A thirteenth digit is not taken")
    func full() throws {
        var buffer = try PINBuffer()
        let taken = Self.appended([UInt8](repeating: 9, count: 13), to: &buffer)
        #expect(taken == [Bool](repeating: true, count: 12) + [false])
        let full = buffer.count
        buffer.clear()
        let cleared = buffer.count
        #expect(full == 12 && cleared == 0)
        let isNone = buffer.finished() == nil
        #expect(isNone)
    }

    @Test("Three digits are none, and what was removed is gone")
    func short() throws {
        var buffer = try PINBuffer()
        for digit in [1, 2, 3, 4] as [UInt8] { buffer.append(digit) }
        buffer.removeLast()
        let isNone = buffer.finished() == nil
        #expect(isNone)
        for digits in [[], [1, 2, 3], [1, 2, 3, 10], [UInt8](repeating: 1, count: 13)] as [[UInt8]] {
            let isNone = try PIN(digits: digits) == nil
            #expect(isNone)
        }
    }

    @Test("The same digits are the same PIN, and no others", arguments: [
        ([1, 2, 3, 4], true), ([1, 2, 3, 5], false), ([1, 2, 3, 4, 0], false), ([0, 1, 2, 3, 4], false),
    ] as [([UInt8], Bool)])
    func comparison(other: [UInt8], isSame: Bool) throws {
        guard let left = try PIN(digits: [1, 2, 3, 4] as [UInt8]), let right = try PIN(digits: other) else {
            Issue.record("no PIN")
            return
        }
        let answer = left.isEqualInConstantTime(to: right)
        #expect(answer == isSame)
    }
}
