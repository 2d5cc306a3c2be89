import Core
import TOMLKit

/// Why a file of settings was refused, in words for whoever edits it.
public struct TOMLFileError: Error, Hashable, Sendable, CustomStringConvertible {
    public let file: String
    /// For syntax errors.
    public let line: Int?
    /// The dotted key, such as `purchase.maximum`, for wrong or missing values.
    public let field: String?
    public let problem: String

    public var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        return [place, field, problem].compactMap { $0 }.joined(separator: ": ")
    }
}

/// A TOML table that knows its place in the file and which keys were asked for: programmes and the daemon's own
/// configuration are read through it. Made, asked and dropped on one thread.
public final class TOMLFileTable {
    static let idCharacters = Set("abcdefghijklmnopqrstuvwxyz0123456789-".utf8)

    private let content: TOMLTable
    private let file: String
    private let path: String
    private var asked: Set<String> = []

    public init(toml text: String, file: String) throws(TOMLFileError) {
        do {
            content = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            throw TOMLFileError(file: file, line: error.source.begin.line, field: nil, problem: error.description)
        } catch {
            throw TOMLFileError(file: file, line: nil, field: nil, problem: "is not TOML")
        }
        self.file = file
        path = ""
    }

    private init(content: TOMLTable, file: String, path: String) {
        self.content = content
        self.file = file
        self.path = path
    }

    public func wrong(_ key: String, _ problem: String) -> TOMLFileError {
        TOMLFileError(file: file, line: nil, field: path + key, problem: problem)
    }

    private func value(_ key: String) throws(TOMLFileError) -> any TOMLValueConvertible {
        asked.insert(key)
        guard let value = content[key] else { throw wrong(key, "is missing") }
        return value
    }

    public func table(_ key: String) throws(TOMLFileError) -> TOMLFileTable {
        guard let table = try value(key).table else { throw wrong(key, "must be a table") }
        return TOMLFileTable(content: table, file: file, path: path + key + ".")
    }

    public func string(_ key: String) throws(TOMLFileError) -> String {
        guard let text = try value(key).string else { throw wrong(key, "must be a string") }
        return text
    }

    public func strings(_ key: String) throws(TOMLFileError) -> [String] {
        guard let array = try value(key).array else { throw wrong(key, "must be an array of strings") }
        var texts: [String] = []
        for element in array {
            guard let text = element.string else { throw wrong(key, "must be an array of strings") }
            texts.append(text)
        }
        return texts
    }

    public func flag(_ key: String) throws(TOMLFileError) -> Bool {
        guard let flag = try value(key).bool else { throw wrong(key, "must be true or false") }
        return flag
    }

    public func count(_ key: String) throws(TOMLFileError) -> Int {
        guard let number = try value(key).int, number > 0 else { throw wrong(key, "must be a whole number above 0") }
        return number
    }

    public func money(_ key: String, _ currency: Currency) throws(TOMLFileError) -> Money {
        guard let text = try value(key).string, let money = try? Money(decimal: text, currency: currency) else {
            throw wrong(key, "must be an amount in quotes, such as \"100.00\"")
        }
        return money
    }

    /// Tables of an array of tables; an absent key is an empty array.
    public func tables(_ key: String) throws(TOMLFileError) -> [TOMLFileTable] {
        guard has(key) else { return [] }
        guard let array = try value(key).array else { throw wrong(key, "must be an array of tables") }
        var tables: [TOMLFileTable] = []
        for element in array {
            guard let table = element.table else { throw wrong(key, "must be an array of tables") }
            tables.append(TOMLFileTable(content: table, file: file, path: "\(path)\(key)[\(tables.count)]."))
        }
        return tables
    }

    public func has(_ key: String) -> Bool {
        asked.insert(key)
        return content[key] != nil
    }

    /// The key's value, or what to use when it is absent.
    public func string(_ key: String, default absent: String) throws(TOMLFileError) -> String {
        has(key) ? try string(key) : absent
    }

    public func count(_ key: String, default absent: Int) throws(TOMLFileError) -> Int {
        has(key) ? try count(key) : absent
    }

    /// Throws for a key that nobody asked for: a typing error must not be silent.
    public func allKnown() throws(TOMLFileError) {
        if let extra = content.keys.filter({ !asked.contains($0) }).sorted().first {
            throw wrong(extra, "is no known key")
        }
    }
}
