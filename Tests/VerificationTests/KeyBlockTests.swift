import Core
import Secrets
import Testing

@testable import Verification

@Suite("TR-31 and X9.143: key blocks")
struct KeyBlockTests {
    struct Published: Sendable {
        let cipher: BlockCipher
        let protection, block, key: String
    }

    /// TR-31:2018 annex A, of versions B and D.
    static let published = [
        Published(
            cipher: .tdes, protection: "DD7515F2BFC17F85CE48F3CA25CB21F6",
            block: "B0080P0TE00E000094B420079CC80BA3461F86FE26EFC4A3B8E4FA4C5F5341176EED7B727B8A248E",
            key: "3F419E1CB7079442AA37474C2EFBF8B8"),
        Published(
            cipher: .aes, protection: "88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6",
            block:
                "D0112P0AE00E0000B82679114F470F540165EDFBF7E250FCEA43F810D215F8D207E2E417C07156A27E8E31DA05F7425509593D03A457DC34",
            key: "3F419E1CB7079442AA37474C2EFBF8B8"),
    ]

    private static func error(_ body: () throws -> Void) -> KeyBlockError? {
        do { try body() } catch { return error as? KeyBlockError }
        return nil
    }

    @Test("Published blocks", arguments: published)
    func annexA(_ published: Published) throws {
        let block = try KeyBlock(Array(published.block.utf8))
        #expect(block.header.keyUsage == "P0" && block.header.modeOfUse == "E" && block.header.exportability == "E")
        #expect(try block.unwrapped(under: .hex(published.cipher, published.protection)).hex == published.key)
        #expect(block.text == published.block)
        #expect(!"\(block)".contains("94B4") && !String(reflecting: block).contains("94B4"))
    }

    @Test("A bit changed anywhere is no block, or not this one", arguments: published)
    func tampered(_ published: Published) throws {
        let bytes = Array(published.block.utf8)
        let key = try CipherKey.hex(published.cipher, published.protection)
        for place in bytes.indices {
            for replacement in Array("0129ABDEFPTXZ".utf8) where replacement != bytes[place] {
                var changed = bytes
                changed[place] = replacement
                let error = Self.error { _ = try KeyBlock(changed).unwrapped(under: key).count }
                #expect(error != nil, "\(place)")
            }
        }
        // Header in order, but another: only the authenticator tells.
        for (place, letter) in [(5, "K"), (8, "D"), (11, "N")] {
            var changed = bytes
            changed[place] = try #require(letter.utf8.first)
            #expect(Self.error { _ = try KeyBlock(changed).unwrapped(under: key).count } == .notAuthentic)
        }
        #expect(Self.error { _ = try KeyBlock(bytes).unwrapped(under: .hex(published.cipher, "11111111111111112222222222222222")).count } == .notAuthentic)
    }

    @Test("Refusals name the field", arguments: [
        ("A0072P0TE00E0000F5161ED902807AF26F1D62263644BD24192FDB3193C730301CEE8701", .versionRefused),
        ("C0072P0TE00E0000F5161ED902807AF26F1D62263644BD24192FDB3193C730301CEE8701", .versionRefused),
        ("10080P0TE00E0000", .versionRefused), ("", .malformed(.header)), ("B0080P0TE00E000", .malformed(.header)),
        ("B008FP0TE00E0000", .malformed(.length)), ("B0017P0TE00E0000", .lengthMismatch),
        ("B0016P0TE00E0A00", .malformed(.optionalBlockCount)), ("B0016P0TE00E1700", .malformed(.optionalBlockCount)),
        ("B0016P0TE00E0001", .malformed(.reserved)), ("B0016P0TE00E0000", .malformed(.encryptedKey)), ("B0016P-TE00E0000", .malformed(.keyUsage)),
        ("B0016P0 E00E0000", .malformed(.algorithm)), ("B0016P0T:00E0000", .malformed(.modeOfUse)),
        ("B0016P0TE0~E0000", .malformed(.keyVersion)), ("B0016P0TE00/0000", .malformed(.exportability)),
        ("B0016P0TE00E0100", .malformed(.optionalBlock(0))),
        ("B0040P0TE00E0100KS03000000000000000000000", .lengthMismatch),
        ("B0040P0TE00E0100KS0300000000000000000000", .malformed(.optionalBlock(0))),
        ("B0040P0TE00E0100KSFF00000000000000000000", .malformed(.optionalBlock(0))),
        ("B0040P0TE00E0100KS0003FFFFFF000000000000", .malformed(.optionalBlock(0))),
        ("B0040P0TE00E0100KS0002FFFF00000000000000", .malformed(.optionalBlock(0))),
        ("B0048P0TE00E0200KS080000KS0800000000000000000000", .malformed(.optionalBlock(1))),
        ("B0048P0TE00E0200PB080000KS0800000000000000000000", .malformed(.optionalBlock(1))),
        ("B0046P0TE00E0100KS0600000000000000000000000000", .malformed(.optionalBlockCount)),
        ("B0048P0TE00E0000G0000000000000000000000000000000", .malformed(.encryptedKey)),
        ("B0048P0TE00E00000 000000000000000000000000000000", .malformed(.encryptedKey)),
        ("B0048P0TE00E00000000000000000000000000000000000X", .malformed(.authenticator)),
    ] as [(String, KeyBlockError)])
    func refused(text: String, expected: KeyBlockError) throws {
        let error = Self.error { _ = try KeyBlock(Array(text.utf8)) }
        #expect(error == expected)
    }

    @Test("Neither header nor key is made of what the standard does not allow")
    func badHeaders() throws {
        #expect(Self.error { _ = try KeyBlockHeader(version: .aes, keyUsage: "P", algorithm: "A", modeOfUse: "E") } == .malformed(.keyUsage))
        #expect(Self.error { _ = try KeyBlockHeader(version: .aes, keyUsage: "P0", algorithm: "é", modeOfUse: "E") } == .malformed(.algorithm))
        #expect(Self.error { _ = try KeyBlockHeader(version: .aes, keyUsage: "P0", algorithm: "A", modeOfUse: "\n") } == .malformed(.modeOfUse))
        #expect(
            Self.error { _ = try KeyBlockHeader(version: .aes, keyUsage: "P0", algorithm: "A", modeOfUse: "E", keyVersion: "0") }
                == .malformed(.keyVersion))
        #expect(KeyBlockHeader.OptionalBlock("KS", "å") == nil && KeyBlockHeader.OptionalBlock("K", "") == nil)
        #expect(KeyBlockHeader.OptionalBlock("KS", String(repeating: "0", count: 1_025)) == nil)
        var generator = SystemRandomNumberGenerator()
        let header = try KeyBlockHeader(version: .aes, keyUsage: "P0", algorithm: "A", modeOfUse: "E")
        let protection = try CipherKey.hex(.aes, "88E1AB2A2E3DD38C1FA039A536500CC8")
        #expect(
            Self.error { _ = try KeyBlock.wrapping(.hex("00112233445566"), header, under: protection, using: &generator) } == .keyLength(7))
        #expect(
            Self.error {
                _ = try KeyBlock.wrapping(
                    .hex("00112233445566778899AABBCCDDEEFF"), header, under: .hex(.tdes, "88E1AB2A2E3DD38C1FA039A536500CC8"),
                    using: &generator)
            } == .wrongProtectionKey)
        #expect(
            Self.error { _ = try KeyBlock(Array(Self.published[0].block.utf8)).unwrapped(under: protection).count } == .wrongProtectionKey)
    }

    // MARK: PyPI psec

    private static func random(_ count: Int) -> String { Hex.encode((0..<count).map { _ in UInt8.random(in: 0...255) }) }

    private static func header(_ version: KeyBlockHeader.Version, _ cipher: BlockCipher) throws -> KeyBlockHeader {
        let letters = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        func letter() -> Character { letters.randomElement() ?? "0" }
        var blocks: [KeyBlockHeader.OptionalBlock] = []
        for number in 0..<Int.random(in: 0...3) {
            let length = Int.random(in: 0...9) == 0 ? Int.random(in: 252...700) : Int.random(in: 0...40)
            let value = String((0..<length).map { _ in letter() })
            blocks.append(try #require(KeyBlockHeader.OptionalBlock(["KS", "TT", "IK"][number], value)))
        }
        return try KeyBlockHeader(
            version: version, keyUsage: ["P0", "B1", "K1", "M3", "D0"].randomElement() ?? "P0", algorithm: cipher == .aes ? "A" : "T",
            modeOfUse: "EXNB".randomElement() ?? "N", keyVersion: "\(letter())\(letter())", exportability: "ENS".randomElement() ?? "N",
            optionalBlocks: blocks)
    }

    private static func fields(_ header: KeyBlockHeader) -> [String] {
        let version = header.version == .aes ? "D" : "B"
        return [
            version, header.keyUsage, String(header.algorithm), String(header.modeOfUse), header.keyVersion, String(header.exportability),
            header.optionalBlocks.map { "\($0.name)=\($0.value)" }.joined(separator: ","),
        ]
    }

    @Test("psec unwraps what is wrapped here, and the other way round: random headers with optional blocks")
    func python() throws {
        let script = """
            kbpk, block, fields = bytes.fromhex(words[0]), words[1], words[2:9]
            header, key = psec.tr31.unwrap(kbpk, block)
            seen = ','.join(f'{k}={v}' for k, v in header.blocks._blocks.items() if k != 'PB')
            mine = psec.tr31.Header(*fields[:6])
            for pair in filter(None, fields[6].split(',')):
                mine.blocks[pair.split('=')[0]] = pair.split('=')[1]
            other = psec.tr31.KeyBlock(kbpk, mine).wrap(bytes.fromhex(words[9]))
            got = [header.version_id, header.key_usage, header.algorithm, header.mode_of_use, header.version_num, header.exportability, seen]
            return '|'.join(got) + '|' + key.hex().upper() + '|' + other
            """
        var generator = SystemRandomNumberGenerator()
        var cases: [(words: [String], key: String, header: KeyBlockHeader)] = []
        for _ in 0..<300 {
            let version = Bool.random() ? KeyBlockHeader.Version.aes : .tdes
            let cipher = Bool.random() ? BlockCipher.aes : .tdes
            let protection = Self.random(version.cipher.keyLengths.randomElement() ?? 16)
            let key = Self.random(cipher.keyLengths.randomElement() ?? 16)
            let header = try Self.header(version, cipher)
            let block = try KeyBlock.wrapping(.hex(key), header, under: .hex(version.cipher, protection), using: &generator)
            cases.append(([protection, block.text] + Self.fields(header) + [key], key, header))
        }
        let answers = try PaymentPython().ask(script, cases.map(\.words))
        #expect(answers.count == cases.count)
        for (row, answer) in zip(cases, answers) {
            let parts = answer.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 9 else {
                Issue.record("\(answer) for \(row.words[1])")
                continue
            }
            #expect(Array(parts[..<7]) == Self.fields(row.header))
            #expect(parts[7] == row.key)
            let block = try KeyBlock(Array(parts[8].utf8))
            #expect(block.header == row.header)
            #expect(try block.unwrapped(under: .hex(row.header.version.cipher, row.words[0])).hex == row.key)
        }
    }

    @Test("Check values are those of psec and of the cryptography package")
    func checkValues() throws {
        let script = """
            from cryptography.hazmat.primitives.cmac import CMAC
            from cryptography.hazmat.primitives.ciphers import algorithms
            key = bytes.fromhex(words[1])
            if words[0] == 'T': return psec.des.generate_kcv(key, 3).hex().upper()
            mac = CMAC(algorithms.AES(key)); mac.update(bytes(16))
            return mac.finalize()[:5].hex().upper()
            """
        var cases: [[String]] = []
        for _ in 0..<50 {
            let cipher = Bool.random() ? BlockCipher.aes : .tdes
            cases.append([cipher == .aes ? "A" : "T", Self.random(cipher.keyLengths.randomElement() ?? 16)])
        }
        let answers = try PaymentPython().ask(script, cases)
        #expect(answers.count == cases.count)
        for (words, answer) in zip(cases, answers) {
            #expect(try CipherKey.hex(words[0] == "A" ? .aes : .tdes, words[1]).checkValue.description == answer)
        }
    }
}
