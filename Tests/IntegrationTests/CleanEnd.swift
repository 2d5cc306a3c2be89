import Foundation
import Testing

extension Scenario {
    /// What holds at the end of every scenario: the daemon lives, its journal is whole, SQLite finds nothing wrong with its
    /// file, and nothing that was written anywhere holds a card number (ALL-5).
    func endsClean(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        #expect(daemonIsAlive, "the daemon has died: \(daemon?.errorText.suffix(800) ?? "")", sourceLocation: sourceLocation)
        #expect(try await status().store.journalWhole == true, sourceLocation: sourceLocation)
        killDaemon()
        try await storeIsSound(sourceLocation: sourceLocation)
        holdsNoCardNumber(sourceLocation: sourceLocation)
    }

    /// The store as another program sees it: a copy, as the daemon left it.
    func storeIsSound(sourceLocation: SourceLocation) async throws {
        let copy = folder.appending(path: "copy-\(UUID().uuidString.prefix(4))")
        try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
        for suffix in ["", "-wal"] {
            let name = "kassad.sqlite" + suffix
            guard FileManager.default.fileExists(atPath: path("state/" + name)) else { continue }
            try FileManager.default.copyItem(atPath: path("state/" + name), toPath: copy.path + "/" + name)
        }
        let check = try Child(
            "/usr/bin/env", ["sqlite3", copy.path + "/kassad.sqlite", "PRAGMA integrity_check; PRAGMA foreign_key_check;"],
            in: folder)
        try await check.ended()
        #expect(check.text == "ok\n", "\(check.errorText)", sourceLocation: sourceLocation)
    }

    /// Logs, replies, databases, state: every file of the scenario.
    func holdsNoCardNumber(sourceLocation: SourceLocation) {
        let needles = Self.numbers.flatMap { [Data($0.utf8), Self.packed($0)] }
        var scanned = 0
        for case let url as URL in FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil) ?? .init() {
            guard let bytes = try? Data(contentsOf: url) else { continue }
            scanned += 1
            for needle in needles {
                #expect(bytes.range(of: needle) == nil, "a card number in \(url.lastPathComponent)", sourceLocation: sourceLocation)
            }
        }
        #expect(scanned > 10, sourceLocation: sourceLocation)
    }

    /// Two digits a byte, as a card gives them (tags 57 and 5A).
    private static func packed(_ digits: String) -> Data {
        let nibbles = digits.utf8.map { $0 & 0x0F }
        return Data(stride(from: 0, to: nibbles.count - 1, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] })
    }
}
