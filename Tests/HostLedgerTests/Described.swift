import Foundation
import HostLedger

/// The description's own words on messages, by the validator of Debian's python3-jsonschema.
enum Described {
    struct Message {
        var schema: String
        var json: [UInt8]
    }

    /// Runs `Tests/Support/openapi-check` over the document and the messages.
    /// - Returns: what it prints: `valid, N messages`, or what is wrong.
    static func check(_ messages: [Message], document: String = HostDescription.text) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("openapi-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (file, lines) = (folder.appendingPathComponent("openapi.json"), folder.appendingPathComponent("messages"))
        try document.write(to: file, atomically: true, encoding: .utf8)
        let text = messages.map { #"{"schema":"\#($0.schema)","message":\#(String(decoding: $0.json, as: UTF8.self))}"# }
        try (text.joined(separator: "\n") + "\n").write(to: lines, atomically: true, encoding: .utf8)
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Support/openapi-check")
        let process = Process()
        process.executableURL = script
        process.arguments = [file.path, lines.path]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    static func schemas() throws -> [String: [String: Any]] {
        let document = try JSONSerialization.jsonObject(with: Data(HostDescription.text.utf8)) as? [String: Any]
        return (document?["components"] as? [String: Any])?["schemas"] as? [String: [String: Any]] ?? [:]
    }
}
