import Core
import Foundation
import Testing

@Suite("Civil dates against Foundation's calendar")
struct CivilDateTests {
    private static let calendar: Calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar
    }()

    @Test("Every day of 1900 to 2199 is Foundation's")
    func days() {
        for day in Int64(-25_567)..<83_919 {
            let date = CivilDate(daysSince1970: day)
            let parts = Self.calendar.dateComponents(
                [.year, .month, .day], from: Date(timeIntervalSince1970: Double(day) * 86_400))
            guard (date.year, date.month, date.day) == (parts.year ?? 0, parts.month ?? 0, parts.day ?? 0) else {
                Issue.record("day \(day): \(date)")
                return
            }
        }
    }

    @Test("The wall's date in a zone, through both changes of the clock and at the last millisecond", arguments: [
        // UTC milliseconds, zone, date
        (Int64(1_796_075_999_999), "Europe/Stockholm", "2026-11-30"), (1_796_079_599_999, "Europe/Stockholm", "2026-11-30"),
        (1_796_079_600_000, "Europe/Stockholm", "2026-12-01"), (-1, "Etc/UTC", "1969-12-31"), (0, "Etc/UTC", "1970-01-01"),
        (-1, "Europe/Stockholm", "1970-01-01"), (1_796_079_600_000, "America/New_York", "2026-11-30"),
    ])
    func zones(milliseconds: Int64, zone: String, expected: String) throws {
        let zone = try #require(TimeZone(identifier: zone))
        #expect(CivilDate(UTCInstant(milliseconds: milliseconds), in: zone).description == expected)
    }

    @Test("Each hour of two years in Helsinki is Foundation's date")
    func helsinki() throws {
        let zone = try #require(TimeZone(identifier: "Europe/Helsinki"))
        var calendar = Self.calendar
        calendar.timeZone = zone
        for hour in 0..<(2 * 366 * 24) {
            let seconds = 1_767_225_600 + Int64(hour) * 3600
            let date = CivilDate(UTCInstant(milliseconds: seconds * 1000), in: zone)
            let parts = calendar.dateComponents([.year, .month, .day], from: Date(timeIntervalSince1970: Double(seconds)))
            guard (date.year, date.month, date.day) == (parts.year ?? 0, parts.month ?? 0, parts.day ?? 0) else {
                Issue.record("\(seconds): \(date)")
                return
            }
        }
    }

    @Test("Extremes are clamped, never trapped")
    func extremes() {
        #expect(CivilDate(daysSince1970: .min).description == "0001-01-01")
        #expect(CivilDate(daysSince1970: .max).description == "9999-12-31")
        #expect(CivilDate(UTCInstant(milliseconds: .max), in: .gmt).year == 9999)
        #expect(CivilDate(UTCInstant(milliseconds: .min), in: .gmt).year == 1)
    }

    @Test("ISO 8601 text", arguments: [
        ("2026-11-30", true), ("2024-02-29", true), ("2000-02-29", true), ("2026-02-29", false), ("1900-02-29", false),
        ("2026-13-01", false), ("2026-00-01", false), ("2026-01-00", false), ("2026-04-31", false), ("2026-1-01", false),
        ("20261130", false), ("2026-11-30 ", false), ("0000-01-01", false), ("", false), ("-026-11-30", false),
        ("+026-11-30", false), ("2026-+1-30", false), ("２０２６-11-30", false),
    ])
    func text(text: String, isDate: Bool) {
        #expect(CivilDate(text)?.description == (isDate ? text : nil))
    }

    @Test("Order and Codable")
    func order() throws {
        let days = ["2025-12-31", "2026-01-01", "2026-01-31", "2026-02-01"].compactMap { CivilDate($0) }
        #expect(days == days.sorted())
        #expect(try JSONDecoder().decode([CivilDate].self, from: JSONEncoder().encode(days)) == days)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([CivilDate].self, from: Data(#"["2026-02-30"]"#.utf8)) }
    }

    @Test("Instants saturate")
    func instants() {
        let end = UTCInstant(milliseconds: .max)
        let start = UTCInstant(milliseconds: .min)
        #expect(end.advanced(byMilliseconds: 1) == end)
        #expect(start.advanced(byMilliseconds: -1) == start)
        #expect(end.millisecondsSince(start) == .max)
        #expect(start.millisecondsSince(end) == .min)
        #expect(start < end)
    }
}
