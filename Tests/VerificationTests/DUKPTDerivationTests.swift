import Core
import Secrets
import Testing

@testable import Verification

@Suite("DUKPT: published values of ANSI X9.24-1 and X9.24-3")
struct DUKPTDerivationTests {
    private static func tdesKey(_ serial: String) throws -> DUKPTTransactionKey {
        let serial = try KeySerialNumber.hex(serial)
        let initial = try DUKPTHost.initialKey(.tdes, base: .hex(DUKPTVectors.TDES.base), serialNumber: serial)
        return try DUKPTHost.transactionKey(.tdes, initialKey: initial, serialNumber: serial)
    }

    @Test("Triple DES: the initial key")
    func tdesInitialKey() throws {
        let key = try DUKPTHost.initialKey(
            .tdes, base: .hex(DUKPTVectors.TDES.base), serialNumber: .hex(DUKPTVectors.TDES.serial))
        #expect(key.hex == DUKPTVectors.TDES.initialKey)
    }

    @Test("Triple DES: transaction key, PIN block and MACs", arguments: DUKPTVectors.TDES.rows)
    func tdesRows(row: DUKPTVectors.TDES.Row) throws {
        let key = try Self.tdesKey(row.serial)
        #expect(key.bytes.hex == row.key)
        let account = try AccountNumberField.of(DUKPTVectors.TDES.pan)
        #expect(try ClearPINBlock.zero(pin("1234"), account).bytes.hex == DUKPTVectors.TDES.clearBlock)
        var generator = SystemRandomNumberGenerator()
        let enciphered = try key.encipher(pin("1234"), account, using: &generator)
        #expect(enciphered.keySerialNumber.description == row.serial)
        let block = enciphered.takeForAuthorisation()
        #expect(Hex.encode(block) == row.block)
        #expect(digits(try ReceivedPINBlock.pin(block, .zero, under: key.pinKey(), account)) == "1234")
        let message = Array(DUKPTVectors.TDES.message.utf8)
        #expect(Hex.encode(try key.mac(message, .request)) == row.request)
        #expect(Hex.encode(try key.mac(message, .response)) == row.response)
    }

    @Test("Triple DES: the key for data, and data under it")
    func tdesData() throws {
        let key = try Self.tdesKey("FFFF9876543210E00001").dataKey(.request)
        #expect(key.bytes.hex == DUKPTVectors.TDES.dataKey)
        var message = Array(DUKPTVectors.TDES.message.utf8)
        message += [UInt8](repeating: 0, count: 24 - message.count)
        let clear = try SecretBytes(taking: &message)
        #expect(Hex.encode(try key.encipher(clear, initial: [UInt8](repeating: 0, count: 8))) == DUKPTVectors.TDES.data)
    }

    @Test("AES: initial key, transaction keys and working keys", arguments: [DUKPTScheme.aes128, .aes256])
    func aes(scheme: DUKPTScheme) throws {
        let vectors = scheme == .aes128 ? DUKPTVectors.aes128 : DUKPTVectors.aes256
        let name = try KeySerialNumber.hex(vectors.initialKeyName + "00000000")
        let initial = try DUKPTHost.initialKey(scheme, base: .hex(vectors.base), serialNumber: name)
        #expect(initial.hex == vectors.initialKey)
        for (place, serial) in vectors.serials.enumerated() {
            let key = try DUKPTHost.transactionKey(scheme, initialKey: initial, serialNumber: .hex(serial))
            #expect(key.bytes.hex == vectors.keys[place])
            #expect(try key.pinKey(.aes128).bytes.hex == vectors.pinKeys[place])
            #expect(try key.macKey(.request, .aes128).bytes.hex == vectors.macKeys[place])
            #expect(try key.dataKey(.request, .aes128).bytes.hex == vectors.dataKeys[place])
            if scheme == .aes256 {
                #expect(try key.pinKey().bytes.hex == vectors.longPINKeys[place])
                #expect(try key.macKey(.request).bytes.hex == vectors.longMACKeys[place])
                #expect(try key.dataKey(.request).bytes.hex == vectors.longDataKeys[place])
            } else {
                #expect(throws: CipherKeyError.keyLength(32)) { _ = try key.pinKey(.aes256).byteCount }
            }
        }
        let far = zip(vectors.farSerials + vectors.lastSerials, vectors.farKeys + vectors.lastKeys)
        for (serial, expected) in far {
            #expect(try DUKPTHost.transactionKey(scheme, initialKey: initial, serialNumber: .hex(serial)).bytes.hex == expected)
        }
        #expect(try DUKPTHost.updateKey(scheme, initialKey: initial, serialNumber: name, type: .aes128).bytes.hex == vectors.updateKey)
        if let long = vectors.longUpdateKey {
            #expect(try DUKPTHost.updateKey(scheme, initialKey: initial, serialNumber: name).bytes.hex == long)
        }
    }

    @Test("AES-128: PIN blocks of format 4 as published, opened by the host")
    func aesBlocks() throws {
        let vectors = DUKPTVectors.aes128
        let account = try AccountNumberField.of(DUKPTVectors.pan)
        #expect(!vectors.blocks.isEmpty)
        for (serial, block) in zip(vectors.serials, vectors.blocks) {
            let key = try DUKPTHost.transactionKey(.aes128, initialKey: .hex(vectors.initialKey), serialNumber: .hex(serial))
            let bytes = try #require(Hex.decode(block))
            #expect(digits(try ReceivedPINBlock.pin(bytes, .four, under: key.pinKey(), account)) == "1234")
        }
    }

    @Test("A host takes no serial number that no terminal uses")
    func badSerialNumbers() throws {
        let long = try KeySerialNumber.hex("123456789012345600000001")
        let initial = try SecretBytes.hex(DUKPTVectors.TDES.initialKey)
        for serial in [
            "FFFF9876543210E00000", "FFFF9876543210FFFFFF", "FFFF9876543210E007FF",
        ] {
            #expect(throws: DUKPTError.badSerialNumber) {
                _ = try DUKPTHost.transactionKey(.tdes, initialKey: initial, serialNumber: .hex(serial)).scheme
            }
        }
        #expect(throws: DUKPTError.badSerialNumber) {
            _ = try DUKPTHost.transactionKey(.tdes, initialKey: initial, serialNumber: long).scheme
        }
        for serial in ["123456789012345600000000", "12345678901234560001FFFF"] {
            #expect(throws: DUKPTError.badSerialNumber) {
                _ = try DUKPTHost.transactionKey(.aes128, initialKey: initial, serialNumber: .hex(serial)).scheme
            }
        }
    }

    @Test("PyPI dukpt derives the same keys of triple DES from random base keys")
    func python() throws {
        let script = """
            bdk, ksn = bytes.fromhex(words[0]), bytes.fromhex(words[1])
            server = dukpt.Server(bdk=bdk)
            ik = server.generate_ipek(bdk, dukpt.BitArray(bytes=ksn))
            return (ik.bytes + server.derive_key(ik, dukpt.BitArray(bytes=ksn)).bytes).hex().upper()
            """
        var cases: [[String]] = []
        for _ in 0..<200 {
            let base = (0..<16).map { _ in UInt8.random(in: 0...255) }
            let name = (0..<10).map { _ in UInt8.random(in: 0...255) }
            // Version 1.0.1 looks at the lowest nine bits of the counter alone.
            let serial = KeySerialNumber(base: name, counter: UInt32.random(in: 1...511))
            cases.append([Hex.encode(base), serial.description])
        }
        let answers = try PaymentPython().ask(script, cases)
        #expect(answers.count == cases.count)
        for (words, answer) in zip(cases, answers) {
            let serial = try KeySerialNumber.hex(words[1])
            let initial = try DUKPTHost.initialKey(.tdes, base: .hex(words[0]), serialNumber: serial)
            let key = try DUKPTHost.transactionKey(.tdes, initialKey: initial, serialNumber: serial)
            #expect(initial.hex + key.bytes.hex == answer)
        }
    }
}
