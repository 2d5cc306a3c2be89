import Foundation
import Testing

extension RealParts {
    @Suite("kassactl decode, as it is started") struct DecodeTests {
        private func decode(_ arguments: [String]) async throws -> (status: Int32, text: String, errors: String) {
            let folder = FileManager.default.temporaryDirectory.appending(path: "decode-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let child = try Child(Programs.built("kassactl"), ["decode"] + arguments, in: folder)
            let status = try await child.ended()
            return (status, child.text, child.errorText)
        }

        @Test("A mark that is glued to the bytes", arguments: ["-5A084761739001010010", "->5A084761739001010010", "--5A084761739001010010"])
        func marks(_ argument: String) async throws {
            let said = try await decode([argument])
            #expect(said.status == 0 && said.errors.isEmpty, "\(said.errors)")
            #expect(said.text.contains("476173******0010") && !said.text.contains("739001"))
        }

        @Test("Arguments that are not understood are not repeated", arguments: [
            ["--kernel", "4761739001010010"], ["--as=5A084761739001010010"], ["--json=4761739001010010"], ["--jsn", "4761739001010010"], ["--kernel"],
            ["-5A0847617390010100", "1"], ["4761739001010010 card"],
        ])
        func refused(_ arguments: [String]) async throws {
            let said = try await decode(arguments)
            #expect(said.status == 2 || said.status == 64)
            #expect(said.text.isEmpty && said.errors.hasPrefix("kassactl: "), "\(said)")
            for digits in ["4761", "7390", "0101"] { #expect(!said.errors.contains(digits)) }
        }

        @Test("Help and options are as they were")
        func options() async throws {
            #expect(try await decode(["--help"]).text.contains("USAGE: kassactl decode"))
            #expect(try await decode(["--as", "tlv", "--json", "9A03200316"]).text.contains("2020-03-16"))
            #expect(try await decode(["9A", "03", "200316"]).text.contains("2020-03-16"))
        }
    }
}
