import Foundation

/// A fake pcscd with one reader, on a socket of its own.
final class FakeReader: @unchecked Sendable {
    static let name = "Fake Reader 00 00"
    static let word = "Fake_Reader_00_00"
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    struct Refused: Error {}

    init(_ program: String, _ socket: String) throws {
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = [socket]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        guard line() == "ready" else { throw Refused() }
        try order("add \(Self.word)")
        try order("up")
    }

    /// One order at a time; it has been carried out when this returns.
    func order(_ text: String) throws {
        try input.fileHandleForWriting.write(contentsOf: Data((text + "\n").utf8))
        guard line() == "ok" else { throw Refused() }
    }

    private func line() -> String {
        var bytes: [UInt8] = []
        while let byte = try? output.fileHandleForReading.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self)
    }

    func end() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}
