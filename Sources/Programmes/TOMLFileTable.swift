import Core
import Foundation
import TOMLKit

/// Why a file of settings was refused, in words for whoever edits it.
public struct TOMLFileError: Error, Hashable, Sendable, CustomStringConvertible {
    public let file: String
    /// 1-based; of the key, or of the table that misses it.
    public let line: Int?
    /// The dotted key, such as `purchase.maximum`, for wrong or missing values.
    public let field: String?
    public let problem: String

    /// `programme.toml:12: purse[1].kind: must be a string`
    public var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        return [place, field, problem].compactMap { $0 }.joined(separator: ": ")
    }
}

/// A TOML table that knows its place in the file and which keys were asked for: programmes and the daemon's own
/// configuration are read through it. Made, asked and dropped on one thread.
public final class TOMLFileTable {
    static let idCharacters = Set("abcdefghijklmnopqrstuvwxyz0123456789-".utf8)

    /// What all tables of a file share; the text is for the lines of errors.
    private final class Document {
        let file: String
        let text: String

        init(file: String, text: String) {
            self.file = file
            self.text = text
        }
    }

    private let content: TOMLTable
    private let document: Document
    /// Of this table, without a dot at its end; empty for the root.
    private let path: String
    private var asked: Set<String> = []

    public init(toml text: String, file: String) throws(TOMLFileError) {
        // The parser takes a C string: what follows a NUL would be left out without a word.
        if let end = text.utf8.firstIndex(of: 0) {
            let line = text.utf8[..<end].count { $0 == UInt8(ascii: "\n") } + 1
            throw TOMLFileError(file: file, line: line, field: nil, problem: "holds a NUL byte")
        }
        if let fault = TOMLLines.fault(in: text) {
            throw TOMLFileError(file: file, line: fault.line, field: nil, problem: fault.problem)
        }
        do {
            content = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            throw TOMLFileError(file: file, line: error.source.begin.line, field: nil, problem: error.description)
        } catch {
            throw TOMLFileError(file: file, line: nil, field: nil, problem: "is not TOML")
        }
        document = Document(file: file, text: text)
        path = ""
    }

    private init(content: TOMLTable, document: Document, path: String) {
        self.content = content
        self.document = document
        self.path = path
    }

    /// The error that `key` has this problem; an empty key blames the table itself. The line is looked up here, as no
    /// file without errors needs it.
    public func wrong(_ key: String, _ problem: String) -> TOMLFileError {
        let field = fieldPath(key)
        let line = TOMLLines.line(of: field, in: document.text)
        return TOMLFileError(file: document.file, line: line, field: field.isEmpty ? nil : field, problem: problem)
    }

    private func fieldPath(_ key: String) -> String {
        key.isEmpty || path.isEmpty ? path + key : "\(path).\(key)"
    }

    private func value(_ key: String) throws(TOMLFileError) -> any TOMLValueConvertible {
        asked.insert(key)
        guard let value = content[key] else { throw wrong(key, "is missing") }
        return value
    }

    /// All keys of the table, in a fixed order.
    var keys: [String] { content.keys.sorted() }

    public func has(_ key: String) -> Bool {
        asked.insert(key)
        return content[key] != nil
    }

    /// Throws for a key that nobody asked for: a typing error must not be silent.
    public func allKnown() throws(TOMLFileError) {
        if let extra = content.keys.filter({ !asked.contains($0) }).sorted().first {
            let meant = EditDistance.nearest(to: extra, among: asked).map { "; did you mean `\($0)`?" } ?? ""
            throw wrong(extra, "is no known key\(meant)")
        }
    }

    // MARK: Tables

    public func table(_ key: String) throws(TOMLFileError) -> TOMLFileTable {
        guard let table = try value(key).table else { throw wrong(key, "must be a table") }
        return TOMLFileTable(content: table, document: document, path: fieldPath(key))
    }

    /// Nil when the key is absent.
    public func optionalTable(_ key: String) throws(TOMLFileError) -> TOMLFileTable? {
        has(key) ? try table(key) : nil
    }

    /// Tables of an array of tables; an absent key is an empty array.
    public func tables(_ key: String) throws(TOMLFileError) -> [TOMLFileTable] {
        guard has(key) else { return [] }
        guard let array = try value(key).array else { throw wrong(key, "must be an array of tables") }
        var tables: [TOMLFileTable] = []
        for element in array {
            guard let table = element.table else { throw wrong(key, "must be an array of tables") }
            let place = "\(fieldPath(key))[\(tables.count)]"
            tables.append(TOMLFileTable(content: table, document: document, path: place))
        }
        return tables
    }

    // MARK: Strings

    public func string(_ key: String) throws(TOMLFileError) -> String {
        guard let text = try value(key).string else { throw wrong(key, "must be a string") }
        return text
    }

    /// Nil when the key is absent.
    public func optionalString(_ key: String) throws(TOMLFileError) -> String? { has(key) ? try string(key) : nil }

    /// The key's value, or what to use when it is absent.
    public func string(_ key: String, default absent: String) throws(TOMLFileError) -> String {
        has(key) ? try string(key) : absent
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

    // MARK: Flags and whole numbers

    public func flag(_ key: String) throws(TOMLFileError) -> Bool {
        guard let flag = try value(key).bool else { throw wrong(key, "must be true or false") }
        return flag
    }

    public func flag(_ key: String, default absent: Bool) throws(TOMLFileError) -> Bool {
        has(key) ? try flag(key) : absent
    }

    public func count(_ key: String) throws(TOMLFileError) -> Int {
        guard let number = try value(key).int, number > 0 else { throw wrong(key, "must be a whole number above 0") }
        return number
    }

    public func count(_ key: String, default absent: Int) throws(TOMLFileError) -> Int {
        has(key) ? try count(key) : absent
    }

    public func integer(_ key: String, in range: ClosedRange<Int>) throws(TOMLFileError) -> Int {
        guard let number = try value(key).int, range.contains(number) else {
            throw wrong(key, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    // MARK: Amounts and decimals, in quotes lest they pass through floating point

    public func money(_ key: String, _ currency: Currency) throws(TOMLFileError) -> Money {
        guard let text = try value(key).string, let money = try? Money(decimal: text, currency: currency) else {
            throw wrong(key, "must be an amount in quotes, such as \"100.00\"")
        }
        return money
    }

    /// Nil when the key is absent.
    public func optionalMoney(_ key: String, _ currency: Currency) throws(TOMLFileError) -> Money? {
        has(key) ? try money(key, currency) : nil
    }

    /// A rate or percentage.
    public func decimal(_ key: String) throws(TOMLFileError) -> DecimalNumber {
        guard let text = try value(key).string else { throw wrong(key, "must be in quotes, such as \"2.95\"") }
        guard let number = try? DecimalNumber(text) else {
            throw wrong(key, "must be a decimal number with at most nine places, such as \"2.95\"")
        }
        return number
    }

    // MARK: Dates and times

    /// TOML's own local date, or the same in quotes.
    public func date(_ key: String) throws(TOMLFileError) -> CivilDate {
        let value = try value(key)
        let date =
            if let written = value.date {
                CivilDate(year: written.year, month: written.month, day: written.day)
            } else {
                value.string.flatMap { CivilDate($0) }
            }
        guard let date else { throw wrong(key, "must be a date YYYY-MM-DD") }
        return date
    }

    /// TOML's own local time down to seconds, or `"16:00"` or `"16:00:00"` in quotes.
    public func clockTime(_ key: String) throws(TOMLFileError) -> ClockTime {
        let value = try value(key)
        let time =
            if let written = value.time, written.nanoSecond == 0 {
                ClockTime(hour: written.hour, minute: written.minute, second: written.second)
            } else {
                value.string.flatMap { ClockTime($0) }
            }
        guard let time else { throw wrong(key, "must be a time of day, such as \"16:00\"") }
        return time
    }

    /// The name of a zone in the tz database, such as `Europe/Helsinki`.
    public func timeZone(_ key: String) throws(TOMLFileError) -> TimeZone {
        guard let zone = TimeZone(identifier: try string(key)) else { throw wrong(key, "is no known time zone") }
        return zone
    }
}

/// How far apart two keys are, for suggestions.
private enum EditDistance {
    /// The known key that at most two insertions, deletions or replacements turn `key` into; the first by name of the
    /// nearest. Nil when there is none, or when nothing of a short key would be left.
    static func nearest(to key: String, among known: Set<String>) -> String? {
        var nearest: (key: String, distance: Int)?
        for candidate in known.sorted() {
            let distance = distance(Array(key.utf8), Array(candidate.utf8))
            let isNearer = distance <= 2 && distance < nearest?.distance ?? .max
            if isNearer, distance < min(key.utf8.count, candidate.utf8.count) {
                nearest = (candidate, distance)
            }
        }
        return nearest?.key
    }

    /// Levenshtein's, over bytes; 3 stands for everything above 2 where the lengths tell already, so that a key of any
    /// length costs nothing.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        guard abs(left.count - right.count) <= 2 else { return 3 }
        var row = Array(0...right.count)
        for (i, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let replaced = diagonal + (byte == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
}
