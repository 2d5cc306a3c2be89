import Core
import Foundation
import Testing

@Suite("Decimal numbers: exact, bounded, never negative")
struct DecimalNumberTests {
    @Test("Text both ways", arguments: [
        ("11.20", Int64(1120), 2, "11.20"), ("2.95", 295, 2, "2.95"), ("0", 0, 0, "0"), ("0.5", 5, 1, "0.5"),
        ("0.000000001", 1, 9, "0.000000001"), ("007.0", 70, 1, "7.0"), ("100", 100, 0, "100"),
        ("999999999.999999999", 999_999_999_999_999_999, 9, "999999999.999999999"),
        ("999999999999999999", 999_999_999_999_999_999, 0, "999999999999999999"),
    ])
    func text(text: String, mantissa: Int64, scale: Int, printed: String) throws {
        let number = try DecimalNumber(text)
        #expect((number.mantissa, number.scale) == (mantissa, scale))
        #expect(number.description == printed)
        #expect(try JSONDecoder().decode([DecimalNumber].self, from: JSONEncoder().encode([number])) == [number])
    }

    @Test("Text that is no number", arguments: [
        "", ".", "1.", ".5", "-1", "+1", " 1", "1 ", "1,5", "1.0.0", "1e3", "0x1", "١", "1.0000000000", "9999999999999999999",
        "9999999999.999999999", "NaN", "inf", "1_000", String(repeating: "1", count: 100_000),
    ])
    func malformed(text: String) {
        #expect(throws: MoneyError.malformedField) { try DecimalNumber(text) }
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([DecimalNumber].self, from: JSONEncoder().encode([text])) }
    }

    @Test("Equal by value, whatever the zeros")
    func equal() throws {
        #expect(try DecimalNumber("11.20") == DecimalNumber("11.2"))
        #expect(try DecimalNumber("0.00") == DecimalNumber("0"))
        #expect(try DecimalNumber("10") != DecimalNumber("1.0"))
        #expect(try Set([DecimalNumber("1"), DecimalNumber("1.0"), DecimalNumber("01.000")]).count == 1)
    }
}

@Suite("CARD-16: conversion, percentages and the one rounding")
struct MoneyArithmeticTests {
    @Test("Half up on the magnitude", arguments: [
        (5, 2, Int64(3)), (-5, 2, -3), (4, 3, 1), (-4, 3, -1), (3, 2, 2), (1, 3, 0), (-1, 2, -1), (-1, 3, 0), (0, 7, 0),
        (Int64.max, 1, .max), (.min, 1, .min), (.max, 2, 4_611_686_018_427_387_904), (.min, 2, -4_611_686_018_427_387_904),
    ] as [(Int64, UInt64, Int64)])
    func halfUp(numerator: Int64, denominator: UInt64, result: Int64) throws {
        #expect(try Rounding.halfUp(numerator: numerator.multipliedFullWidth(by: 1), denominator: denominator) == result)
    }

    @Test("The full width, up to the ends and past them")
    func fullWidth() throws {
        let square = Int64.max.multipliedFullWidth(by: .max)
        #expect(try Rounding.halfUp(numerator: square, denominator: UInt64(Int64.max)) == .max)
        #expect(try Rounding.halfUp(numerator: Int64.min.multipliedFullWidth(by: .max), denominator: UInt64(Int64.max)) == .min)
        // (2⁶³ − 1)·2 + 1 halved is 2⁶³ − ½, and rounds up out of the range; the same below zero is just in it.
        #expect(throws: MoneyError.overflow) { try Rounding.halfUp(numerator: (0, .max), denominator: 2) }
        #expect(try Rounding.halfUp(numerator: (-1, 1), denominator: 2) == .min)
        #expect(throws: MoneyError.overflow) { try Rounding.halfUp(numerator: square, denominator: 1) }
        #expect(throws: MoneyError.overflow) { try Rounding.halfUp(numerator: (.min, 0), denominator: .max) }
        #expect(throws: MoneyError.overflow) { try Rounding.halfUp(numerator: (0, .max), denominator: 1) }
        #expect(throws: MoneyError.overflow) { try Rounding.halfUp(numerator: (0, 1), denominator: 0) }
        #expect(throws: MoneyError.overflow) { try Rounding.halfUp(numerator: (0, 0), denominator: 0) }
    }

    @Test("Half up is Int128's, on random numerators")
    func oracle() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let left = Int64.random(in: .min ... .max, using: &generator) >> Int64.random(in: 0...62, using: &generator)
            let right = Int64.random(in: .min ... .max, using: &generator) >> Int64.random(in: 0...62, using: &generator)
            let denominator = UInt64.random(in: 1 ... .max, using: &generator) >> UInt64.random(in: 0...62, using: &generator)
            guard denominator > 0 else { continue }
            let product = Int128(left) * Int128(right)
            let magnitude = (product.magnitude * 2 + UInt128(denominator)) / (2 * UInt128(denominator))
            let expected = Int64(exactly: product < 0 ? -Int128(magnitude) : Int128(magnitude))
            let found = try? Rounding.halfUp(numerator: left.multipliedFullWidth(by: right), denominator: denominator)
            guard found == expected else {
                Issue.record("\(left) × \(right) / \(denominator)")
                return
            }
        }
    }

    @Test("At a rate, with both currencies' decimal places", arguments: [
        ("10.00", Currency.eur, "11.20", Currency.sek, "112.00"), ("0.01", .eur, "11.20", .sek, "0.11"),
        ("1", .jpy, "0.0061", .eur, "0.01"), ("100", .jpy, "0.06125", .sek, "6.13"), ("1.00", .eur, "163.5", .jpy, "164"),
        ("1.00", .eur, "163.499999999", .jpy, "163"), ("1.000", .kwd, "3.0005", .eur, "3.00"), ("1.000", .kwd, "3.005", .eur, "3.01"),
        ("7", .isk, "0.00205", .kwd, "0.014"), ("5.00", .eur, "0", .sek, "0.00"), ("0", .eur, "999999999999999999", .sek, "0.00"),
        ("1", .jpy, "1", .kwd, "1.000"), ("12.34", .sek, "1", .sek, "12.34"),
    ])
    func converted(amount: String, from: Currency, rate: String, to: Currency, result: String) throws {
        let money = try Money(decimal: amount, currency: from).converted(at: DecimalNumber(rate), to: to)
        #expect(money.decimal == result && money.currency == to)
    }

    @Test("Percentages, ties and refunds", arguments: [
        (Int64(11_200), "2.95", Int64(330)), (-11_200, "2.95", -330), (100, "0.5", 1), (-100, "0.5", -1), (100, "0.49", 0),
        (10_000, "100", 10_000), (1, "49.999999999", 0), (1, "50", 1), (0, "2.95", 0), (.max, "100", .max), (.min, "100", .min),
        (.max, "0", 0),
    ])
    func percent(units: Int64, percentage: String, result: Int64) throws {
        let share = try Money(minorUnits: units, currency: .sek).percent(DecimalNumber(percentage))
        #expect(share == Money(minorUnits: result, currency: .sek))
    }

    @Test("10.00 EUR at 11.20 and 2.95 % cost 115.30 SEK")
    func example() throws {
        let converted = try Money(decimal: "10.00", currency: .eur).converted(at: DecimalNumber("11.20"), to: .sek)
        let fee = try converted.percent(DecimalNumber("2.95"))
        #expect(fee.decimal == "3.30")
        #expect(try converted.adding(fee).description == "115.30 SEK")
    }

    @Test("What does not fit is thrown", arguments: [Int64.max, .min])
    func overflow(units: Int64) throws {
        let money = Money(minorUnits: units, currency: .jpy)
        #expect(throws: MoneyError.overflow) { try money.percent(DecimalNumber("100.000001")) }
        #expect(throws: MoneyError.overflow) { try money.converted(at: DecimalNumber("1"), to: .kwd) }
        #expect(throws: MoneyError.overflow) { try money.converted(at: DecimalNumber("999999999999999999"), to: .kwd) }
    }

    @Test("Sums, the smaller one, inclusive limits")
    func helpers() throws {
        let (one, two) = (Money(minorUnits: 1, currency: .sek), Money(minorUnits: 2, currency: .sek))
        #expect(try Money.sum([], currency: .sek) == .zero(.sek))
        #expect(try Money.sum([one, two, two], currency: .sek).minorUnits == 5)
        #expect(try Money.min(two, one) == one && Money.min(one, two) == one)
        #expect(try one.isAtMost(two) && two.isAtMost(two) && !two.isAtMost(one))
        #expect(throws: MoneyError.overflow) { try Money.sum([one, Money(minorUnits: .max, currency: .sek)], currency: .sek) }
        #expect(throws: MoneyError.currencyMismatch) { try Money.sum([one], currency: .eur) }
        #expect(throws: MoneyError.currencyMismatch) { try Money.min(one, .zero(.eur)) }
    }
}
