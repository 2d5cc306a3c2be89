import Core
import Foundation

/// Python with PyPI `cryptography` as a second opinion on what NTAG 424 DNA and telephones compute: session keys, MACs,
/// ciphers, signatures, all written anew from NXP's papers and from `ClosedLoop.md`. Installed once into a cache folder;
/// needs python3 with venv and a package index; without them the tests fail.
struct TagJudge {
    /// A dynamic URL with the keys that made it.
    struct Mirrored: Codable {
        /// Parameters: `picc` and `mac`; with `data` file data and a MAC over them; `plain` in the clear.
        var kind: String
        var meta, file, uid: String
        var counter: UInt32
        var url: String
        var data: String
    }

    /// One tap from SELECT to the last answer, with all that is drawn at random in it.
    struct Tap: Codable {
        var master, meta, uid: String
        var counter: UInt32
        var payment: String
        var numeric: UInt16
        var amount: Int64
        var nonce, fill, randomB, transaction: String
        /// Command and response.
        var exchanges: [[String]]
        /// The evidence's MAC.
        var mac: String
    }

    /// Commands inside one session: mode, instruction, header, plain data, plain answer; command and response.
    struct Session: Codable {
        var key: String
        var number: Int
        var randomA, randomB, transaction: String
        var handshake: [[String]]
        var commands: [[String]]
    }

    struct Telephone: Codable {
        var issuer, payment: String
        var numeric: UInt16
        var amount: Int64
        var nonce, answer, instrument: String
        var expiry: Int64
        var verification: UInt8
        var counter: UInt32
    }

    private let python: String

    struct Failed: Error { let command: String, output: String }

    init() throws {
        let manager = FileManager.default
        let cache = try manager.url(for: .cachesDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
            .appendingPathComponent("kassad-tests/cryptography-46.0.3")
        python = cache.appendingPathComponent("bin/python").path
        guard !manager.fileExists(atPath: cache.path) else { return }
        // Made beside and moved: two runs at once don't see half of it.
        let fresh = cache.deletingLastPathComponent().appendingPathComponent("cryptography-\(UUID())")
        try manager.createDirectory(at: cache.deletingLastPathComponent(), withIntermediateDirectories: true)
        _ = try Self.run("/usr/bin/env", ["python3", "-m", "venv", fresh.path])
        _ = try Self.run(
            fresh.path + "/bin/python", ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "cryptography==46.0.3"])
        do { try manager.moveItem(at: fresh, to: cache) } catch {
            try? manager.removeItem(at: fresh)
            guard manager.fileExists(atPath: cache.path) else { throw error }
        }
    }

    /// What Python makes, from a seed.
    func make<Value: Decodable>(_ what: String, _ count: Int, as type: Value.Type) throws -> [Value] {
        let decoder = JSONDecoder()
        return try ask([what, "\(count)"], Data()).map { try decoder.decode(Value.self, from: $0) }
    }

    /// Python's word on each: `good`, or what is wrong.
    func judge(_ what: String, _ values: [some Encodable]) throws -> [String] {
        let encoder = JSONEncoder()
        let lines = try values.map { try encoder.encode($0) + [UInt8(ascii: "\n")] }
        return try ask([what], lines.reduce(Data(), +)).map { String(decoding: $0, as: UTF8.self) }
    }

    private func ask(_ arguments: [String], _ input: Data) throws -> [Data] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tag-judge-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (source, target) = (folder.appendingPathComponent("in"), folder.appendingPathComponent("out"))
        try input.write(to: source)
        _ = try Self.run(python, ["-c", Self.script, source.path, target.path] + arguments)
        return try Data(contentsOf: target).split(separator: UInt8(ascii: "\n"))
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
            throw Failed(command: arguments.filter { $0.count < 200 }.joined(separator: " "), output: output)
        }
        return output
    }
}
