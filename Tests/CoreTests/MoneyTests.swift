import Core
import Foundation
import Testing

@Suite("Money: checked, in minor units")
struct MoneyTests {
    @Test("Decimal text both ways", arguments: [
        ("95", Currency.sek, Int64(9500), "95.00"), ("95.5", .sek, 9550, "95.50"), ("95.05", .eur, 9505, "95.05"),
        ("0", .sek, 0, "0.00"), ("0.01", .sek, 1, "0.01"), ("007", .sek, 700, "7.00"), ("12", .jpy, 12, "12"),
        ("1.234", .kwd, 1234, "1.234"), ("1", .kwd, 1000, "1.000"), ("99999999999", .sek, 9_999_999_999_900, "99999999999.00"),
    ])
    func decimal(text: String, currency: Currency, minorUnits: Int64, printed: String) throws {
        let money = try Money(decimal: text, currency: currency)
        #expect(money == Money(minorUnits: minorUnits, currency: currency))
        #expect(money.decimal == printed)
        #expect(money.description == "\(printed) \(currency.code)")
    }

    @Test("Text that is no amount", arguments: [
        "", ".", "1.", ".5", "1.234", "-1", "+1", " 1", "1,0", "1.0.0", "1e3", "999999999999", "١", "1 000",
    ])
    func malformed(text: String) {
        #expect(throws: MoneyError.malformedField) { try Money(decimal: text, currency: .sek) }
    }

    @Test("A yen has no minor unit")
    func noMinorUnit() {
        #expect(throws: MoneyError.malformedField) { try Money(decimal: "1.0", currency: .jpy) }
    }

    @Test("Negative amounts and the extremes print")
    func extremes() {
        #expect(Money(minorUnits: -5, currency: .sek).decimal == "-0.05")
        #expect(Money(minorUnits: -500, currency: .jpy).decimal == "-500")
        #expect(Money(minorUnits: .min, currency: .sek).decimal == "-92233720368547758.08")
        #expect(Money(minorUnits: .max, currency: .sek).decimal == "92233720368547758.07")
    }

    @Test("Arithmetic throws instead of wrapping, and never mixes currencies")
    func arithmetic() throws {
        let one = Money(minorUnits: 1, currency: .sek)
        #expect(try one.adding(one).minorUnits == 2)
        #expect(try one.subtracting(one) == .zero(.sek))
        #expect(try !one.isAtMost(.zero(.sek)))
        #expect(try one.isAtMost(one))
        #expect(one.isPositive && !one.isNegative && !Money.zero(.sek).isPositive)
        #expect(throws: MoneyError.overflow) { try Money(minorUnits: .max, currency: .sek).adding(one) }
        #expect(throws: MoneyError.overflow) { try Money(minorUnits: .min, currency: .sek).subtracting(one) }
        #expect(throws: MoneyError.currencyMismatch) { try one.adding(.zero(.eur)) }
        #expect(throws: MoneyError.currencyMismatch) { try one.isAtMost(.zero(.eur)) }
    }

    @Test("ISO 4217: code and number name the same currency; unknown ones are nil")
    func currencies() {
        for currency in Currency.known {
            #expect(Currency(code: currency.code.lowercased()) == currency)
            #expect(Currency(numeric: currency.numeric) == currency)
        }
        #expect(Set(Currency.known.map(\.numeric)).count == Currency.known.count)
        #expect(Currency(code: "XXX") == nil)
        #expect(Currency(numeric: 999) == nil)
    }

    @Test("Codable")
    func codable() throws {
        let money = Money(minorUnits: -9500, currency: .sek)
        #expect(try JSONDecoder().decode(Money.self, from: JSONEncoder().encode(money)) == money)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(Money.self, from: Data(#"{"minorUnits":1,"currency":"QQQ"}"#.utf8))
        }
    }
}
