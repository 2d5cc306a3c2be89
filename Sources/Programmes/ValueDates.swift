import Core

extension Programme {
    /// CARD-15: the day on which an order counts as received. After the cut-off of a business day, or on no business day, it
    /// is the next business day.
    /// - Parameter receivedAt: when the issuer receives it; at the terminal, now, and provisional.
    public func valueDate(receivedAt: UTCInstant) -> CivilDate {
        guard let rules = valueDate else { return day(of: receivedAt) }
        let (date, time) = receivedAt.clockTime(in: rules.timeZone)
        if rules.calendar.isBusinessDay(date), time <= rules.cutOff { return date }
        return rules.calendar.nextBusinessDay(onOrAfter: date.adding(days: 1))
    }

    /// CARD-13: the last day by which a refund that is received now is to be spent again.
    public func creditDay(receivedAt: UTCInstant) -> CivilDate {
        let received = valueDate(receivedAt: receivedAt)
        return received.adding(days: refund?.creditDays ?? 0)
    }
}
