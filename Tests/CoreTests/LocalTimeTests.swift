import Core
import Foundation
import Testing

/// The tables are Python's: `datetime` and `zoneinfo` over the system's tz database, minute by minute.
@Suite("Local days and times against Python's zoneinfo")
struct LocalTimeTests {
    static let days: [(zone: String, date: String, start: Int64, last: Int64)] = [
        // zone, date, first and last millisecond, length
        ("Europe/Helsinki", "2026-03-28", 1_774_648_800_000, 1_774_735_199_999),  // 24 h
        ("Europe/Helsinki", "2026-03-29", 1_774_735_200_000, 1_774_817_999_999),  // 23 h
        ("Europe/Helsinki", "2026-03-30", 1_774_818_000_000, 1_774_904_399_999),  // 24 h
        ("Europe/Helsinki", "2026-10-24", 1_792_789_200_000, 1_792_875_599_999),  // 24 h
        ("Europe/Helsinki", "2026-10-25", 1_792_875_600_000, 1_792_965_599_999),  // 25 h
        ("Europe/Helsinki", "2026-10-26", 1_792_965_600_000, 1_793_051_999_999),  // 24 h
        ("Europe/Helsinki", "2024-02-29", 1_709_157_600_000, 1_709_243_999_999),  // 24 h
        ("Europe/Helsinki", "2026-12-31", 1_798_668_000_000, 1_798_754_399_999),  // 24 h
        ("Europe/Stockholm", "2026-03-29", 1_774_738_800_000, 1_774_821_599_999),  // 23 h
        ("Europe/Stockholm", "2026-10-25", 1_792_879_200_000, 1_792_969_199_999),  // 25 h
        ("Europe/Stockholm", "2026-11-30", 1_795_993_200_000, 1_796_079_599_999),  // 24 h
        ("Europe/Stockholm", "2026-12-31", 1_798_671_600_000, 1_798_757_999_999),  // 24 h
        ("Europe/Stockholm", "2027-01-01", 1_798_758_000_000, 1_798_844_399_999),  // 24 h
        ("America/Sao_Paulo", "2018-11-03", 1_541_214_000_000, 1_541_300_399_999),  // 24 h
        ("America/Sao_Paulo", "2018-11-04", 1_541_300_400_000, 1_541_383_199_999),  // 23 h
        ("America/Sao_Paulo", "2018-11-05", 1_541_383_200_000, 1_541_469_599_999),  // 24 h
        ("America/Sao_Paulo", "2018-02-16", 1_518_746_400_000, 1_518_832_799_999),  // 24 h
        ("America/Sao_Paulo", "2018-02-17", 1_518_832_800_000, 1_518_922_799_999),  // 25 h
        ("America/Sao_Paulo", "2018-02-18", 1_518_922_800_000, 1_519_009_199_999),  // 24 h
        ("Africa/Cairo", "2014-05-15", 1_400_104_800_000, 1_400_191_199_999),  // 24 h
        ("Africa/Cairo", "2014-05-16", 1_400_191_200_000, 1_400_273_999_999),  // 23 h
        ("Africa/Cairo", "2014-09-25", 1_411_592_400_000, 1_411_682_399_999),  // 25 h
        ("Africa/Cairo", "2014-09-26", 1_411_682_400_000, 1_411_768_799_999),  // 24 h
        ("America/St_Johns", "2007-11-03", 1_194_057_000_000, 1_194_146_999_999),  // 25 h
        ("America/St_Johns", "2007-11-04", 1_194_143_400_000, 1_194_233_399_999),  // 25 h
        ("America/St_Johns", "2007-03-11", 1_173_583_800_000, 1_173_666_599_999),  // 23 h
        ("America/Havana", "2019-03-10", 1_552_194_000_000, 1_552_276_799_999),  // 23 h
        ("America/Havana", "2019-11-03", 1_572_753_600_000, 1_572_843_599_999),  // 25 h
        ("Asia/Beirut", "2022-03-26", 1_648_245_600_000, 1_648_331_999_999),  // 24 h
        ("Asia/Beirut", "2022-03-27", 1_648_332_000_000, 1_648_414_799_999),  // 23 h
        ("Pacific/Apia", "2011-12-29", 1_325_152_800_000, 1_325_239_199_999),  // 24 h
        ("Pacific/Apia", "2011-12-30", 1_325_239_200_000, 1_325_239_199_999),  // 0 h
        ("Pacific/Apia", "2011-12-31", 1_325_239_200_000, 1_325_325_599_999),  // 24 h
        ("Australia/Lord_Howe", "2025-04-06", 1_743_858_000_000, 1_743_946_199_999),  // 24.5 h
        ("Australia/Lord_Howe", "2025-10-05", 1_759_584_600_000, 1_759_669_199_999),  // 23.5 h
        ("Pacific/Kiritimati", "2026-01-01", 1_767_175_200_000, 1_767_261_599_999),  // 24 h
        ("Pacific/Pago_Pago", "2026-01-01", 1_767_265_200_000, 1_767_351_599_999),  // 24 h
        ("Asia/Kathmandu", "2026-06-01", 1_780_251_300_000, 1_780_337_699_999),  // 24 h
    ]

    @Test("First instant and last millisecond of a day, through gaps and overlaps", arguments: days.indices)
    func day(_ row: Int) throws {
        let row = Self.days[row]
        let zone = try #require(TimeZone(identifier: row.zone))
        let date = try #require(CivilDate(row.date))
        #expect(UTCInstant(startOf: date, in: zone) == UTCInstant(milliseconds: row.start), "\(row)")
        #expect(UTCInstant(lastOf: date, in: zone) == UTCInstant(milliseconds: row.last), "\(row)")
    }

    @Test("The wall's date and time either side of a change of the clock", arguments: [
        (1_774_745_999_999, "Europe/Helsinki", "2026-03-29", "02:59:59.999"),
        (1_774_746_000_000, "Europe/Helsinki", "2026-03-29", "04:00:00"),
        (1_792_889_999_999, "Europe/Helsinki", "2026-10-25", "03:59:59.999"),
        (1_792_890_000_000, "Europe/Helsinki", "2026-10-25", "03:00:00"),
        (1_774_745_999_999, "Europe/Stockholm", "2026-03-29", "01:59:59.999"),
        (1_774_746_000_000, "Europe/Stockholm", "2026-03-29", "03:00:00"),
        (1_792_889_999_999, "Europe/Stockholm", "2026-10-25", "02:59:59.999"),
        (1_792_890_000_000, "Europe/Stockholm", "2026-10-25", "02:00:00"),
        (1_541_300_399_999, "America/Sao_Paulo", "2018-11-03", "23:59:59.999"),
        (1_541_300_400_000, "America/Sao_Paulo", "2018-11-04", "01:00:00"),
        (0, "Etc/UTC", "1970-01-01", "00:00:00"), (-1, "Etc/UTC", "1969-12-31", "23:59:59.999"),
        (1_796_079_599_999, "Europe/Stockholm", "2026-11-30", "23:59:59.999"),
    ] as [(Int64, String, String, String)])
    func wall(milliseconds: Int64, zone: String, date: String, time: String) throws {
        let zone = try #require(TimeZone(identifier: zone))
        let shown = UTCInstant(milliseconds: milliseconds).clockTime(in: zone)
        #expect(shown.date == CivilDate(date) && shown.time == ClockTime(time))
    }

    @Test("Each day of forty years begins and ends on its own date, and the next begins after it", arguments: [
        "Europe/Helsinki", "Europe/Stockholm",
    ])
    func contiguous(zone: String) throws {
        let zone = try #require(TimeZone(identifier: zone))
        var date = try #require(CivilDate("2000-01-01"))
        var start = UTCInstant(startOf: date, in: zone)
        while date.year < 2040 {
            let next = date.adding(days: 1)
            let nextStart = UTCInstant(startOf: next, in: zone)
            let last = UTCInstant(lastOf: date, in: zone)
            guard CivilDate(start, in: zone) == date, CivilDate(last, in: zone) == date,
                nextStart.millisecondsSince(last) == 1
            else {
                Issue.record("\(date)")
                return
            }
            (date, start) = (next, nextStart)
        }
    }

    @Test("The ends of time are clamped, never trapped", arguments: ["Europe/Helsinki", "Pacific/Apia", "Etc/UTC"])
    func extremes(zone: String) throws {
        let zone = try #require(TimeZone(identifier: zone))
        #expect(UTCInstant(milliseconds: .max).clockTime(in: zone).date.year == 9999)
        #expect(UTCInstant(milliseconds: .min).clockTime(in: zone).date.year == 1)
        for text in ["0001-01-01", "9999-12-31"] {
            let date = try #require(CivilDate(text))
            #expect(UTCInstant(startOf: date, in: zone) < UTCInstant(lastOf: date, in: zone))
        }
    }
}

@Suite("Times of day")
struct ClockTimeTests {
    @Test("Text both ways", arguments: [
        ("16:00", "16:00:00"), ("16:00:00", "16:00:00"), ("00:00", "00:00:00"), ("23:59:59", "23:59:59"),
        ("23:59:59.999", "23:59:59.999"), ("09:05:07.010", "09:05:07.010"), ("16:00:00.000", "16:00:00"),
    ])
    func text(text: String, printed: String) throws {
        let time = try #require(ClockTime(text))
        #expect(time.description == printed)
        #expect(ClockTime(printed) == time && ClockTime(millisecondOfDay: time.millisecondOfDay) == time)
    }

    @Test("Text that is no time", arguments: [
        "", "16", "16:", "1:00", "16:0", "24:00", "16:60", "16:00:60", "+6:00", "-1:00", "16:00:00.1", "16:00.000", "16:00:00.",
        "16:00:00:00", ":16:00", " 16:00", "16.00", "１６:00", "16:00:00.0000", ".", ":", "::",
    ])
    func malformed(text: String) { #expect(ClockTime(text) == nil) }

    @Test("CARD-15: a millisecond past 16:00 is after 16:00")
    func order() throws {
        let cutOff = try #require(ClockTime("16:00"))
        let after = try #require(ClockTime("16:00:00.001"))
        let before = try #require(ClockTime("15:59:59.999"))
        #expect(before < cutOff && cutOff < after && ClockTime.midnight < before)
        #expect(ClockTime(millisecondOfDay: -1) == .midnight)
        #expect(ClockTime(millisecondOfDay: .max).description == "23:59:59.999")
    }

    @Test("Codable")
    func codable() throws {
        let time = try #require(ClockTime("16:00:00.001"))
        #expect(try JSONDecoder().decode([ClockTime].self, from: JSONEncoder().encode([time])) == [time])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([ClockTime].self, from: Data(#"["24:00"]"#.utf8)) }
    }
}
