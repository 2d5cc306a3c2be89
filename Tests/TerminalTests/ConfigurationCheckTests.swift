import Foundation
import Programmes
import Testing
import VirtualCards

@testable import Terminal

@Suite("kassad --check: every file, each with what is wrong")
struct ConfigurationCheckTests {
    private let folder: URL
    private var path: String { folder.path }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "kassad-check-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder.appending(path: "programmes.d"), withIntermediateDirectories: true)
        try write(
            "kassad.toml",
            """
            terminal = "T1"
            state_directory = "\(folder.path)/state"
            ca_keys = "\(folder.path)/ca-keys.toml"
            programmes = "\(folder.path)/programmes.d"
            [host]
            url = "https://localhost:8444"
            trust_directory = "\(folder.path)/trust"
            [lane]
            """)
        try write("ca-keys.toml", "")
    }

    private func write(_ name: String, _ text: String) throws {
        try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
    }

    private func shipped(_ change: (String) -> String = { $0 }) throws -> String {
        let file = try #require(Programme.shippedFiles.first { $0.name == "epassi-card.toml" })
        return change(String(decoding: file.bytes, as: UTF8.self))
    }

    @Test("A good configuration names every file, and nothing is made")
    func good() throws {
        try write("programmes.d/own.toml", try shipped { $0.replacing("id = \"epassi-card\"", with: "id = \"own\"") })
        try write(
            "programmes.d/shop.toml",
            """
            id = "shop"
            name = "Shop"
            [sign_in]
            identifier = "email"
            failures_before_wait = 3
            wait_s = 30
            failures_before_lock = 10
            renewal_code_s = 600
            """)
        let before = try FileManager.default.subpathsOfDirectory(atPath: path).sorted()
        let check = ConfigurationCheck(configurationFile: path + "/kassad.toml")
        #expect(check.isGood)
        let files = check.findings.map { $0.file.replacing(path + "/", with: "") }
        #expect(
            files == [
                "kassad.toml", "epassi-card (shipped)", "epassi-mobile (shipped)", "epassi-wallet (shipped)",
                "smartum (shipped)", "smartum-plus (shipped)", "posti (shipped)", "programmes.d/own.toml",
                "programmes.d/shop.toml", "ca-keys.toml",
            ])
        #expect(try FileManager.default.subpathsOfDirectory(atPath: path).sorted() == before)
    }

    @Test("All problems are told, not only the first, each with file, line and field")
    func wrong() throws {
        try write("programmes.d/a.toml", try shipped { $0.replacing("maximum = \"5000.00\"", with: "maximum = \"5000.001\"") })
        try write("programmes.d/b.toml", try shipped { $0.replacing("kind = \"prepaid\"", with: "kind = \"prepayed\"") })
        try write("programmes.d/c.toml", "id = ")
        try write("programmes.d/d.toml", try shipped())
        try write("programmes.d/e.toml", try shipped())
        try write("ca-keys.toml", "[[keys]]")
        let check = ConfigurationCheck(configurationFile: path + "/kassad.toml")
        let problems = check.findings.compactMap(\.problem).map { $0.replacing(path + "/", with: "") }
        #expect(!check.isGood && problems.count == 5)
        let starts = [
            "programmes.d/a.toml:", "programmes.d/b.toml:", "programmes.d/c.toml:", "programmes.d/e.toml: id: is that of",
            "ca-keys.toml",
        ]
        #expect(zip(problems, starts).allSatisfy { $0.hasPrefix($1) })
        #expect(problems.contains { $0.contains("limits[0].maximum") } && problems.contains { $0.contains("purse[0].kind") })
    }

    @Test("A missing configuration is one problem; the shipped programmes are looked at all the same")
    func missing() {
        let check = ConfigurationCheck(configurationFile: path + "/none.toml")
        #expect(check.findings.compactMap(\.problem).count == 1 && check.findings.count == 7)
    }
}
