extension CivilDate {
    /// Easter Sunday of the year that `date` lies in, by the Gregorian computus (Meeus, Astronomical Algorithms,
    /// chapter 8).
    public static func easter(inYearOf date: CivilDate) -> CivilDate {
        let year = date.year
        let golden = year % 19
        let (century, ofCentury) = year.quotientAndRemainder(dividingBy: 100)
        let correction = (century + 8) / 25
        let epact = (19 * golden + century - century / 4 - (century - correction + 1) / 3 + 15) % 30
        let toSunday = (32 + 2 * (century % 4) + 2 * (ofCentury / 4) - epact - ofCentury % 4) % 7
        let late = (golden + 11 * epact + 22 * toSunday) / 451
        // 22 March at the earliest: days after it, then from the first day of the date's own year.
        let afterTheEarliest = epact + toSunday - 7 * late
        let newYear = date.adding(days: -(date.dayOfYear - 1))
        let leap = CivilDate.daysInMonth(year: year, month: 2) - 28
        return newYear.adding(days: 80 + leap + afterTheEarliest)
    }

    /// 1 for 1 January.
    private var dayOfYear: Int {
        (1..<month).reduce(day) { $0 + CivilDate.daysInMonth(year: year, month: $1) }
    }
}
