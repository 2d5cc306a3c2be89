import Core
import Glibc
import Secrets
import SmartCard
import Testing

@testable import EMV
@testable import Verification

/// Goal S5 for the value side: a process that takes a PIN of twelve random digits through every exit, many times, holds no copy of
/// it afterwards. In a process of its own, whose memory is searched from within.
@Suite("No copy of a PIN is left behind")
struct ResidueTests {
    /// The ways an entry ends.
    enum Exit: CaseIterable {
        case right, wrong, cardPulled, cancelled, timedOut, thrown, enciphered, online, compared
    }

    struct Thrown: Error {}

    /// One entry of the canary, to its end.
    static func go(_ exit: Exit, _ canary: borrowing Canary) throws {
        guard let request = PINEntryRequest<SchemePIN>(amount: Money(minorUnits: 100, currency: .eur)) else { throw Thrown() }
        var carrier = try PINEntryCarrier(request)
        _ = carrier.amountShown(at: 0)
        for place in 0..<12 { _ = carrier.press(.digit(canary.digits.withBytes { $0[place] }), at: 1) }
        switch exit {
        case .cancelled:
            _ = carrier.press(.cancel, at: 2)
            return
        case .timedOut:
            _ = carrier.timerFired(at: 60_000)
            return
        default: _ = carrier.press(.enter, at: 2)
        }
        let result = carrier.result()
        guard case .entered(let pin) = consume result else { throw Thrown() }
        switch exit {
        case .right: try verify(pin, .success)
        case .wrong: try verify(pin, StatusWord(0x63, 0xC2))
        case .cardPulled: try verify(pin, nil)
        case .thrown: throw Thrown()
        case .enciphered: try encipher(pin)
        case .online: try authorise(pin)
        case .compared:
            guard let other = try PIN(digits: [1, 2, 3, 4] as [UInt8]) else { throw Thrown() }
            _ = pin.isEqualInConstantTime(to: other)
        case .cancelled, .timedOut: break
        }
    }

    private static func card(_ status: StatusWord?) -> ([UInt8]) throws(CardError) -> [UInt8] {
        { (command: [UInt8]) throws(CardError) -> [UInt8] in
            guard let status, command.count > 12 else { throw .removed }
            return status.bytes
        }
    }

    private static func verify(_ pin: borrowing PIN, _ status: StatusWord?) throws {
        _ = try? PINBlock(pin).plaintextCommand().send(over: card(status))
    }

    private static func encipher(_ pin: borrowing PIN) throws {
        for exponent in [[0x03], [0x01, 0x00, 0x01]] as [[UInt8]] {
            // Odd and large: the power needs no more of a modulus.
            let key = RSAPublicKey(modulus: [UInt8](repeating: 0xF1, count: 128), exponent: exponent)
            var generator = SystemRandomNumberGenerator()
            let command = try PINBlock(pin).encipheredCommand(
                key: key, challenge: [1, 2, 3, 4, 5, 6, 7, 8], using: &generator)
            guard let command else { throw Thrown() }
            _ = try command.send(over: card(.success))
        }
    }

    private static func authorise(_ pin: borrowing PIN) throws {
        let account = try AccountNumberField.of(Canary.pan)
        var generator = SystemRandomNumberGenerator()
        for scheme in [DUKPTScheme.tdes, .aes128, .aes256] {
            let serial = try KeySerialNumber.hex(scheme == .tdes ? "FFFF9876543210E00000" : "123456789012345600000000")
            var base = [UInt8](repeating: 0x5C, count: scheme.keyLength)
            let initial = try DUKPTHost.initialKey(scheme, base: SecretBytes(taking: &base), serialNumber: serial)
            var terminal = try DUKPTTerminal(scheme: scheme, initialKey: initial, serialNumber: serial)
            let key = try terminal.next().stored()
            let enciphered = try key.encipher(pin, account, using: &generator)
            let format = enciphered.format
            let opened = try ReceivedPINBlock.pin(enciphered.takeForAuthorisation(), format, under: key.pinKey(), account)
            guard opened.isEqualInConstantTime(to: pin) else { throw Thrown() }
        }
        let three = try CipherKey.hex(.tdes, "0123456789ABCDEFFEDCBA9876543210")
        _ = try ClearPINBlock.three(pin, account, using: &generator).enciphered(under: three, nil)
        _ = try ClearPINBlock.one(pin, using: &generator).enciphered(under: three, nil)
    }

    /// Ends the process with a word about why.
    private static func fail(_ text: String) -> Never {
        _ = (text + "\n").withCString { write(STDERR_FILENO, $0, strlen($0)) }
        exit(1)
    }

    @Test("After 20 entries through each of nine exits, memory holds no copy in any form")
    func residue() async {
        await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            let canary = try Canary()
            for _ in 0..<20 {
                for exit in Exit.allCases {
                    do { try Self.go(exit, canary) } catch is Thrown { guard exit == .thrown else { Self.fail("\(exit) threw") } }
                }
            }
            let (names, scanned) = try canary.found()
            guard names.isEmpty else { Self.fail("found: \(names)") }
            guard scanned > 1 << 20 else { Self.fail("only \(scanned) bytes were read") }
            exit(0)
        }
    }

    @Test("A PIN in use is found, and nowhere but in its own page; a leak on purpose is found in each form")
    func planted() async {
        await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            let canary = try Canary()
            do {
                var buffer = try PINBuffer()
                for place in 0..<12 { buffer.append(canary.digits.withBytes { $0[place] }) }
                guard let pin = buffer.finished() else { Self.fail("no PIN") }
                let names = try canary.found().names
                guard names == ["digits"] else { Self.fail("in use: \(names)") }
                guard pin.isEqualInConstantTime(to: pin) else { Self.fail("unlike itself") }
            }
            guard try canary.found().names.isEmpty else { Self.fail("after its end") }
            for form in canary.forms.indices {
                guard let leak = canary.planted(form) else { Self.fail("no memory") }
                let names = try canary.found().names
                guard names.contains(canary.forms[form].name) else { Self.fail("not found: \(canary.forms[form].name)") }
                memset(leak, 0, canary.forms[form].range.count)
                free(leak)
            }
            guard try canary.found().names.isEmpty else { Self.fail("after the leaks") }
            exit(0)
        }
    }

    @Test("An array of the digits, as careless code makes it, is found after it was freed")
    func careless() async {
        await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            let canary = try Canary()
            // Freed memory keeps most of what it held; the allocator's own words lie over the first sixteen bytes.
            for _ in 0..<50 { _ = canary.digits.withBytes { digits in [UInt8](repeating: 0xEE, count: 40) + digits }.count }
            guard try canary.found().names.contains("digits") else { Self.fail("not found") }
            exit(0)
        }
    }
}
