/// A day that ``BankCalendar`` takes off.
public enum BankHoliday: String, Sendable, Hashable, Codable, CaseIterable {
    case newYearsDay, epiphany, goodFriday, easterMonday, mayDay, ascensionDay, whitMonday, nationalDay, midsummerEve
    case independenceDay, christmasEve, christmasDay, boxingDay, newYearsEve

    /// In English, for logs and the till.
    public var name: String {
        switch self {
        case .newYearsDay: "New Year's Day"
        case .epiphany: "Epiphany"
        case .goodFriday: "Good Friday"
        case .easterMonday: "Easter Monday"
        case .mayDay: "May Day"
        case .ascensionDay: "Ascension Day"
        case .whitMonday: "Whit Monday"
        case .nationalDay: "National Day"
        case .midsummerEve: "Midsummer Eve"
        case .independenceDay: "Independence Day"
        case .christmasEve: "Christmas Eve"
        case .christmasDay: "Christmas Day"
        case .boxingDay: "Boxing Day"
        case .newYearsEve: "New Year's Eve"
        }
    }
}
