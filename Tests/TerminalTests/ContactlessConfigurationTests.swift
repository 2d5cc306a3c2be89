import Core
import EMV
import Foundation
import Programmes
import Testing

@testable import Terminal

@Suite("Reader limits in kassad.toml, and what is wrong with them")
struct ContactlessConfigurationTests {
    private static let visa = #"application = "A0000000031010""# + "\n"
    private static let sek = "[[contactless]]\n" + visa + "currency = \"SEK\"\n"

    @Test("None by default; a table alone has every default: no limit, no option")
    func defaults() throws {
        #expect(try TerminalConfiguration.small(tables: "").limits == ReaderConfiguration())
        let entry = try #require(try TerminalConfiguration.small(tables: Self.sek).limits.entries.first)
        #expect(entry == ReaderConfiguration.Entry(application: Combination.visaCreditDebit, kernel: .visa, currency: .sek))
        #expect(entry.limits == ReaderLimits() && !entry.supportsExtendedSelection && entry.programs.isEmpty)
    }

    @Test("Every key, in minor units of the table's currency")
    func whole() throws {
        let text = """
            transaction_limit = "5000.01"
            cvm_limit = "400"
            floor_limit = "0.5"
            zero_amount = true
            status_check = true
            extended_selection = true
            [[contactless.program]]
            id = "3102752000"
            cvm_limit = "300.00"
            [[contactless.program]]
            id = "31"
            transaction_limit = "0.00"
            floor_limit = "1.00"
            zero_amount = true
            status_check = true
            [[contactless]]
            application = "A000000003"
            kernel = 3
            currency = "EUR"
            transaction_limit = "50.00"
            """
        let entries = try TerminalConfiguration.small(tables: Self.sek + text).limits.entries
        #expect(
            entries == [
                ReaderConfiguration.Entry(
                    application: Combination.visaCreditDebit, currency: .sek,
                    limits: ReaderLimits(
                        transactionLimit: 500_001, floorLimit: 50, verificationLimit: 40_000, supportsStatusCheck: true, allowsZeroAmount: true),
                    supportsExtendedSelection: true,
                    programs: [
                        ProgramLimits(program: [0x31, 0x02, 0x75, 0x20, 0x00], limits: ReaderLimits(verificationLimit: 30_000)),
                        ProgramLimits(
                            program: [0x31],
                            limits: ReaderLimits(transactionLimit: 0, floorLimit: 100, supportsStatusCheck: true, allowsZeroAmount: true)),
                    ]),
                ReaderConfiguration.Entry(
                    application: [0xA0, 0, 0, 0, 0x03], currency: .eur, limits: ReaderLimits(transactionLimit: 5_000)),
            ])
    }

    @Test("Each wrong value is told by its field", arguments: [
        ("[[contactless]]\ncurrency = \"SEK\"", "contactless[0].application"),
        ("[[contactless]]\napplication = \"A0000000\"\ncurrency = \"SEK\"", "contactless[0].application"),
        ("[[contactless]]\napplication = \"Visa\"\ncurrency = \"SEK\"", "contactless[0].application"),
        ("[[contactless]]\n" + visa, "contactless[0].currency"),
        ("[[contactless]]\n" + visa + "currency = \"kronor\"", "contactless[0].currency"),
        (sek + "kernel = 2", "contactless[0].kernel"), (sek + "kernel = 0", "contactless[0].kernel"), (sek + "kernel = 259", "contactless[0].kernel"),
        (sek + "transaction_limit = 100", "contactless[0].transaction_limit"),
        (sek + "transaction_limit = \"-1.00\"", "contactless[0].transaction_limit"),
        (sek + "cvm_limit = \"1.005\"", "contactless[0].cvm_limit"), (sek + "floor_limit = \"\"", "contactless[0].floor_limit"),
        (sek + "zero_amount = 1", "contactless[0].zero_amount"), (sek + "status_check = \"yes\"", "contactless[0].status_check"),
        (sek + "extended_selection = 0", "contactless[0].extended_selection"), (sek + "cvm_limits = \"1.00\"", "contactless[0].cvm_limits"),
        (sek + sek, "contactless[1].application"),
        (sek + "[[contactless.program]]\ncvm_limit = \"1.00\"", "contactless[0].program[0].id"),
        (sek + "[[contactless.program]]\nid = \"\"", "contactless[0].program[0].id"),
        (sek + "[[contactless.program]]\nid = \"31\"\n[[contactless.program]]\nid = \"31\"", "contactless[0].program[1].id"),
        (sek + "[[contactless.program]]\nid = \"31\"\ncvm_limit = 5", "contactless[0].program[0].cvm_limit"),
        (sek + "[[contactless.program]]\nid = \"31\"\nextended_selection = true", "contactless[0].program[0].extended_selection"),
        (sek + (0..<9).map { "[[contactless.program]]\nid = \"3\($0)\"\n" }.joined(), "contactless[0].program"),
        ((0..<65).map { "[[contactless]]\napplication = \"A0000000\(10 + $0)\"\ncurrency = \"SEK\"\n" }.joined(), "contactless"),
        ("[contactless]\n" + visa, "contactless"),
    ])
    func wrong(tables: String, field: String) throws {
        do {
            _ = try TerminalConfiguration.small(tables: tables)
            Issue.record("taken")
        } catch let error as TOMLFileError {
            #expect(error.field == field, "\(error)")
            #expect(error.line != nil, "\(error)")
        }
    }

    @Test("Limits for an application that no programme takes are told")
    func unused() throws {
        let programmes = try Programme.shipped()
        #expect(try TerminalConfiguration.small(tables: Self.sek).unusedLimits(of: programmes).isEmpty)
        let other = Self.sek + "[[contactless]]\napplication = \"A0000000041010\"\ncurrency = \"EUR\""
        #expect(try TerminalConfiguration.small(tables: other).unusedLimits(of: programmes) == ["contactless: A0000000041010 EUR is taken by no programme"])
    }

    private static let example = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Sources/Terminal/kassad.example.toml")

    @Test("The example is one, and every default that it names is the one that holds")
    func example() throws {
        let text = try String(contentsOf: Self.example, encoding: .utf8)
        let shown = try TerminalConfiguration(toml: text, fileName: "kassad.example.toml")
        #expect(shown.unusedLimits(of: try Programme.shipped()).isEmpty)
        let entry = try #require(shown.limits.entries.first)
        #expect(entry.limits == ReaderLimits(transactionLimit: 500_001, floorLimit: 20_000, verificationLimit: 40_000))
        #expect(entry.programs.map(\.limits) == [ReaderLimits(transactionLimit: 100_000, verificationLimit: 30_000)])
        // With every key of the file set to what it says, nothing is different: but for what has no value without it.
        let optional = ["#[[reader]]", "#role", "#path", "#floor_limit"]
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
            guard line.hasPrefix("#"), !line.hasPrefix("# "), !optional.contains(where: { line.hasPrefix($0) }) else { return String(line) }
            return String(line.dropFirst())
        }
        let whole = lines.joined(separator: "\n")
        #expect(whole != text)
        let set = try TerminalConfiguration(toml: whole, fileName: "kassad.example.toml")
        #expect("\(set)" == "\(shown)")
    }

    @Test("Every key of a table is in the example")
    func keys() throws {
        let text = try String(contentsOf: Self.example, encoding: .utf8)
        for key in [
            "application", "kernel", "currency", "transaction_limit", "cvm_limit", "floor_limit", "zero_amount", "status_check",
            "extended_selection", "id",
        ] {
            #expect(text.split(separator: "\n").contains { $0.hasPrefix("\(key) =") || $0.hasPrefix("#\(key) =") }, "\(key)")
        }
    }
}
