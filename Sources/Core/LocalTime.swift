import Foundation

extension UTCInstant {
    /// Date and time, to the millisecond, that a clock on the wall of `zone` shows then. Years outside 1…9999 are
    /// clamped.
    public func clockTime(in zone: TimeZone) -> (date: CivilDate, time: ClockTime) {
        let second = milliseconds.flooredDivision(by: 1000)
        let bounded = min(max(second, Self.firstSecond), Self.lastSecond)
        let local = bounded + zone.offset(atSecond: bounded)
        let day = local.flooredDivision(by: 86_400)
        let remainder = milliseconds % 1000
        let ofDay = (local - day * 86_400) * 1000 + (remainder < 0 ? remainder + 1000 : remainder)
        return (CivilDate(daysSince1970: day), ClockTime(millisecondOfDay: Int(ofDay)))
    }

    /// The first instant at which the wall of `zone` shows `date` or a later day. That is midnight as a rule; the end
    /// of the gap where the clock is put ahead at midnight; the first midnight where it is put back past it, although
    /// the day before comes once more then. A day that the zone left out begins where the next one does.
    public init(startOf date: CivilDate, in zone: TimeZone) {
        let midnight = date.daysSince1970 * 86_400
        // Before the window the wall is short of `midnight`, and after it past it, as offsets are less than a day.
        var first = midnight + Self.widestOffset
        for piece in zone.offsets(from: midnight - Self.widestOffset, to: midnight + Self.widestOffset) {
            let candidate = max(piece.start, midnight - piece.offset)
            if candidate < piece.end {
                first = candidate
                break
            }
        }
        self.init(milliseconds: first * 1000)
    }

    /// The last millisecond at which the wall of `zone` shows `date` or an earlier day. As a rule the next one begins
    /// the next day; where a clock is put back past midnight, the next day has begun once already by then. A day that
    /// the zone left out ends where the one before does.
    public init(lastOf date: CivilDate, in zone: TimeZone) {
        let midnight = (date.daysSince1970 + 1) * 86_400
        var end = midnight - Self.widestOffset
        for piece in zone.offsets(from: midnight - Self.widestOffset, to: midnight + Self.widestOffset) {
            let candidate = min(piece.end, midnight - piece.offset)
            if candidate > piece.start { end = candidate }
        }
        self.init(milliseconds: end * 1000 - 1)
    }

    /// No zone was ever a day or more off (the widest in the tz database is under 16 h).
    private static let widestOffset: Int64 = 86_400
    /// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z: the years of `CivilDate`, and whole seconds that `Double` holds.
    private static let firstSecond: Int64 = -719_162 * 86_400
    private static let lastSecond: Int64 = 2_932_897 * 86_400 - 1
}

extension TimeZone {
    /// Seconds that the wall is ahead of UTC at a second since 1970. `Double` is how Foundation names an instant, and
    /// exact for the whole seconds of years 0…9999.
    fileprivate func offset(atSecond second: Int64) -> Int64 {
        Int64(secondsFromGMT(for: Date(timeIntervalSince1970: Double(second))))
    }

    /// The stretches of one offset each that make up `start..<end`, in order. They are found by hourly samples and
    /// halving in between: two changes within one hour that undo each other would go unseen, and no zone has such.
    fileprivate func offsets(from start: Int64, to end: Int64) -> [(start: Int64, end: Int64, offset: Int64)] {
        var pieces: [(start: Int64, end: Int64, offset: Int64)] = []
        var pieceStart = start
        var current = offset(atSecond: start)
        var sampled = start
        while sampled < end {
            let next = min(sampled + 3600, end)
            let offsetAtNext = offset(atSecond: next)
            if offsetAtNext != current {
                var (before, after) = (sampled, next)
                while after - before > 1 {
                    let middle = before + (after - before) / 2
                    if offset(atSecond: middle) == current { before = middle } else { after = middle }
                }
                pieces.append((pieceStart, after, current))
                pieceStart = after
                current = offset(atSecond: after)
                sampled = after
            } else {
                sampled = next
            }
        }
        pieces.append((pieceStart, end, current))
        return pieces
    }
}
