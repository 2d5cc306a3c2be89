import Foundation
import Glibc

/// The `openssl` program and the scripts around it: the counterpart in TLS that nothing here has written.
struct OpenSSL {
    struct Failure: Error, CustomStringConvertible { let description: String }

    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "kassa-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    func write(_ text: String, _ name: String) throws { try Data(text.utf8).write(to: folder.appending(path: name)) }

    func text(_ name: String) throws -> String { try String(contentsOf: folder.appending(path: name), encoding: .utf8) }

    /// Runs to its end, off the cooperative threads.
    @discardableResult
    func run(_ program: String, _ arguments: [String], input: String = "", mayFail: Bool = false) async throws -> String {
        let folder = folder
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try Self.run(program, arguments, input, folder, mayFail) })
            }
        }
    }

    private static func run(
        _ program: String, _ arguments: [String], _ input: String, _ folder: URL, _ mayFail: Bool
    ) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        let name = folder.appending(path: UUID().uuidString)
        try Data(input.utf8).write(to: name)
        let errors = name.appendingPathExtension("err")
        try Data().write(to: errors)
        let output = Pipe()
        process.standardInput = try FileHandle(forReadingFrom: name)
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard mayFail || process.terminationStatus == 0 else {
            throw Failure(description: "\(program) \(arguments.first ?? ""): \((try? String(contentsOf: errors, encoding: .utf8)) ?? "")")
        }
        return text
    }

    static func support(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Support/" + name).path
    }
}

/// A server that runs beside the test and keeps all that it receives in a file; killed when it goes.
final class SideServer {
    private let process = Process()
    private let output: URL
    let port: Int

    /// - Parameter arguments: with `PORT` where the port belongs.
    init(_ program: String, _ arguments: [String], in tools: OpenSSL) async throws {
        port = try Self.freePort()
        output = tools.folder.appending(path: "server-\(port).out")
        try Data().write(to: output)
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments.map { $0.replacingOccurrences(of: "PORT", with: String(port)) }
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = FileHandle.nullDevice
        process.standardInput = Pipe()
        try process.run()
        guard await eventually({ Self.listens(self.port) }) else { throw OpenSSL.Failure(description: "\(program) does not listen") }
    }

    var received: Data { (try? Data(contentsOf: output)) ?? Data() }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    private static func freePort() throws -> Int {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(file) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(file, $0, size) == 0 && getsockname(file, $0, &size) == 0 }
        }
        guard bound else { throw OpenSSL.Failure(description: "no port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// Told by the kernel's table, so that the server sees no connection but the terminal's.
    private static func listens(_ port: Int) -> Bool {
        let wanted = String(format: ":%04X ", port)
        return ["/proc/net/tcp", "/proc/net/tcp6"].contains { file in
            ((try? String(contentsOfFile: file, encoding: .utf8)) ?? "").split(separator: "\n").contains { line in
                let fields = line.split(separator: " ")
                return fields.count > 3 && (fields[1] + " ").hasSuffix(wanted) && fields[3] == "0A"
            }
        }
    }
}
