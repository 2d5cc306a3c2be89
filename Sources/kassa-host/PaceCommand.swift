import ArgumentParser
import Foundation
import HostLedger
import HostProtocol

struct PaceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pace",
        abstract: "Says how much this host takes at once, and over how many seconds terminals spread their return; or sets it.",
        discussion: """
            The span is max(60, 1.5 × terminals ÷ capacity) seconds; terminals hear of it in the host's answers and remember \
            it. Batches beyond those that are applied or wait are sent away with 503; what needs no place, or finds none, and \
            comes faster than three requests for each terminal of the capacity, with 429; each with a Retry-After of its own. \
            Payments are always taken. With `--batches 0` queues rest and payments go on. A running host takes over what is set.
            """)

    @OptionGroup var host: DirectoryOption
    @Option(help: "Terminals that the host can take back in a second, each with its queue and its limits.")
    var capacity: Int?
    @Option(help: "Batches of records that are applied at once; 0: none.")
    var batches: Int?
    @Option(help: "Batches that may wait for a place.")
    var waiting: Int?

    func validate() throws {
        for setting in HostDirectory.PaceSetting.allCases {
            guard let value = value(of: setting), !setting.range.contains(value) else { continue }
            throw ValidationError("--\(setting.rawValue) must be \(setting.range.lowerBound) to \(setting.range.upperBound)")
        }
    }

    private func value(of setting: HostDirectory.PaceSetting) -> Int? {
        switch setting {
        case .capacity: capacity
        case .batches: batches
        case .waiting: waiting
        }
    }

    func run() async throws {
        let directory = host.directory
        for setting in HostDirectory.PaceSetting.allCases {
            if let value = value(of: setting) { try directory.set(setting, value) }
        }
        let terminals = try await directory.ledger().terminalCount()
        let limits = try directory.pace()
        print(
            "\(terminals) terminals, \(limits.capacity) a second: spread over "
                + "\(HostPace.spread(terminals: terminals, capacity: limits.capacity)) s")
        print("\(limits.batches) batches at once, \(limits.waiting) may wait")
    }
}

extension HostDirectory {
    /// A file each, with a number in it.
    enum PaceSetting: String, CaseIterable {
        case capacity, batches, waiting

        var range: ClosedRange<Int> {
            switch self {
            case .capacity: HostLoad.Limits.capacities
            case .batches: HostLoad.Limits.batchCounts
            case .waiting: HostLoad.Limits.waitingCounts
            }
        }
    }

    func pace() throws -> HostLoad.Limits {
        var limits = HostLoad.Limits()
        if let capacity = try number(.capacity) { limits.capacity = capacity }
        if let batches = try number(.batches) { limits.batches = batches }
        if let waiting = try number(.waiting) { limits.waiting = waiting }
        return limits
    }

    func set(_ setting: PaceSetting, _ value: Int) throws { try Self.write("\(value)\n", to: path(setting)) }

    private func path(_ setting: PaceSetting) -> String { url.appendingPathComponent(setting.rawValue).path }

    private func number(_ setting: PaceSetting) throws -> Int? {
        let path = path(setting)
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8),
            let value = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)), setting.range.contains(value)
        else { throw HostDirectoryError.unreadable(path) }
        return value
    }
}
