import Foundation
import Testing

/// The shortened run of `make crash`: the real store, recorded, cut off, faulted, killed.
@Suite("Crashes and faults", .serialized)
struct CrashHarnessTests {
    /// What a section of the harness printed, and its exit code: 0 when all that it checks holds.
    private func run(_ section: String) throws -> (status: Int32, output: String) {
        let folder = "/dev/shm/kassad-crash-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let process = Process()
        process.executableURL = URL(filePath: try harness())
        process.arguments = ["run", folder, "--short", section]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        print(output, terminator: "")
        return (process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus, output)
    }

    /// Built beside the running tests.
    private func harness() throws -> String {
        let running = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let folders = ([running].compactMap { $0 } + CommandLine.arguments).map {
            URL(filePath: $0).deletingLastPathComponent().path
        }
        return try #require(
            folders.map { $0 + "/crash-harness" }.first { FileManager.default.isExecutableFile(atPath: $0) },
            "crash-harness is not built: swift build --build-tests")
    }

    @Test("Power cuts at 10,000 images of the disk: nothing lost, nothing twice, nothing half, the chain whole")
    func images() throws {
        let (status, output) = try run("images")
        #expect(status == 0, "\(output)")
    }

    @Test("synchronous NORMAL, OFF and a disk that lies lose confirmed payments, and it is seen")
    func mutants() throws {
        let (status, output) = try run("mutants")
        #expect(status == 0, "\(output)")
    }

    @Test("Each known damage to a sound store is seen by the checks")
    func checker() throws {
        let (status, output) = try run("checker")
        #expect(status == 0, "\(output)")
    }

    @Test("Each operation fails once or for good: no confirmed payment is lost, unknown commits are told when asked again")
    func faults() throws {
        let (status, output) = try run("faults")
        #expect(status == 0, "\(output)")
    }

    @Test("A card that leaves and power that goes at each step: posted once or reversed once")
    func torn() throws {
        let (status, output) = try run("torn")
        #expect(status == 0, "\(output)")
    }

    @Test("The real daemon, recorded with what the till was told: cut off, gone on from with its host, killed at each command")
    func daemon() throws {
        let (status, output) = try run("daemon")
        #expect(status == 0, "\(output)")
    }

    @Test("Killed at random moments, again and again on the same store")
    func kills() throws {
        let (status, output) = try run("kills")
        #expect(status == 0, "\(output)")
    }

    @Test("A disk that is full to the last byte: no approval that is not stored, and back when there is space")
    func full() throws {
        let (status, output) = try run("full")
        #expect(status == 0, "\(output)")
    }

    @Test("At most 20 KB for a payment, 1.1 syncs for one commit and 2.1 with the intent; the log at most 8 MiB")
    func wear() throws {
        let (status, output) = try run("wear")
        #expect(status == 0, "\(output)")
    }
}
