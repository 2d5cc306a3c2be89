/// The id of a rule in the rule book, such as `CARD-4` or `ALL-7`. A decision, a test and a decline name it alike.
public struct RuleID: RawRepresentable, Sendable, Hashable, Codable, ExpressibleByStringLiteral {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }
}

extension RuleID: CustomStringConvertible {
    public var description: String { rawValue }
}
