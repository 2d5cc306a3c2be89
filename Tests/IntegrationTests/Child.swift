import Foundation
import Glibc
import Synchronization

/// A started program whose output goes to files. It is killed when the last reference to it goes.
final class Child: Sendable {
    struct Unending: Error, CustomStringConvertible {
        let description: String
    }

    private static let number = Atomic(0)

    let name: String
    let pid: Int32
    let output: URL
    let errors: URL
    /// Closing it ends programs that live as long as their stdin.
    private let input: Mutex<FileHandle?>
    private let end = End()

    /// Exit status, or the negative signal number; set once.
    private final class End: Sendable {
        let status = Mutex<Int32?>(nil)
        let gone = DispatchSemaphore(value: 0)
    }

    /// - Parameter folder: gets `NAME.N.out` and `NAME.N.err`.
    init(
        _ program: String, _ arguments: [String], in folder: URL, environment: [String: String] = [:],
        holdsInput: Bool = false
    ) throws {
        name = URL(fileURLWithPath: program).lastPathComponent
        let base = "\(name).\(Self.number.add(1, ordering: .relaxed).newValue)"
        (output, errors) = (folder.appending(path: base + ".out"), folder.appending(path: base + ".err"))
        for file in [output, errors] { try Data().write(to: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let files = [try FileHandle(forWritingTo: output), try FileHandle(forWritingTo: errors)]
        (process.standardOutput, process.standardError) = (files[0], files[1])
        let pipe = holdsInput ? Pipe() : nil
        process.standardInput = pipe ?? FileHandle.nullDevice
        process.terminationHandler = { [end] process in
            let code = process.terminationStatus
            end.status.withLock { $0 = process.terminationReason == .exit ? code : -code }
            Reaper.shared.ended(process.processIdentifier)
            end.gone.signal()
        }
        // Foundation keeps them, and walks all open files at each start: hundreds of children would add up.
        defer {
            for file in files { try? file.close() }
            try? pipe?.fileHandleForReading.close()
        }
        try process.run()
        pid = process.processIdentifier
        Reaper.shared.started(pid)
        input = Mutex(pipe?.fileHandleForWriting)
    }

    deinit { stop() }

    var status: Int32? { end.status.withLock { $0 } }
    var text: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }
    var errorText: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

    /// Writes a line to its stdin.
    func tell(_ line: String) throws {
        try input.withLock { try $0?.write(contentsOf: Data((line + "\n").utf8)) }
    }

    /// Lets it end by itself where it can, kills it otherwise, and waits until it is gone.
    func stop() {
        let hadInput = input.withLock { held in
            defer { held = nil }
            try? held?.close()
            return held != nil
        }
        if hadInput, gone(within: 5) { return }
        kill()
    }

    /// As a power cut: no handler of it runs.
    func kill() {
        guard status == nil else { return }
        Glibc.kill(pid, SIGKILL)
        _ = gone(within: 10)
    }

    private func gone(within seconds: Double) -> Bool {
        guard status == nil else { return true }
        let result = end.gone.wait(timeout: .now() + seconds)
        end.gone.signal()
        return result == .success
    }

    /// Waits for the end.
    @discardableResult
    func ended(within seconds: Double = 30) async throws -> Int32 {
        guard let status = await eventually(within: seconds, { self.status }) else {
            throw Unending(description: "\(name) has not ended in \(seconds) s; \(errorText.suffix(500))")
        }
        return status
    }

    /// Waits for a line that begins so; gives the rest of it.
    func line(_ prefix: String, within seconds: Double = 20) async throws -> String {
        let found = await eventually(within: seconds) { () -> String?? in
            if let line = self.text.split(separator: "\n").first(where: { $0.hasPrefix(prefix) }) {
                return String(line.dropFirst(prefix.count))
            }
            return self.status == nil ? nil : .some(nil)
        }
        guard let line = found ?? nil else {
            throw Unending(description: "\(name) did not say '\(prefix)': \(text.suffix(300)) \(errorText.suffix(500))")
        }
        return line
    }
}

/// Asks again and again until there is an answer.
func eventually<Value>(within seconds: Double = 20, _ look: () async throws -> Value?) async rethrows -> Value? {
    let clock = ContinuousClock()
    let deadline = clock.now.advanced(by: .seconds(seconds))
    while true {
        if let value = try await look() { return value }
        if clock.now >= deadline { return nil }
        try? await Task.sleep(for: .milliseconds(20))
    }
}
