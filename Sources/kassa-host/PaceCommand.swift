import ArgumentParser
import Foundation
import HostLedger
import HostProtocol

struct PaceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pace",
        abstract: "Says over how many seconds terminals spread their return after an outage, or sets what this host takes.",
        discussion: """
            The span is max(60, 1.5 × terminals ÷ capacity) seconds; terminals hear of it in the host's answers and remember \
            it. A running host takes a new capacity at its next start.
            """)

    @OptionGroup var host: DirectoryOption
    @Option(help: "Terminals that the host can take back in a second, each with its queue and its limits.")
    var capacity: Int?

    func validate() throws {
        guard (1...1_000_000).contains(capacity ?? 1) else { throw ValidationError("--capacity must be 1 to 1000000") }
    }

    func run() async throws {
        let directory = host.directory
        if let capacity { try directory.setCapacity(capacity) }
        let terminals = try await directory.ledger().terminalCount()
        let current = try directory.capacity()
        print(
            "\(terminals) terminals, \(current) a second: spread over \(HostPace.spread(terminals: terminals, capacity: current)) s")
    }
}

extension HostDirectory {
    private var capacityPath: String { url.appendingPathComponent("capacity").path }

    func capacity() throws -> Int {
        guard FileManager.default.fileExists(atPath: capacityPath) else { return PaceKeeper.defaultCapacity }
        guard let text = try? String(contentsOfFile: capacityPath, encoding: .utf8),
            let capacity = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)), (1...1_000_000).contains(capacity)
        else { throw HostDirectoryError.unreadable(capacityPath) }
        return capacity
    }

    func setCapacity(_ capacity: Int) throws { try Self.write("\(capacity)\n", to: capacityPath) }
}
