/// A JSON value whose shape is not known beforehand: parameters of an error, or of a call typed at a shell.
/// A number without fraction that fits 64 bits is an `integer`; every other number is a `number`.
public enum VarlinkValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([VarlinkValue])
    case object([String: VarlinkValue])

    /// The member of an object; nil for other values and for members that are missing.
    public subscript(key: String) -> VarlinkValue? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }
}

extension VarlinkValue: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([VarlinkValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: VarlinkValue].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

extension VarlinkValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(nilLiteral: ()) { self = .null }
    public init(arrayLiteral elements: VarlinkValue...) { self = .array(elements) }
    /// Of a key given twice the last value counts.
    public init(dictionaryLiteral elements: (String, VarlinkValue)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
    }
}

/// Parameters of a method that takes or returns none: `{}` on the wire.
public struct VarlinkEmpty: Codable, Hashable, Sendable {
    public init() {}
}
