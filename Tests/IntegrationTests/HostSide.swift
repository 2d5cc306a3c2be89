import Foundation
import HostLedger
import Testing

/// A `kassa-host` with books and keys of its own, on a port that stays the same across its runs.
final class HostSide {
    let folder: URL
    let directory: String
    private(set) var port = 0
    private var running: Child?
    /// A program with its arguments that starts the host elsewhere: in another network.
    var within: [String] = []

    init(in folder: URL, name: String = "host") async throws {
        self.folder = folder
        directory = folder.appending(path: name).path
        try await command(["init", "--dir", directory])
        try await start()
    }

    /// Writes what a terminal is given.
    func exportTrust(to path: String) async throws {
        try await command(["export-trust", "--dir", directory, "--out", path])
    }

    func enrol(terminal: String, key: String) async throws {
        try await command([
            "terminal", "add", "--dir", directory, "--id", terminal, "--merchant", "Lunch & Co", "--key", key, "--enrol",
            "epassi-card", "--merchant-category", "5812",
        ])
    }

    /// - Parameter allowance: sum and number of offline approvals; nil: the issuer opted nothing in.
    func open(_ account: String, pan: String, balance: String = "1000.00", allowance: (sum: String, count: Int)?) async throws {
        var arguments = [
            "account", "add", "--dir", directory, "--id", account, "--programme", "epassi-card", "--currency", "SEK",
            "--balance", balance, "--pan", pan,
        ]
        if let allowance {
            arguments += [
                "--terminal", Scenario.terminal, "--offline-allowance", allowance.sum, "--offline-count",
                String(allowance.count),
            ]
        }
        try await command(arguments)
    }

    func start(fault: [String] = []) async throws {
        let options = fault.isEmpty ? [] : ["--fault"] + fault
        let line = within + [try Programs.built("kassa-host"), "run", "--dir", directory, "--listen", "127.0.0.1:\(port)"] + options
        let child = try Child(line[0], Array(line.dropFirst()), in: folder)
        port = try #require(Int(try await child.line("listening on 127.0.0.1:")))
        running = child
    }

    func stop() {
        running?.kill()
        running = nil
    }

    func restart(fault: [String] = []) async throws {
        stop()
        try await start(fault: fault)
    }

    func ledger() async throws -> LedgerReport {
        let text = try await command(["ledger", "--dir", directory, "--json"])
        return try JSONDecoder().decode(LedgerReport.self, from: Data(text.utf8))
    }

    @discardableResult
    private func command(_ arguments: [String]) async throws -> String {
        let child = try Child(Programs.built("kassa-host"), arguments, in: folder)
        let status = try await child.ended()
        try #require(status == 0, "kassa-host \(arguments.prefix(2).joined(separator: " ")): \(child.errorText)")
        return child.text
    }
}
