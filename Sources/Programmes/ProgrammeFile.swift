import Core
import Foundation
import TOMLKit

/// Why a programme file was refused, in words for whoever edits it.
public struct ProgrammeFileError: Error, Hashable, Sendable, CustomStringConvertible {
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

extension Programme {
    /// The programmes that ship with the terminal.
    public static func shipped() throws(ProgrammeFileError) -> [Programme] {
        let text = String(decoding: PackageResources.epassi_card_toml, as: UTF8.self)
        return [try Programme(toml: text, fileName: "epassi-card.toml")]
    }

    /// Reads and checks one programme file. Every key is looked at: an unknown one is an error, not a silent typo.
    public init(toml text: String, fileName: String) throws(ProgrammeFileError) {
        let root = try FileTable(toml: text, file: fileName)
        id = try root.string("id")
        guard !id.isEmpty, id.utf8.allSatisfy({ FileTable.idCharacters.contains($0) }) else {
            throw root.wrong("id", "must be lower-case letters, digits and hyphens")
        }
        name = try root.string("name")
        guard let currency = Currency(code: try root.string("currency")) else {
            throw root.wrong("currency", "is no known ISO 4217 code")
        }
        self.currency = currency
        guard let zone = TimeZone(identifier: try root.string("time_zone")) else {
            throw root.wrong("time_zone", "is no known time zone")
        }
        timeZone = zone

        let instrument = try root.table("instrument")
        var applications: [[UInt8]] = []
        for text in try instrument.strings("emv_applications") {
            guard let aid = Hex.decode(text), (5...16).contains(aid.count) else {
                throw instrument.wrong("emv_applications", "must hold 5 to 16 bytes in hexadecimal each")
            }
            applications.append(aid)
        }
        self.applications = applications
        try instrument.allKnown()

        let purchase = try root.table("purchase")
        maximumPurchase = try purchase.money("maximum", currency)
        purchasesPerDay = try purchase.count("approved_per_day")
        try purchase.allKnown()

        let offline = try root.table("offline")
        self.offline = OfflineRules(
            allowanceRequired: try offline.flag("allowance_required"),
            deferredAuthorisation: try offline.flag("deferred_authorisation"),
            hostTimeRequired: try offline.flag("host_time_required"),
            maximumAmount: try offline.money("maximum_amount", currency))
        guard !self.offline.deferredAuthorisation else {
            throw offline.wrong("deferred_authorisation", "is not offered by this version; set it to false")
        }
        try offline.allKnown()
        try root.allKnown()
    }
}

/// A TOML table that knows its place in the file and which keys were asked for.
final class FileTable {
    static let idCharacters = Set("abcdefghijklmnopqrstuvwxyz0123456789-".utf8)

    private let content: TOMLTable
    private let file: String
    private let path: String
    private var asked: Set<String> = []

    init(toml text: String, file: String) throws(ProgrammeFileError) {
        do {
            content = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            throw ProgrammeFileError(file: file, line: error.source.begin.line, field: nil, problem: error.description)
        } catch {
            throw ProgrammeFileError(file: file, line: nil, field: nil, problem: "is not TOML")
        }
        self.file = file
        path = ""
    }

    private init(content: TOMLTable, file: String, path: String) {
        self.content = content
        self.file = file
        self.path = path
    }

    func wrong(_ key: String, _ problem: String) -> ProgrammeFileError {
        ProgrammeFileError(file: file, line: nil, field: path + key, problem: problem)
    }

    private func value(_ key: String) throws(ProgrammeFileError) -> any TOMLValueConvertible {
        asked.insert(key)
        guard let value = content[key] else { throw wrong(key, "is missing") }
        return value
    }

    func table(_ key: String) throws(ProgrammeFileError) -> FileTable {
        guard let table = try value(key).table else { throw wrong(key, "must be a table") }
        return FileTable(content: table, file: file, path: path + key + ".")
    }

    func string(_ key: String) throws(ProgrammeFileError) -> String {
        guard let text = try value(key).string else { throw wrong(key, "must be a string") }
        return text
    }

    func strings(_ key: String) throws(ProgrammeFileError) -> [String] {
        guard let array = try value(key).array else { throw wrong(key, "must be an array of strings") }
        var texts: [String] = []
        for element in array {
            guard let text = element.string else { throw wrong(key, "must be an array of strings") }
            texts.append(text)
        }
        return texts
    }

    func flag(_ key: String) throws(ProgrammeFileError) -> Bool {
        guard let flag = try value(key).bool else { throw wrong(key, "must be true or false") }
        return flag
    }

    func count(_ key: String) throws(ProgrammeFileError) -> Int {
        guard let number = try value(key).int, number > 0 else { throw wrong(key, "must be a whole number above 0") }
        return number
    }

    func money(_ key: String, _ currency: Currency) throws(ProgrammeFileError) -> Money {
        guard let text = try value(key).string, let money = try? Money(decimal: text, currency: currency) else {
            throw wrong(key, "must be an amount in quotes, such as \"100.00\"")
        }
        return money
    }

    func allKnown() throws(ProgrammeFileError) {
        if let extra = content.keys.filter({ !asked.contains($0) }).sorted().first {
            throw wrong(extra, "is no known key")
        }
    }
}
