import ArgumentParser
import Diagnostics
import Foundation
import Programmes

/// The language of what is printed for people.
struct Words: ParsableArguments {
    @Option(name: .customLong("language"), help: "en, fi or sv; by default that of LANG.")
    var code: String = Words.ofEnvironment

    private static var ofEnvironment: String {
        let environment = ProcessInfo.processInfo.environment
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty }
        return Language(rawValue: String((set ?? "").prefix(2)))?.rawValue ?? Language.english.rawValue
    }

    func validate() throws {
        guard Language(rawValue: code) != nil else { throw ValidationError("--language must be en, fi or sv") }
    }

    var language: Language { Language(rawValue: code) ?? .english }
}

extension Int64 {
    /// Of milliseconds since 1970: `2026-11-21T12:00:00Z`.
    var date: String { Date(timeIntervalSince1970: TimeInterval(self / 1000)).formatted(.iso8601) }
}

extension SentenceReply {
    subscript(language: Language) -> String {
        switch language {
        case .english: english
        case .finnish: finnish
        case .swedish: swedish
        }
    }
}

extension ShareReply {
    var text: String {
        let units = units == money.minorUnits ? "" : " (\(units)\(denomination == nil ? "" : " vouchers"))"
        return "from      \(name): \(money.text)\(units)"
    }
}

extension LineReply {
    var text: String { "line      \(kind): \(amount.text)" }
}
