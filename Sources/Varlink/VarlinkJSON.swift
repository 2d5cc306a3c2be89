import Foundation

/// The messages of varlink.org, "Protocol", as JSON. `Date` travels as ISO 8601 text, `Data` as base64. Members of
/// objects are written in alphabetical order, so that equal messages are equal bytes.
enum VarlinkJSON {
    static func encode(_ message: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return Array(try encoder.encode(message))
    }

    static func decode<Message: Decodable>(_ type: Message.Type, from message: [UInt8]) throws -> Message {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(type, from: Data(message))
    }

    /// The `parameters` of a call or reply. Missing and null count as `{}`.
    static func parameters<Parameters: Decodable>(
        _ type: Parameters.Type, of message: [UInt8]
    ) throws -> Parameters {
        guard try decode(ParametersPresent.self, from: message).present else {
            return try decode(type, from: Array("{}".utf8))
        }
        return try decode(ParametersOnly<Parameters>.self, from: message).parameters
    }

    /// The field of `message` that keeps its parameters from being decoded, as a path: `amount`, `items[2].price`;
    /// `parameters` when none can be told.
    ///
    /// Foundation names no field when a number does not fit an integer: 12.5, or 2⁶³. If there is one such number in
    /// the message, it is that.
    static func field(of failure: DecodingError, in message: [UInt8]) -> String {
        let told = field(of: failure)
        guard told == "parameters", let value = try? parameters(VarlinkValue.self, of: message) else { return told }
        let suspects = numbers(in: value, at: "")
        return suspects.count == 1 ? suspects[0] : told
    }

    /// Paths of the numbers that are no 64-bit integers. Bounded by the depth check that every message passes.
    private static func numbers(in value: VarlinkValue, at path: String) -> [String] {
        switch value {
        case .number: [path]
        case .array(let values): values.enumerated().flatMap { numbers(in: $1, at: "\(path)[\($0)]") }
        case .object(let members):
            members.flatMap { numbers(in: $1, at: path.isEmpty ? $0 : "\(path).\($0)") }
        case .null, .bool, .integer, .string: []
        }
    }

    /// The field that a decoding failure names.
    static func field(of failure: DecodingError) -> String {
        let path: [any CodingKey] =
            switch failure {
            case .keyNotFound(let key, let context): context.codingPath + [key]
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
                context.codingPath
            @unknown default: []
            }
        let inner = path.first?.stringValue == "parameters" && path.count > 1 ? path.dropFirst() : path[...]
        let text = inner.reduce(into: "") { text, key in
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += text.isEmpty ? key.stringValue : "." + key.stringValue
            }
        }
        return text.isEmpty ? "parameters" : text
    }
}

private struct ParametersOnly<Parameters: Decodable>: Decodable {
    let parameters: Parameters
}

/// Whether there are parameters; throws when they are not an object.
private struct ParametersPresent: Decodable {
    let present: Bool

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        present = try container.contains(.parameters) && !container.decodeNil(forKey: .parameters)
        if present { _ = try container.nestedContainer(keyedBy: Key.self, forKey: .parameters) }
    }

    private enum Key: CodingKey { case parameters }
}
