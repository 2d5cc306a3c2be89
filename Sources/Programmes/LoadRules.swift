import Core
import Foundation

/// WAL-5: how much own money may be loaded, on one calendar day and in one calendar year of the programme's zone. For
/// the host, whose time is its own.
public struct LoadRules: Sendable, Hashable {
    /// Inclusive, all three.
    public let minimum: Money
    public let perDay: Money
    public let perYear: Money

    /// Reads `[load]`: `minimum`, `per_day`, `per_year`.
    public init(_ table: TOMLFileTable, currency: Currency) throws(TOMLFileError) {
        minimum = try table.money("minimum", currency)
        perDay = try table.money("per_day", currency)
        perYear = try table.money("per_year", currency)
        guard minimum.isPositive else { throw table.wrong("minimum", "must be above zero") }
        guard minimum.minorUnits <= perDay.minorUnits else { throw table.wrong("per_day", "must not be below minimum") }
        guard perDay.minorUnits <= perYear.minorUnits else {
            throw table.wrong("per_year", "must not be below per_day")
        }
        try table.allKnown()
    }

    /// Whether an amount may be loaded now.
    /// - Parameters:
    ///   - tally: of this person's own money, from the host's store.
    ///   - zone: the programme's.
    public func load(_ amount: Money, tally: LoadTally, now: UTCInstant, zone: TimeZone) -> LoadVerdict {
        var trail = RuleTrail()
        let currency = minimum.currency
        let tally = tally.rolled(to: CivilDate(now, in: zone))
        guard
            trail.check(
                "WAL-5", .currencyNotAccepted, amount.currency == currency && tally.isIn(currency),
                RuleInput(.currency, amount.currency), RuleInput(.programme, currency)),
            trail.check(
                "WAL-5", .loadBelowMinimum, amount.minorUnits >= minimum.minorUnits, RuleInput(.asked, amount),
                RuleInput(.minimum, minimum)),
            let loaded = within(perDay, .loadDayExceeded, amount, after: tally.onDay, &trail),
            let loadedInYear = within(perYear, .loadYearExceeded, amount, after: tally.inYear, &trail)
        else { return LoadVerdict(ruling: Ruling(trail), tally: tally) }
        return LoadVerdict(ruling: Ruling(trail), tally: LoadTally(day: tally.day, onDay: loaded, inYear: loadedInYear))
    }

    /// - Returns: the new sum, nil when it passes the limit or can't be computed.
    private func within(
        _ limit: Money, _ reason: Reason, _ amount: Money, after earlier: Money, _ trail: inout RuleTrail
    ) -> Money? {
        let sum = try? earlier.adding(amount)
        let fits = sum.map { $0.minorUnits <= limit.minorUnits } ?? false
        return trail.check(
            "WAL-5", reason, fits, RuleInput(.asked, amount), RuleInput(.used, earlier), RuleInput(.limit, limit))
            ? sum : nil
    }
}

/// What one person has loaded, on the newest day of a load and in its year.
public struct LoadTally: Sendable, Hashable, Codable {
    public let day: CivilDate
    public let onDay: Money
    public let inYear: Money

    public init(day: CivilDate, onDay: Money, inYear: Money) {
        self.day = day
        self.onDay = onDay
        self.inYear = inYear
    }

    /// Of somebody who has never loaded.
    public init(day: CivilDate, currency: Currency) {
        self.init(day: day, onDay: .zero(currency), inYear: .zero(currency))
    }

    /// As it counts on a later day. An earlier day changes nothing: a clock set back gives no limit again.
    func rolled(to today: CivilDate) -> LoadTally {
        guard day < today else { return self }
        let zero = Money.zero(onDay.currency)
        return LoadTally(day: today, onDay: zero, inYear: day.year == today.year ? inYear : .zero(inYear.currency))
    }

    func isIn(_ currency: Currency) -> Bool { onDay.currency == currency && inYear.currency == currency }
}

public struct LoadVerdict: Sendable, Hashable {
    public let ruling: Ruling
    /// With the load in it when it passed; to be stored in the same commit as the load.
    public let tally: LoadTally
}
