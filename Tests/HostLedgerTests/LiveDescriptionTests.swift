import Foundation
import HostProtocol
import Testing

/// `kassa-host run --describe`, by `curl` without a certificate of its own, and the validator of Debian's schema.
@Suite("The live description", .timeLimit(.minutes(5)))
struct LiveDescriptionTests {
    private struct Missing: Error {}

    private func program(_ name: String) throws -> URL {
        let running = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let folders = ([running].compactMap { $0 } + CommandLine.arguments).map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
        for folder in folders {
            let file = folder.appendingPathComponent(name)
            if FileManager.default.isExecutableFile(atPath: file.path) { return file }
        }
        throw Missing()
    }

    private func run(_ program: URL, _ arguments: [String]) throws -> (status: Int32, text: String) {
        let process = Process()
        (process.executableURL, process.arguments) = (program, arguments)
        let pipe = Pipe()
        (process.standardOutput, process.standardError) = (pipe, FileHandle.nullDevice)
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    @Test("Anyone reads it without a certificate, on a listener that serves nothing else; it is OpenAPI 3.0")
    func live() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("described-\(UUID().uuidString)")
        let host = try program("kassa-host")
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(try run(host, ["init", "--dir", folder.path]).status == 0)
        let serving = Process()
        (serving.executableURL, serving.arguments) =
            (host, ["run", "--dir", folder.path, "--listen", "127.0.0.1:0", "--describe", "127.0.0.1:0"])
        let pipe = Pipe()
        (serving.standardOutput, serving.standardError) = (pipe, FileHandle.nullDevice)
        try serving.run()
        defer {
            serving.terminate()
            serving.waitUntilExit()
        }
        var said = ""
        while !said.contains("listening on"), case let data = pipe.fileHandleForReading.availableData, !data.isEmpty {
            said += String(decoding: data, as: UTF8.self)
        }
        func port(_ word: String) throws -> String {
            let line = try #require(said.split(separator: "\n").first { $0.hasPrefix(word) }, "\(said)")
            return String(try #require(line.split(separator: ":").last))
        }
        let curl = URL(fileURLWithPath: "/usr/bin/curl")
        let trust = ["-sS", "-m", "20", "--cacert", folder.appendingPathComponent("host-certificate.pem").path, "-w", " %{http_code}"]
        let base = "https://127.0.0.1:\(try port("describing on"))"
        let served = try run(curl, trust + [base + HostPath.description])
        #expect(served.text.hasSuffix(" 200"))
        let verdict = try Described.check(
            [Described.Message(schema: "HealthRequest", json: Array(#"{"nonce":"01a1fdfa-4600-7916-8840-ff3475004e01"}"#.utf8))],
            document: String(served.text.dropLast(4)))
        #expect(verdict == "valid, 1 messages", "\(verdict)")
        for path in ["/", "/v1/health", "/v1/records", "/v1/certificates"] {
            #expect(try run(curl, trust + ["-d", "{}", base + path]).text.hasSuffix(" 404"), "\(path)")
        }
        // The terminals' own listener answers nobody without a certificate.
        let strict = try run(curl, trust + ["https://127.0.0.1:\(try port("listening on"))\(HostPath.description)"])
        #expect(strict.status != 0 && strict.text.hasSuffix(" 000"))
    }
}
