/// The id of a rule in the rule book, such as `CARD-4` or `ALL-7`. A decision, a test and a decline name it alike.
public struct RuleID: RawRepresentable, Sendable, Hashable, Codable, ExpressibleByStringLiteral {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }

    /// Number of rules in each chapter of the rule book.
    private static let chapters = ["CARD": 22, "MOB": 8, "WAL": 9, "SMA": 4, "POS": 5, "ALL": 11]

    /// Every rule of the rule book.
    public static let all: [RuleID] = ["CARD", "MOB", "WAL", "SMA", "POS", "ALL"].flatMap { chapter in
        (1...(chapters[chapter] ?? 1)).map { RuleID(rawValue: "\(chapter)-\($0)") }
    }

    public var isKnown: Bool { RuleID.all.contains(self) }
}

extension RuleID: CustomStringConvertible {
    public var description: String { rawValue }
}
