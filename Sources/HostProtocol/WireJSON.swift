import Foundation

/// The one JSON form of the host's wire: sorted keys, so that equal values are equal bytes.
public enum WireJSON {
    public static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    public static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws(WireError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw .malformed(field: WireJSON.path(of: error))
        } catch {
            throw .malformed(field: "")
        }
    }

    /// Where in the document decoding failed, without any value of it.
    private static func path(of error: DecodingError) -> String {
        let context: DecodingError.Context
        var path: [any CodingKey] = []
        switch error {
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .dataCorrupted(let found): context = found
        case .keyNotFound(let key, let found):
            context = found
            path = [key]
        @unknown default: return ""
        }
        return (context.codingPath + path).map(\.stringValue).joined(separator: ".")
    }
}

public enum WireError: Error, Hashable, Sendable {
    /// The document or one field of it is not what it should be; the name never comes with the value.
    case malformed(field: String)
}
