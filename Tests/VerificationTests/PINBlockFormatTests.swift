import Core
import Secrets
import Testing

@testable import Verification

/// Random numbers that a test chooses.
struct ChosenNumbers: RandomNumberGenerator {
    /// The nibbles that are drawn, in order, over and over.
    let nibbles: [UInt8]
    private var place = 0

    init(_ nibbles: [UInt8]) { self.nibbles = nibbles }

    mutating func next() -> UInt64 {
        defer { place += 1 }
        // Swift's bounded draw from a range of sixteen takes the highest bits of the product: the nibble, left-justified.
        return UInt64(nibbles[place % nibbles.count]) << 60 | UInt64.max >> 5
    }
}

@Suite("ISO 9564-1 §9.3: PIN blocks")
struct PINBlockFormatTests {
    private static let key = "0123456789ABCDEFFEDCBA9876543210"
    private static let aesKey = "C1D0F8FB4958670DBA40AB1F3752EF0D"

    @Test("Format 0, published and at its limits", arguments: [
        ("1234", "4012345678909", "041274EDCBA9876F"),
        ("123456789012", "4012345678909", "0C12749DFB8BEC6F"),
        ("1234", "12345678", "041234FFFEDCBA98"),
    ])
    func zero(pin digits: String, pan: String, block: String) throws {
        #expect(try ClearPINBlock.zero(pin(digits), .of(pan)).bytes.hex == block)
    }

    @Test("Format 1, published: the nonce fills it")
    func one() throws {
        // 1 5 12345, then the right nibbles of 9A33C56F87A9CBED's complement as the published row shows them.
        var numbers = ChosenNumbers([0xE, 0xD, 0xC, 0xB, 0xA, 0x9, 0x8, 0x7, 0x6])
        let block = try ClearPINBlock.one(pin("12345"), using: &numbers)
        #expect(block.bytes.hex == "1512345EDCBA9876")
    }

    @Test("Format 3: head as published, filled with A–F alone, fresh each time")
    func three() throws {
        var generator = SystemRandomNumberGenerator()
        var seen: Set<String> = []
        let account = try AccountNumberField.of("4012345678909")
        for _ in 0..<200 {
            var block = try ClearPINBlock.three(pin("12345"), account, using: &generator)
            #expect(block.bytes.hex.hasPrefix("3512"))
            block.bytes.combine(account.short)
            let field = block.bytes.hex
            #expect(field.hasPrefix("3512345") && field.dropFirst(7).allSatisfy { "ABCDEF".contains($0) })
            seen.insert(field)
        }
        #expect(seen.count > 190)
    }

    @Test("Format 4: fields as published")
    func four() throws {
        var numbers = ChosenNumbers([0x2, 0xF, 0x6, 0x9, 0xA, 0xD, 0xD, 0xE, 0x2, 0xE, 0x9, 0xE, 0x7, 0xA, 0xC, 0xE])
        #expect(try ClearPINBlock.four(pin("1234"), using: &numbers).bytes.hex == DUKPTVectors.pinField)
        var generator = SystemRandomNumberGenerator()
        #expect(try ClearPINBlock.four(pin("12345"), using: &generator).bytes.hex.hasPrefix("4512345AAAAAAAAA"))
        for (pan, field) in [
            ("4111111111111111", "44111111111111111000000000000000"), ("411111111111111", "34111111111111110000000000000000"),
            ("123456789", "00001234567890000000000000000000"), ("1234567890123456789", "71234567890123456789000000000000"),
        ] {
            #expect(Hex.encode(try AccountNumberField.of(pan).long) == field)
        }
    }

    @Test("Format 4 under the published key of AES DUKPT")
    func fourEnciphered() throws {
        var numbers = ChosenNumbers([0x2, 0xF, 0x6, 0x9, 0xA, 0xD, 0xD, 0xE, 0x2, 0xE, 0x9, 0xE, 0x7, 0xA, 0xC, 0xE])
        let key = try CipherKey.hex(.aes, DUKPTVectors.aes128.pinKeys[0])
        let block = try ClearPINBlock.four(pin("1234"), using: &numbers).enciphered(under: key, .of(DUKPTVectors.pan))
        #expect(Hex.encode(block) == DUKPTVectors.aes128.blocks[0])
    }

    @Test("What is made is opened, in each format, for each length", arguments: [PINBlockFormat.zero, .one, .three, .four])
    func roundTrip(format: PINBlockFormat) throws {
        var generator = SystemRandomNumberGenerator()
        for length in 4...12 {
            let digits = String((0..<length).map { _ in "0123456789".randomElement() ?? "0" })
            let account = try AccountNumberField.of(String((0..<Int.random(in: 8...19)).map { _ in "0123456789".randomElement() ?? "0" }))
            let key = format == .four ? try CipherKey.hex(.aes, Self.aesKey) : try CipherKey.hex(.tdes, Self.key)
            let block: [UInt8]
            switch format {
            case .zero: block = try ClearPINBlock.zero(pin(digits), account).enciphered(under: key, nil)
            case .one: block = try ClearPINBlock.one(pin(digits), using: &generator).enciphered(under: key, nil)
            case .three: block = try ClearPINBlock.three(pin(digits), account, using: &generator).enciphered(under: key, nil)
            case .four: block = try ClearPINBlock.four(pin(digits), using: &generator).enciphered(under: key, account)
            }
            #expect(VerificationTests.digits(try ReceivedPINBlock.pin(block, format, under: key, account)) == digits)
        }
    }

    @Test("A host refuses a block of another card, key, format or length", arguments: [PINBlockFormat.zero, .three])
    func refusals(format: PINBlockFormat) throws {
        var generator = SystemRandomNumberGenerator()
        let account = try AccountNumberField.of("4012345678909")
        let key = try CipherKey.hex(.tdes, Self.key)
        let block =
            format == .zero
            ? try ClearPINBlock.zero(pin("1234"), account).enciphered(under: key, nil)
            : try ClearPINBlock.three(pin("12345"), account, using: &generator).enciphered(under: key, nil)
        for other in ["4022345678909", "4088888888889"] {
            #expect(throws: PINBlockError.self) {
                _ = try ReceivedPINBlock.pin(block, format, under: key, .of(other)).isEqualInConstantTime(to: pin("1234"))
            }
        }
        #expect(throws: PINBlockError.format) {
            _ = digits(try ReceivedPINBlock.pin(block, format == .zero ? .three : .zero, under: key, account))
        }
        #expect(throws: PINBlockError.length(7)) {
            _ = digits(try ReceivedPINBlock.pin(Array(block.dropLast()), format, under: key, account))
        }
        #expect(throws: PINBlockError.format) {
            _ = digits(try ReceivedPINBlock.pin(block, .four, under: key, account))
        }
        #expect(throws: CipherKeyError.keyLength(16)) {
            _ = try ClearPINBlock.zero(pin("1234"), account).enciphered(under: .hex(.aes, Self.aesKey), nil)
        }
    }

    @Test("PyPI psec opens what is made here, and the other way round")
    func python() throws {
        let script = """
            kind, key, pin, pan, block = words[0], bytes.fromhex(words[1]), words[2], words[3], bytes.fromhex(words[4])
            ecb = psec.des.encrypt_tdes_ecb
            if kind == '0': return psec.pinblock.decode_pinblock_iso_0(psec.des.decrypt_tdes_ecb(key, block), pan) + ' ' + ecb(key, psec.pinblock.encode_pinblock_iso_0(pin, pan)).hex()
            if kind == '3': return psec.pinblock.decode_pinblock_iso_3(psec.des.decrypt_tdes_ecb(key, block), pan) + ' ' + ecb(key, psec.pinblock.encode_pinblock_iso_3(pin, pan)).hex()
            return psec.pinblock.decipher_pinblock_iso_4(key, block, pan) + ' ' + psec.pinblock.encipher_pinblock_iso_4(key, pin, pan).hex()
            """
        var generator = SystemRandomNumberGenerator()
        var cases: [[String]] = []
        let digit = { "0123456789".randomElement() ?? "0" }
        for format in [PINBlockFormat.zero, .three, .four] {
            for _ in 0..<100 {
                let digits = String((0..<Int.random(in: 4...12)).map { _ in digit() })
                // psec takes thirteen digits at least for formats 0 and 3.
                let pan = String((0..<Int.random(in: 13...19)).map { _ in digit() })
                let key = Hex.encode((0..<16).map { _ in UInt8.random(in: 0...255) })
                let account = try AccountNumberField.of(pan)
                let block: [UInt8]
                switch format {
                case .zero: block = try ClearPINBlock.zero(pin(digits), account).enciphered(under: .hex(.tdes, key), nil)
                case .three:
                    block = try ClearPINBlock.three(pin(digits), account, using: &generator).enciphered(under: .hex(.tdes, key), nil)
                default: block = try ClearPINBlock.four(pin(digits), using: &generator).enciphered(under: .hex(.aes, key), account)
                }
                cases.append(["\(format.rawValue)", key, digits, pan, Hex.encode(block)])
            }
        }
        let answers = try PaymentPython().ask(script, cases)
        #expect(answers.count == cases.count)
        for (words, answer) in zip(cases, answers) {
            let parts = answer.split(separator: " ").map(String.init)
            guard parts.count == 2, parts[0] == words[2], let block = Hex.decode(parts[1]),
                let format = UInt8(words[0]).flatMap(PINBlockFormat.init)
            else {
                Issue.record("\(words[0]): \(answer)")
                continue
            }
            let key = try CipherKey.hex(format == .four ? .aes : .tdes, words[1])
            #expect(digits(try ReceivedPINBlock.pin(block, format, under: key, .of(words[3]))) == words[2])
        }
    }
}
