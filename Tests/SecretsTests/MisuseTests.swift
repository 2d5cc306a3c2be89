import Foundation
import Testing

/// Each file in `Misuse` is compiled against the built module and has to fail with the error that its first line names; the
/// control has to compile, by the same flags. What a fixture does would give a PIN away.
@Suite("The compiler refuses what would multiply a PIN")
struct MisuseTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Misuse")

    static let fixtures: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0 != "Control.swift" }.sorted()

    struct Missing: Error {}

    /// The folder of the modules that this test was built with, beside the running test bundle.
    private static func modules() throws -> String {
        let running = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        for path in [running].compactMap({ $0 }) + CommandLine.arguments {
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().appending(path: "Modules").path
            if FileManager.default.fileExists(atPath: folder + "/Secrets.swiftmodule") { return folder }
        }
        throw Missing()
    }

    /// What the compiler says of a fixture, and whether it took it.
    private static func compile(_ name: String) throws -> (isTaken: Bool, errors: String) {
        let sources = folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources").path
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            [
                // Ownership is checked after types, in SIL.
                "swiftc", "-frontend", "-emit-sil", "-o", "/dev/null", "-swift-version", "6", "-parse-as-library", "-module-name", "Misuse", "-I",
                try modules(),
            ]
            + ["CLinux", "CCrypto"].flatMap { ["-Xcc", "-fmodule-map-file=\(sources)/\($0)/include/module.modulemap"] }
            + [folder.appending(path: name).path]
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus == 0, output.split(separator: "\n").filter { $0.contains("error:") }.joined(separator: "\n"))
    }

    @Test("The control compiles: the flags are right")
    func control() throws {
        let said = try Self.compile("Control.swift")
        #expect(said.isTaken, "\(said.errors)")
        #expect(Self.fixtures.count >= 20)
    }

    @Test("Misuse does not compile, for the reason it is one", arguments: fixtures)
    func misuse(name: String) throws {
        let text = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
        let first = try #require(text.split(separator: "\n").first)
        let expected = try #require(first.hasPrefix("// error: ") ? first.dropFirst(10) : nil)
        let said = try Self.compile(name)
        #expect(!said.isTaken && said.errors.contains(expected), "\(said.errors)")
    }
}
