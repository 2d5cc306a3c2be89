import Foundation
import Synchronization
import Testing

/// Where this test process's libpcsclite finds its pcscd. The library reads PCSCLITE_CSOCK_NAME once per process, so that
/// the name stays the same: it is a symbolic link, which each test points at the pcscd it wants. Connecting follows it.
enum ServiceSocket {
    static let directory: String = {
        let directory = NSTemporaryDirectory() + "kassa-pcsc-\(getpid())"
        try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        setenv("PCSCLITE_CSOCK_NAME", directory + "/current", 1)
        return directory
    }()

    /// - Parameter path: nil leads nowhere, as when pcscd is not installed.
    static func lead(to path: String?) {
        let link = directory + "/current"
        unlink(link)
        symlink(path ?? directory + "/nobody", link)
    }
}

/// A program of `Tests/Support`, ended with its stdin. Orders go in line by line.
final class SupportProgram: Sendable {
    private let process: Mutex<Process>
    private let input: FileHandle
    private let output: Mutex<LineReader>

    static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Support").path

    init(_ name: String, _ arguments: [String] = []) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.directory + "/" + name)
        process.arguments = arguments
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        self.input = input.fileHandleForWriting
        self.output = Mutex(LineReader(handle: output.fileHandleForReading))
        self.process = Mutex(process)
    }

    func line() -> String? { output.withLock { $0.next() } }

    @discardableResult
    func order(_ text: String) throws -> String {
        try input.write(contentsOf: Data((text + "\n").utf8))
        let answer = line() ?? ""
        try #require(answer.hasPrefix("ok"), "\(text): \(answer)")
        return answer
    }

    /// Closes stdin and waits for the end.
    func end() {
        try? input.close()
        process.withLock { $0.waitUntilExit() }
    }
}

private struct LineReader {
    let handle: FileHandle
    var rest = Data()

    mutating func next() -> String? {
        while true {
            if let end = rest.firstIndex(of: 0x0A) {
                defer { rest = Data(rest[rest.index(after: end)...]) }
                return String(decoding: rest[..<end], as: UTF8.self)
            }
            let more = handle.availableData
            guard !more.isEmpty else { return nil }
            rest += more
        }
    }
}
