extension CivilDate {
    /// Days from 1970-01-01 to this day, negative before it: the inverse of ``init(daysSince1970:)``.
    public var daysSince1970: Int64 {
        // Years begin in March here, so that the leap day is their last.
        let shiftedYear = Int64(year) - (month <= 2 ? 1 : 0)
        let era = shiftedYear.flooredDivision(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let shiftedMonth = Int64(month > 2 ? month - 3 : month + 9)
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + Int64(day) - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The day that many days later, or earlier when negative. Clamped to 0001-01-01 and 9999-12-31, like
    /// ``init(daysSince1970:)``: a far-off day is as good as its bound, and no caller has an error to handle.
    public func adding(days: Int) -> CivilDate {
        let (sum, overflow) = daysSince1970.addingReportingOverflow(Int64(days))
        return CivilDate(daysSince1970: overflow ? (days < 0 ? .min : .max) : sum)
    }

    /// Days from this day to `other`: 1 for the next day, negative when `other` is earlier.
    public func days(until other: CivilDate) -> Int { Int(other.daysSince1970 - daysSince1970) }

    public var weekday: Weekday {
        // 1970-01-01 was a Thursday; the remainder is 0…6, one for each case.
        let sinceMonday = daysSince1970 + 3
        return Weekday.allCases[Int(sinceMonday - sinceMonday.flooredDivision(by: 7) * 7)]
    }

    /// The last day of this day's month (CARD-6).
    public var lastDayOfMonth: CivilDate {
        adding(days: CivilDate.daysInMonth(year: year, month: month) - day)
    }
}
