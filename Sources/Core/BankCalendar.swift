/// The days on which a country's banks work. Computed, not listed: it holds for every year, by the rules in force now.
/// Finland's moved Epiphany and Ascension Day (1973–1990) and the like are history that no payment meets.
public enum BankCalendar: String, Sendable, Hashable, Codable, CaseIterable {
    case finland = "FI"
    /// Days on which its banks are closed, the eves among them, which are no public holidays.
    case sweden = "SE"

    /// Monday to Friday and no bank holiday.
    public func isBusinessDay(_ date: CivilDate) -> Bool { !date.weekday.isWeekend && !isHoliday(date) }

    /// True on a bank holiday, on whatever day of the week it falls; a plain Saturday or Sunday is none.
    public func isHoliday(_ date: CivilDate) -> Bool { holiday(on: date) != nil }

    /// `date` itself or the next day that banks work (CARD-15). At the end of the year 9999, that year's last day.
    public func nextBusinessDay(onOrAfter date: CivilDate) -> CivilDate {
        var day = date
        // Five days without work in a row are the most; the bound is for the end of time, where days are clamped.
        for _ in 0..<10 where !isBusinessDay(day) { day = day.adding(days: 1) }
        return day
    }

    /// The bank holiday on `date`; the fixed one where a fixed and a moving one fall together (1 May 2008).
    public func holiday(on date: CivilDate) -> BankHoliday? {
        if let fixed = fixedHoliday(on: date) { return fixed }
        if date.month == 6, (19...25).contains(date.day), date.weekday == .friday { return .midsummerEve }
        switch CivilDate.easter(inYearOf: date).days(until: date) {
        case -2: return .goodFriday
        case 1: return .easterMonday
        case 39: return .ascensionDay
        case 50 where self == .sweden && date.year < 2005: return .whitMonday
        default: return nil
        }
    }

    private func fixedHoliday(on date: CivilDate) -> BankHoliday? {
        switch (date.month, date.day, self) {
        case (1, 1, _): .newYearsDay
        case (1, 6, _): .epiphany
        case (5, 1, _): .mayDay
        // In the place of Whit Monday.
        case (6, 6, .sweden): date.year >= 2005 ? .nationalDay : nil
        case (12, 6, .finland): .independenceDay
        case (12, 24, _): .christmasEve
        case (12, 25, _): .christmasDay
        case (12, 26, _): .boxingDay
        case (12, 31, .sweden): .newYearsEve
        default: nil
        }
    }
}
