import Core
import Foundation
import HostProtocol
import Testing

@testable import HostLedger
@testable import Terminal

@Suite("No file of a terminal holds a key of tags in the clear", .timeLimit(.minutes(5)))
struct TagKeyCanaryTests {
    /// Every form of a key that software writes, found in any file below the folder.
    private func leaks(_ folder: URL, _ keys: [[UInt8]]) throws -> [String] {
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)).compactMap { $0 as? URL }
        var found: [String] = []
        for file in files where !file.hasDirectoryPath {
            let data = try Data(contentsOf: file)
            for form in keys.flatMap(LeakScan.forms) where data.range(of: Data(form.bytes)) != nil {
                found.append("\(file.lastPathComponent): \(form.name)")
            }
        }
        return found
    }

    @Test("Canary: no file under the state directory holds a key, raw, in hexadecimal or in base64, before or after a rotation")
    func canary() async throws {
        typealias Keys = TagKeyDeskScene
        let scene = try await TagKeyDeskScene()
        let keeper = try scene.keeper()
        let keys = [Keys.meta, Keys.master, Keys.next]
        #expect(await keeper.turn() == .settled)
        scene.ring.secrets = TagSecrets([(Keys.meta, Keys.next), (Keys.meta, Keys.master)])
        #expect(await keeper.turn() == .settled)
        _ = try scene.tap(keeper, master: Keys.master)
        let state = URL(fileURLWithPath: scene.stateDirectory)
        #expect(try FileManager.default.contentsOfDirectory(atPath: state.path) == [TagKeySafe.file])
        #expect(try leaks(state, keys) == [])
        // Nor does anything that is printed.
        var printed = "\(keeper.standing) \(keeper.profiles) \(String(reflecting: keeper))"
        dump(keeper, to: &printed)
        for form in keys.flatMap(LeakScan.forms) { #expect(printed.utf8.firstRange(of: form.bytes) == nil, "\(form.name)") }
        // What was sealed for it was the keys: the scan had something to find.
        let page = try WireJSON.decode(TagKeyPage.self, from: Array(Data(contentsOf: URL(fileURLWithPath: scene.page))))
        #expect(try scene.safe().open(page.sealed, version: page.version).map { Array($1) } == [Keys.next, Keys.master])
    }

    @Test("The canary finds a key that is put there, in each form", arguments: LeakScan.forms([1, 2]).indices)
    func canaryFinds(_ index: Int) async throws {
        let scene = try await TagKeyDeskScene()
        let form = LeakScan.forms(TagKeyDeskScene.master)[index]
        let file = URL(fileURLWithPath: scene.stateDirectory + "/planted")
        try (Data("before".utf8) + Data(form.bytes) + Data("after".utf8)).write(to: file)
        #expect(try leaks(scene.folder.appending(path: "state"), [TagKeyDeskScene.master]).contains("planted: \(form.name)"))
    }

    @Test("The canary finds base64 of a text around a key, wherever in it the key begins")
    func canaryFindsEncoded() throws {
        let forms = LeakScan.forms(TagKeyDeskScene.master)
        for lead in 0..<6 {
            let text = Data([UInt8](repeating: 0x55, count: lead) + TagKeyDeskScene.master + [0x66, 0x77]).base64EncodedData()
            #expect(forms.contains { text.range(of: Data($0.bytes)) != nil }, "\(lead)")
        }
    }
}

extension LeakScan {
    /// In which a key of raw bytes is written: as it is, in hexadecimal, in base64 wherever it begins, as a list of numbers.
    static func forms(_ key: [UInt8]) -> [(name: String, bytes: [UInt8])] {
        let hex = Hex.encode(key)
        var forms: [(name: String, bytes: [UInt8])] = [
            ("raw", key), ("raw, reversed", key.reversed()), ("hex", Array(hex.utf8)), ("hex, lower case", Array(hex.lowercased().utf8)),
            ("numbers", Array(key.map(String.init).joined(separator: ",").utf8)),
            ("numbers, spaced", Array(key.map(String.init).joined(separator: ", ").utf8)),
        ]
        for shift in 0..<3 {
            let whole = (shift + key.count) / 3 * 3 - shift
            let text = Array(Data([UInt8](repeating: 0, count: shift) + key.prefix(whole)).base64EncodedString().utf8)
            forms.append(("base64 + \(shift)", Array(text.dropFirst(shift == 0 ? 0 : shift + 1))))
        }
        return forms
    }
}
