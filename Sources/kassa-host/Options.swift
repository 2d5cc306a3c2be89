import ArgumentParser
import Foundation
import Glibc

/// The directory of one host.
struct DirectoryOption: ParsableArguments {
    @Option(name: .customLong("dir"), help: "The host's directory.")
    var path: String

    var directory: HostDirectory {
        // Whatever this process creates, SQLite's files too, is its owner's alone.
        umask(0o077)
        return HostDirectory(path)
    }
}

/// How a report is printed.
struct OutputOption: ParsableArguments {
    @Flag(help: "As JSON: amounts in minor units, times in milliseconds since 1970.")
    var json = false

    /// Prints the report as JSON where that was asked for.
    /// - Returns: whether it was; if not, the report is for people, and the caller's to print.
    func printed(_ report: some Encodable) throws -> Bool {
        guard json else { return false }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        print(String(decoding: try encoder.encode(report), as: UTF8.self))
        return true
    }
}
