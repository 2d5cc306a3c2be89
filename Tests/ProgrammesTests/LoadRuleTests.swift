import Core
import Foundation
import Testing

@testable import Programmes

private func eur(_ cents: Int64) -> Money { Money(minorUnits: cents, currency: .eur) }

private let helsinki = TimeZone(identifier: "Europe/Helsinki") ?? .gmt

private func instant(_ text: String) -> UTCInstant {
    let date = try? Date(text, strategy: .iso8601)
    return UTCInstant(milliseconds: Int64((date?.timeIntervalSince1970 ?? 0) * 1000))
}

private func day(_ text: String) -> CivilDate { CivilDate(text) ?? CivilDate(daysSince1970: 0) }

private let loadTOML = "minimum = \"20.00\"\nper_day = \"1000.00\"\nper_year = \"20000.00\""
private let redemptionTOML = "fee = \"5.00\"\nminimum = \"5.00\""

private func loadRules(_ toml: String = loadTOML) throws(TOMLFileError) -> LoadRules {
    try LoadRules(try TOMLFileTable(toml: toml, file: "load.toml"), currency: .eur)
}

private func redemptionRules(_ toml: String = redemptionTOML) throws(TOMLFileError) -> RedemptionRules {
    try RedemptionRules(try TOMLFileTable(toml: toml, file: "redemption.toml"), currency: .eur)
}

@Suite("Loading and redeeming own money")
struct LoadRuleTests {
    /// 2026-11-21 12:00 in Helsinki.
    private static let noon = instant("2026-11-21T10:00:00Z")

    @Test(
        "WAL-5: at least 20.00, at most 1,000.00 a day and 20,000.00 a year",
        arguments: [
            (1999, 0, 0, .loadBelowMinimum), (2000, 0, 0, nil), (2001, 0, 0, nil),
            (0, 0, 0, .loadBelowMinimum), (-2000, 0, 0, .loadBelowMinimum),
            (99_999, 0, 0, nil), (100_000, 0, 0, nil), (100_001, 0, 0, .loadDayExceeded),
            (2000, 97_999, 97_999, nil), (2000, 98_000, 98_000, nil), (2000, 98_001, 98_001, .loadDayExceeded),
            (2000, 0, 1_998_000, nil), (2000, 0, 1_998_001, .loadYearExceeded), (2000, 0, 1_997_999, nil),
            (Int64.max, 1, 1, .loadDayExceeded),
        ] as [(Int64, Int64, Int64, Reason?)])
    func limits(amount: Int64, onDay: Int64, inYear: Int64, reason: Reason?) throws {
        let tally = LoadTally(day: day("2026-11-21"), onDay: eur(onDay), inYear: eur(inYear))
        let verdict = try loadRules().load(eur(amount), tally: tally, now: Self.noon, zone: helsinki)
        #expect(verdict.ruling.refusal?.reason == reason)
        #expect(verdict.ruling.refusal.map { $0.rule } == (reason == nil ? nil : "WAL-5"))
        let expected =
            reason == nil ? LoadTally(day: tally.day, onDay: eur(onDay + amount), inYear: eur(inYear + amount)) : tally
        #expect(verdict.tally == expected)
    }

    @Test(
        "WAL-5: days and years turn at midnight in Helsinki, to the millisecond",
        arguments: [
            // The tally is full for 30 Nov.; midnight is at 22:00 UTC.
            ("2026-11-30", 100_000, 100_000, "2026-11-30T22:00:00Z", -1, .loadDayExceeded),
            ("2026-11-30", 100_000, 100_000, "2026-11-30T22:00:00Z", 0, nil),
            // The year is full.
            ("2026-12-30", 0, 2_000_000, "2026-12-31T22:00:00Z", -1, .loadYearExceeded),
            ("2026-12-30", 0, 2_000_000, "2026-12-31T22:00:00Z", 0, nil),
            // Summer time: 21:00 UTC.
            ("2026-06-30", 100_000, 100_000, "2026-06-30T21:00:00Z", -1, .loadDayExceeded),
            ("2026-06-30", 100_000, 100_000, "2026-06-30T21:00:00Z", 0, nil),
            // A clock that is set back gives nothing again.
            ("2026-11-30", 100_000, 100_000, "2026-11-29T12:00:00Z", 0, .loadDayExceeded),
            ("2026-01-01", 0, 2_000_000, "2025-12-31T12:00:00Z", 0, .loadYearExceeded),
        ] as [(String, Int64, Int64, String, Int64, Reason?)])
    func midnight(
        tallied: String, onDay: Int64, inYear: Int64, now: String, milliseconds: Int64, reason: Reason?
    ) throws {
        let tally = LoadTally(day: day(tallied), onDay: eur(onDay), inYear: eur(inYear))
        let verdict = try loadRules().load(
            eur(2000), tally: tally, now: instant(now).advanced(byMilliseconds: milliseconds), zone: helsinki)
        #expect(verdict.ruling.refusal?.reason == reason)
    }

    @Test("WAL-5: a new day of the same year keeps the year's sum, a new year starts both anew")
    func rolled() throws {
        var tally = LoadTally(day: day("2026-12-30"), currency: .eur)
        for (now, onDay, inYear) in [
            ("2026-12-30T10:00:00Z", 5000, 5000), ("2026-12-30T11:00:00Z", 10_000, 10_000),
            ("2026-12-31T10:00:00Z", 5000, 15_000), ("2027-01-01T10:00:00Z", 5000, 5000),
        ] as [(String, Int64, Int64)] {
            tally = try loadRules().load(eur(5000), tally: tally, now: instant(now), zone: helsinki).tally
            #expect(tally.onDay == eur(onDay))
            #expect(tally.inYear == eur(inYear))
        }
        #expect(tally.day == day("2027-01-01"))
    }

    @Test("WAL-5, WAL-7: another currency is refused")
    func currency() throws {
        let sek = Money(minorUnits: 5000, currency: .sek)
        let tally = LoadTally(day: day("2026-11-21"), currency: .eur)
        #expect(
            try loadRules().load(sek, tally: tally, now: Self.noon, zone: helsinki).ruling.refusal?.reason
                == .currencyNotAccepted)
        let other = LoadTally(day: day("2026-11-21"), currency: .sek)
        #expect(
            try loadRules().load(eur(5000), tally: other, now: Self.noon, zone: helsinki).ruling.refusal?.reason
                == .currencyNotAccepted)
        #expect(try redemptionRules().redeem(sek, ownMoney: eur(9000)).ruling.refusal?.reason == .currencyNotAccepted)
        #expect(try redemptionRules().redeem(eur(5000), ownMoney: sek).ruling.refusal?.reason == .currencyNotAccepted)
    }

    @Test(
        "WAL-7: the fee is part of the amount; below 5.00 nothing is executed, 5.00 pays 0.00 out",
        arguments: [
            (499, 9000, nil, .redemptionBelowMinimum), (500, 9000, 0, nil), (501, 9000, 1, nil), (1200, 9000, 700, nil),
            (9000, 9000, 8500, nil), (9001, 9000, nil, .insufficientFunds), (8999, 9000, 8499, nil),
            (0, 9000, nil, .redemptionBelowMinimum), (-500, 9000, nil, .redemptionBelowMinimum),
            (Int64.min, 9000, nil, .redemptionBelowMinimum), (500, 499, nil, .insufficientFunds), (500, 500, 0, nil),
        ] as [(Int64, Int64, Int64?, Reason?)])
    func redemption(amount: Int64, ownMoney: Int64, paidOut: Int64?, reason: Reason?) throws {
        let verdict = try redemptionRules().redeem(eur(amount), ownMoney: eur(ownMoney))
        #expect(verdict.ruling.refusal?.reason == reason)
        #expect(verdict.paidOut == eur(paidOut ?? 0))
        #expect(verdict.fee == eur(paidOut == nil ? 0 : 500))
        #expect(verdict.taken == eur(paidOut == nil ? 0 : amount))
        #expect(verdict.taken.minorUnits == verdict.fee.minorUnits + verdict.paidOut.minorUnits)
        if reason == .redemptionBelowMinimum { #expect(verdict.ruling.refusal?.rule == "WAL-7") }
    }

    @Test(
        "WAL-5: what is wrong in [load] is named by its field",
        arguments: [
            ("minimum = \"20.00\"", "minimum = 20", "minimum"),
            ("minimum = \"20.00\"", "minimum = \"0.00\"", "minimum"),
            ("per_day = \"1000.00\"", "per_day = \"19.99\"", "per_day"),
            ("per_year = \"20000.00\"", "per_year = \"999.99\"", "per_year"),
            ("per_year", "per_yaer", "per_year"), ("per_day = ", "per_week = \"1.00\"\nper_day = ", "per_week"),
        ])
    func wrongLoadFile(from: String, to: String, field: String) {
        let error = #expect(throws: TOMLFileError.self) { try loadRules(loadTOML.replacing(from, with: to)) }
        #expect(error?.field == field)
    }

    @Test(
        "WAL-7: what is wrong in [redemption] is named by its field",
        arguments: [
            ("fee = \"5.00\"", "fee = \"5.01\"", "fee"), ("fee = \"5.00\"", "fee = 5.0", "fee"),
            ("minimum = \"5.00\"", "minimum = \"0\"", "minimum"), ("minimum", "maximum", "minimum"),
        ])
    func wrongRedemptionFile(from: String, to: String, field: String) {
        let error = #expect(throws: TOMLFileError.self) {
            try redemptionRules(redemptionTOML.replacing(from, with: to))
        }
        #expect(error?.field == field)
    }

    @Test("WAL: the shipped wallet's tables are read")
    func shipped() throws {
        let bytes = try #require(Programme.shippedFiles.first { $0.name == "epassi-wallet.toml" }?.bytes)
        let root = try TOMLFileTable(toml: String(decoding: bytes, as: UTF8.self), file: "epassi-wallet.toml")
        #expect(try LoadRules(root.table("load"), currency: .eur) == loadRules())
        #expect(try RedemptionRules(root.table("redemption"), currency: .eur) == redemptionRules())
    }
}
