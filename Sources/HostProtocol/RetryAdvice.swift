/// What a declined authorisation's code says of trying it once more.
public enum RetryAdvice: Sendable, Hashable {
    /// Never: it will be declined again, and asking costs a fee.
    case never
    /// Not before so many seconds have passed.
    case later(seconds: Int64)
    /// When the instrument has come again: the account's data have changed since.
    case newData

    /// Mastercard merchant advice code (DE 48, subelement 84) of a decline, two digits.
    ///
    /// | code | meaning |
    /// |---|---|
    /// | 01 | new account information is available |
    /// | 02 | can't be approved now, try again later: without a time, a day |
    /// | 03 | do not try again |
    /// | 24, 25 | after 1 hour, 24 hours |
    /// | 26, 27, 28, 29, 30 | after 2, 4, 6, 8, 10 days |
    ///
    /// Nil for any other: it says nothing of trying again.
    public init?(merchantAdviceCode code: String) {
        switch code {
        case "01": self = .newData
        case "02": self = .later(seconds: Self.day)
        case "03": self = .never
        case "24": self = .later(seconds: 3600)
        case "25": self = .later(seconds: Self.day)
        case "26": self = .later(seconds: 2 * Self.day)
        case "27": self = .later(seconds: 4 * Self.day)
        case "28": self = .later(seconds: 6 * Self.day)
        case "29": self = .later(seconds: 8 * Self.day)
        case "30": self = .later(seconds: 10 * Self.day)
        default: return nil
        }
    }

    private static let day: Int64 = 86_400
}
