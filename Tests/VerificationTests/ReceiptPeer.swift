import Foundation

/// PyPI joserfc 1.8.0 and segno 1.6.6 as second opinions: tokens and QR codes by implementations that share nothing with these. They
/// are installed once into a cache folder; needs python3 with venv and a package index.
struct ReceiptPeer {
    private let python: String

    struct Failed: Error { let output: String }

    init() throws {
        let manager = FileManager.default
        let cache = try manager.url(for: .cachesDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
            .appendingPathComponent("kassad-tests/joserfc-1.8.0-segno-1.6.6")
        python = cache.appendingPathComponent("bin/python").path
        if !manager.fileExists(atPath: cache.path) {
            // Made beside and moved: two runs at once don't see half of it.
            let fresh = cache.deletingLastPathComponent().appendingPathComponent("joserfc-\(UUID())")
            try manager.createDirectory(at: cache.deletingLastPathComponent(), withIntermediateDirectories: true)
            _ = try Self.run("/usr/bin/env", ["python3", "-m", "venv", fresh.path])
            _ = try Self.run(
                fresh.path + "/bin/python",
                ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "joserfc==1.8.0", "segno==1.6.6"])
            do { try manager.moveItem(at: fresh, to: cache) } catch {
                try? manager.removeItem(at: fresh)
                guard manager.fileExists(atPath: cache.path) else { throw error }
            }
        }
    }

    /// Runs a script that reads JSON from `sys.argv[1]` and writes JSON to `sys.argv[2]`.
    func ask<Question: Encodable, Answer: Decodable>(_ script: String, _ question: Question, _ type: Answer.Type) throws -> Answer {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("receipt-peer-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (input, output) = (folder.appendingPathComponent("in"), folder.appendingPathComponent("out"))
        try JSONEncoder().encode(question).write(to: input)
        _ = try Self.run(python, ["-c", "import json, sys\nquestion = json.load(open(sys.argv[1]))\n" + script + "\njson.dump(answer, open(sys.argv[2], 'w'))", input.path, output.path])
        return try JSONDecoder().decode(type, from: Data(contentsOf: output))
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
        guard process.terminationStatus == 0 else { throw Failed(output: output) }
        return output
    }
}
