import HostProtocol

/// Units of up to four purses of one account, by their place in its layout.
public typealias Units = SIMD4<Int64>

/// The purses of a simulated account: what its statements name, and what a unit of each pays.
public struct PurseLayout: Sendable {
    public struct Line: Sendable {
        public let purse: String
        public let denomination: Int64?
        /// Units that pay one minor unit: 2 for points, 1 for money. Vouchers pay their denomination each.
        public let unitsPerMinor: Int64
        /// What is in the purse when the account begins.
        public let initial: Int64
    }

    public let programme: String
    public let currencyCode: String
    /// At most four.
    public let lines: [Line]

    public static let prepaid = PurseLayout(
        programme: "epassi-card", currencyCode: "SEK",
        lines: [Line(purse: "prepaid", denomination: nil, unitsPerMinor: 1, initial: 300)])
    public static let wallet = PurseLayout(
        programme: "epassi-wallet", currencyCode: "EUR",
        lines: [
            Line(purse: "benefit", denomination: nil, unitsPerMinor: 1, initial: 150),
            Line(purse: "points", denomination: nil, unitsPerMinor: 2, initial: 120),
            Line(purse: "own", denomination: nil, unitsPerMinor: 1, initial: 90),
        ])
    public static let vouchers = PurseLayout(
        programme: "smartum", currencyCode: "EUR",
        lines: [
            Line(purse: "vouchers", denomination: 20, unitsPerMinor: 1, initial: 5),
            Line(purse: "vouchers", denomination: 7, unitsPerMinor: 1, initial: 8),
            Line(purse: "balance", denomination: nil, unitsPerMinor: 1, initial: 140),
        ])
    public static let all = [prepaid, wallet, vouchers]

    public var initial: Units {
        var units = Units.zero
        for (place, line) in lines.enumerated() { units[place] = line.initial }
        return units
    }

    public func purses(_ units: Units) -> [PurseBalance] {
        lines.enumerated().map { place, line in
            PurseBalance(purse: line.purse, denomination: line.denomination, balance: units[place])
        }
    }

    public func shares(_ take: Take) -> [PurseShare] {
        var shares: [PurseShare] = []
        for (place, line) in lines.enumerated() where take.units[place] != 0 {
            shares.append(
                PurseShare(
                    purse: line.purse, denomination: line.denomination, units: take.units[place],
                    money: take.money[place]))
        }
        return shares
    }

    func place(_ purse: String, _ denomination: Int64?) -> Int? {
        lines.firstIndex { $0.purse == purse && $0.denomination == denomination }
    }
}

/// What one record takes, purse by purse: units, and the minor units that they pay.
public struct Take: Sendable, Equatable {
    public var units = Units.zero
    public var money = Units.zero

    public var total: Int64 { money.wrappedSum() }

    static func - (left: Take, right: Take) -> Take {
        Take(units: left.units &- right.units, money: left.money &- right.money)
    }
}
