import Core
import Foundation

/// PyPI psec 1.3.0 (PIN blocks, key blocks, check values) and dukpt 1.0.1 as second opinions: they share nothing with this
/// project. Installed once into a cache folder; needs python3 with venv and a package index.
struct PaymentPython {
    private let python: String

    struct Failed: Error { let command: String, output: String }

    init() throws {
        let manager = FileManager.default
        let cache = try manager.url(for: .cachesDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
            .appendingPathComponent("kassad-tests/psec-1.3.0")
        python = cache.appendingPathComponent("bin/python").path
        guard !manager.fileExists(atPath: cache.path) else { return }
        // Made beside and moved: two runs at once don't see half of it.
        let fresh = cache.deletingLastPathComponent().appendingPathComponent("psec-\(UUID())")
        try manager.createDirectory(at: cache.deletingLastPathComponent(), withIntermediateDirectories: true)
        _ = try Self.run("/usr/bin/env", ["python3", "-m", "venv", fresh.path])
        _ = try Self.run(
            fresh.path + "/bin/python",
            [
                "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "psec==1.3.0", "dukpt==1.0.1",
                "cryptography==50.0.2",
            ])
        do { try manager.moveItem(at: fresh, to: cache) } catch {
            try? manager.removeItem(at: fresh)
            guard manager.fileExists(atPath: cache.path) else { throw error }
        }
    }

    /// Runs a script that reads lines of words and writes one line for each.
    func ask(_ script: String, _ lines: [[String]]) throws -> [String] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("psec-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (input, output) = (folder.appendingPathComponent("in"), folder.appendingPathComponent("out"))
        try Data(lines.map { $0.joined(separator: "\t") + "\n" }.joined().utf8).write(to: input)
        let frame = """
            import sys, psec, dukpt
            def answer(words):
            \(script.split(separator: "\n", omittingEmptySubsequences: false).map { "    " + $0 }.joined(separator: "\n"))
            def one(line):
                try: return str(answer(line.rstrip('\\n').split('\\t')))
                except Exception as e: return 'error ' + type(e).__name__ + ' ' + str(e)
            with open(sys.argv[2], 'w') as out:
                for line in open(sys.argv[1]): out.write(one(line) + '\\n')
            """
        _ = try Self.run(python, ["-W", "ignore", "-c", frame, input.path, output.path])
        return String(decoding: try Data(contentsOf: output), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private static func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failed(command: ([program] + arguments.filter { $0.count < 200 }).joined(separator: " "), output: output)
        }
        return output
    }
}
