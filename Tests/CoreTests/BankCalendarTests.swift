import Core
import Foundation
import Testing

@Suite("Days counted")
struct CivilDateArithmeticTests {
    @Test("Days since 1970 and back, each day of years 1 to 9999")
    func roundTrip() {
        for day in Int64(-719_162)...2_932_896 where CivilDate(daysSince1970: day).daysSince1970 != day {
            Issue.record("day \(day)")
            return
        }
    }

    @Test("Leap days, year ends and the ends of time", arguments: [
        ("2024-02-28", 1, "2024-02-29"), ("2024-02-29", 1, "2024-03-01"), ("2023-02-28", 1, "2023-03-01"),
        ("1900-02-28", 1, "1900-03-01"), ("2000-02-28", 1, "2000-02-29"), ("2026-12-31", 1, "2027-01-01"),
        ("2027-01-01", -1, "2026-12-31"), ("2026-01-01", 365, "2027-01-01"), ("2026-06-01", 0, "2026-06-01"),
        ("9999-12-31", 1, "9999-12-31"), ("0001-01-01", -1, "0001-01-01"), ("2026-01-01", .max, "9999-12-31"),
        ("2026-01-01", .min, "0001-01-01"), ("1960-01-01", .min, "0001-01-01"),
    ])
    func adding(date: String, days: Int, result: String) throws {
        let date = try #require(CivilDate(date))
        let moved = date.adding(days: days)
        #expect(moved.description == result)
        if abs(Double(days)) < 1000, moved.year > 1, moved.year < 9999 { #expect(date.days(until: moved) == days) }
    }

    @Test("Weekdays", arguments: [
        ("1970-01-01", Weekday.thursday), ("2026-11-21", .saturday), ("2024-02-29", .thursday), ("2000-01-01", .saturday),
        ("0001-01-01", .monday), ("9999-12-31", .friday), ("1969-12-28", .sunday), ("2026-03-30", .monday),
    ])
    func weekday(date: String, weekday: Weekday) throws {
        #expect(try #require(CivilDate(date)).weekday == weekday)
        #expect((Weekday.monday.rawValue, Weekday.sunday.rawValue) == (1, 7))
    }

    @Test("CARD-6: the last day of the month", arguments: [
        ("2026-11-01", "2026-11-30"), ("2026-11-30", "2026-11-30"), ("2024-02-10", "2024-02-29"), ("2100-02-01", "2100-02-28"),
        ("2026-12-05", "2026-12-31"), ("9999-12-01", "9999-12-31"),
    ])
    func lastDay(date: String, last: String) throws {
        #expect(try #require(CivilDate(date)).lastDayOfMonth.description == last)
    }
}

@Suite("CARD-15: the days on which banks work")
struct BankCalendarTests {
    @Test("Easter Sundays of dateutil.easter", arguments: [
        "1900-04-15", "1913-03-23", "1940-03-24", "1943-04-25", "1954-04-18", "1981-04-19", "1999-04-04", "2000-04-23",
        "2008-03-23", "2011-04-24", "2016-03-27", "2019-04-21", "2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28",
        "2038-04-25", "2049-04-18", "2076-04-19", "2079-04-23", "2095-04-24", "2099-04-12",
    ])
    func easter(date: String) throws {
        let sunday = try #require(CivilDate(date))
        #expect(CivilDate.easter(inYearOf: sunday) == sunday)
        #expect(CivilDate.easter(inYearOf: try #require(CivilDate(year: sunday.year, month: 12, day: 31))) == sunday)
    }

    @Test("Every Easter of 1583 to 9999 is dateutil's, by one number over all of them")
    func everyEaster() throws {
        var digest = 0
        for year in 1583...9999 {
            let march = try #require(CivilDate(year: year, month: 3, day: 1))
            let sunday = CivilDate.easter(inYearOf: march)
            guard sunday.weekday == .sunday else {
                Issue.record("\(sunday)")
                return
            }
            digest = (digest * 31 + march.days(until: sunday)) % 1_000_000_007
        }
        #expect(digest == 799_179_823)
    }

    @Test("A whole year of holidays", arguments: [
        (BankCalendar.finland, 2026, "01-01 01-06 04-03 04-06 05-01 05-14 06-19 12-06 12-24 12-25 12-26"),
        (.finland, 2027, "01-01 01-06 03-26 03-29 05-01 05-06 06-25 12-06 12-24 12-25 12-26"),
        (.finland, 2008, "01-01 01-06 03-21 03-24 05-01 06-20 12-06 12-24 12-25 12-26"),
        (.sweden, 2026, "01-01 01-06 04-03 04-06 05-01 05-14 06-06 06-19 12-24 12-25 12-26 12-31"),
        (.sweden, 2004, "01-01 01-06 04-09 04-12 05-01 05-20 05-31 06-25 12-24 12-25 12-26 12-31"),
        (.sweden, 2005, "01-01 01-06 03-25 03-28 05-01 05-05 06-06 06-24 12-24 12-25 12-26 12-31"),
    ])
    func year(calendar: BankCalendar, year: Int, expected: String) throws {
        var date = try #require(CivilDate(year: year, month: 1, day: 1))
        var found: [String] = []
        while date.year == year {
            if calendar.isHoliday(date) { found.append(String(date.description.dropFirst(5))) }
            #expect(calendar.isBusinessDay(date) == (!calendar.isHoliday(date) && !date.weekday.isWeekend))
            date = date.adding(days: 1)
        }
        #expect(found.joined(separator: " ") == expected)
    }

    @Test("Holidays by name", arguments: [
        (BankCalendar.finland, "2026-12-06", BankHoliday?.some(.independenceDay)), (.sweden, "2026-12-06", nil),
        (.finland, "2026-06-06", nil), (.sweden, "2026-06-06", .nationalDay), (.sweden, "2004-06-06", nil),
        (.sweden, "2026-12-31", .newYearsEve), (.finland, "2026-12-31", nil), (.finland, "2008-05-01", .mayDay),
        (.finland, "2026-06-19", .midsummerEve), (.finland, "2026-06-26", nil), (.finland, "2026-04-05", nil),
        (.sweden, "2026-05-25", nil), (.finland, "2026-04-03", .goodFriday),
    ])
    func name(calendar: BankCalendar, date: String, holiday: BankHoliday?) throws {
        #expect(calendar.holiday(on: try #require(CivilDate(date))) == holiday)
        #expect(holiday?.name.isEmpty != true)
    }

    @Test("The next business day", arguments: [
        (BankCalendar.finland, "2026-11-20", "2026-11-20"), (.finland, "2026-11-21", "2026-11-23"), (.finland, "2026-04-03", "2026-04-07"),
        (.finland, "2026-12-24", "2026-12-28"), (.sweden, "2026-12-31", "2027-01-04"), (.finland, "2026-12-31", "2026-12-31"),
        (.finland, "2027-01-01", "2027-01-04"), (.sweden, "2025-12-24", "2025-12-29"), (.sweden, "9999-12-31", "9999-12-31"),
    ])
    func next(calendar: BankCalendar, date: String, expected: String) throws {
        #expect(calendar.nextBusinessDay(onOrAfter: try #require(CivilDate(date))).description == expected)
    }

    @Test("From every day of two hundred years, a business day comes within five days", arguments: BankCalendar.allCases)
    func within(calendar: BankCalendar) throws {
        for day in try #require(CivilDate("1900-01-01")).daysSince1970..<47_482 {
            let date = CivilDate(daysSince1970: day)
            let next = calendar.nextBusinessDay(onOrAfter: date)
            guard calendar.isBusinessDay(next), (0...5).contains(date.days(until: next)) else {
                Issue.record("\(date)")
                return
            }
        }
    }

    @Test("Countries are stored by their code")
    func codable() throws {
        #expect(try JSONDecoder().decode([BankCalendar].self, from: Data(#"["FI","SE"]"#.utf8)) == [.finland, .sweden])
    }
}
