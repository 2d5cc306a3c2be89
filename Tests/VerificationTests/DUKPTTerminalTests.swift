import Core
import Secrets
import Testing

@testable import Verification

extension PendingDUKPTKey {
    /// As a store that keeps its promise.
    consuming func stored() throws -> DUKPTTransactionKey {
        var bytes = withState { Array($0) }
        return try open(readBack: SecretBytes(taking: &bytes))
    }
}

@Suite("DUKPT: the terminal's registers")
struct DUKPTTerminalTests {
    static let schemes = [DUKPTScheme.tdes, .aes128, .aes256]

    private static func initial(_ scheme: DUKPTScheme) throws -> (key: String, serial: KeySerialNumber) {
        switch scheme {
        case .tdes: (DUKPTVectors.TDES.initialKey, try .hex(DUKPTVectors.TDES.serial))
        case .aes128: (DUKPTVectors.aes128.initialKey, try .hex(DUKPTVectors.aes128.initialKeyName + "00000000"))
        case .aes256: (DUKPTVectors.aes256.initialKey, try .hex(DUKPTVectors.aes256.initialKeyName + "00000000"))
        }
    }

    private static func terminal(_ scheme: DUKPTScheme) throws -> DUKPTTerminal {
        let (key, serial) = try initial(scheme)
        return try DUKPTTerminal(scheme: scheme, initialKey: .hex(key), serialNumber: serial)
    }

    private static func hostKey(_ scheme: DUKPTScheme, _ serial: KeySerialNumber) throws -> String {
        try DUKPTHost.transactionKey(scheme, initialKey: .hex(initial(scheme).key), serialNumber: serial).bytes.hex
    }

    @Test("Each key is the host's, counters grow one by one", arguments: schemes)
    func first(scheme: DUKPTScheme) throws {
        var terminal = try Self.terminal(scheme)
        for counter in 1...300 as ClosedRange<UInt32> {
            let key = try terminal.next().stored()
            #expect(key.serialNumber.counter == counter)
            #expect(try key.bytes.hex == Self.hostKey(scheme, key.serialNumber))
        }
    }

    @Test("From far counters on to the end, with the ones that are left out", arguments: [
        (.tdes, 0x0F_F7FE), (.tdes, 0x15_5554), (.tdes, 0x1F_F7FE), (.aes128, 0x1_FFFA), (.aes128, 0xFFFE_1FF0), (.aes256, 0xFFFE_C000),
    ] as [(DUKPTScheme, UInt32)])
    func far(scheme: DUKPTScheme, start: UInt32) throws {
        // The nearest counter that is used, from here on.
        var start = start
        while start.nonzeroBitCount > scheme.greatestOnes { start += 1 << UInt32(start.trailingZeroBitCount) }
        var terminal = try Self.terminal(scheme)
        try terminal.skip(to: start)
        var expected = start
        for _ in 0..<60 {
            if expected == 0 {
                #expect(throws: DUKPTError.exhausted) { _ = try terminal.next().serialNumber }
                break
            }
            let key = try terminal.next().stored()
            #expect(key.serialNumber.counter == expected)
            #expect(try key.bytes.hex == Self.hostKey(scheme, key.serialNumber))
            repeat {
                expected = (expected &+ 1) & UInt32(truncatingIfNeeded: scheme.greatestCounter)
            } while expected.nonzeroBitCount > scheme.greatestOnes
        }
    }

    @Test("The last keys, then none", arguments: schemes)
    func exhausted(scheme: DUKPTScheme) throws {
        var terminal = try Self.terminal(scheme)
        let last = UInt32(truncatingIfNeeded: scheme.greatestCounter) & ~((1 << UInt32(scheme.counterWidth - scheme.greatestOnes)) - 1)
        try terminal.skip(to: last)
        #expect(terminal.remaining == 1)
        let key = try terminal.next().stored()
        #expect(try key.serialNumber.counter == last && key.bytes.hex == Self.hostKey(scheme, key.serialNumber))
        #expect(terminal.remaining == 0)
        #expect(throws: DUKPTError.exhausted) { _ = try terminal.next().serialNumber }
        // So it stays after a restart, and no register holds anything.
        let state = try terminal.serialised()
        let registers = state.withBytes { Array($0.dropFirst(2 + scheme.serialLength + 4)) }
        #expect(registers.allSatisfy { $0 == 0 })
        var again = try DUKPTTerminal(serialised: state)
        #expect(throws: DUKPTError.exhausted) { _ = try again.next().serialNumber }
    }

    @Test("Triple DES has 1,048,575 keys, AES 2,448,023,842: what is left is counted")
    func remaining() throws {
        // Sums of binomial coefficients, 21 over 1…10 and 32 over 1…16.
        func sum(_ width: UInt64, _ most: UInt64) -> UInt64 {
            (1...most).reduce(0) { sum, ones in
                sum + (1...ones).reduce(UInt64(1)) { $0 * (width - $1 + 1) / $1 }
            }
        }
        var tdes = try Self.terminal(.tdes)
        #expect(tdes.remaining == 1_048_575 && sum(21, 10) == 1_048_575)
        #expect(try Self.terminal(.aes128).remaining == 2_448_023_842 && sum(32, 16) == 2_448_023_842)
        for used in 1...100 as ClosedRange<UInt64> {
            _ = try tdes.next().serialNumber
            #expect(tdes.remaining == 1_048_575 - used)
        }
    }

    @Test("What is left after a key holds neither that key nor any before, nor the initial key", arguments: schemes)
    func forwardSecret(scheme: DUKPTScheme) throws {
        var terminal = try Self.terminal(scheme)
        var gone = [try #require(Hex.decode(Self.initial(scheme).key))]
        for _ in 0..<70 {
            let key = try terminal.next().stored()
            gone.append(try #require(Hex.decode(key.bytes.hex)))
            let state = try #require(Hex.decode(terminal.serialised().hex))
            for old in gone { #expect(state.firstRange(of: old) == nil) }
            // Nor can one be made of what is left: each register's own key is one of a counter still to come.
            let length = scheme.keyLength
            for (place, start) in stride(from: 2 + scheme.serialLength + 4, to: state.count, by: length).enumerated() {
                let register = Array(state[start..<(start + length)])
                guard register.contains(where: { $0 != 0 }) else { continue }
                let lowest = UInt32(1) << UInt32(place)
                let counter = UInt32(truncatingIfNeeded: terminal.counter)
                let next = counter & lowest == 0 ? (counter & ~(lowest - 1)) | lowest : counter
                #expect(next >= counter)
                let serial = KeySerialNumber(base: terminal.base, counter: next)
                #expect(try Hex.encode(register) == Self.hostKey(scheme, serial))
            }
        }
    }

    @Test("A key opens only against the state it goes with, as it was read back")
    func durableFirst() throws {
        var terminal = try Self.terminal(.aes128)
        let before = try terminal.serialised()
        let pending = try terminal.next()
        do throws(DUKPTError) {
            _ = try pending.open(readBack: before).scheme
            Issue.record("opened")
        } catch {
            #expect(error == .notStored)
        }
        // Its counter is gone with it.
        let next = try terminal.next()
        #expect(next.serialNumber.counter == 2)
        #expect(try next.stored().serialNumber.counter == 2)
    }

    @Test("A state that was stored goes on where it stood", arguments: schemes)
    func restored(scheme: DUKPTScheme) throws {
        var terminal = try Self.terminal(scheme)
        for _ in 0..<40 {
            _ = try terminal.next().stored().scheme
            var again = try DUKPTTerminal(serialised: terminal.serialised())
            #expect(again.remaining == terminal.remaining)
            let left = try terminal.next().stored()
            let right = try again.next().stored()
            #expect(left.serialNumber == right.serialNumber && left.bytes.hex == right.bytes.hex)
        }
    }

    @Test("What no terminal has written is no state", arguments: [
        (0, 0x02, .version), (1, 0x09, .scheme), (12, 0x80, .counter), (13, 0xFF, .counter), (15, 0x01, .registers),
    ] as [(Int, UInt8, DUKPTError.Field)])
    func badStates(place: Int, value: UInt8, field: DUKPTError.Field) throws {
        var terminal = try Self.terminal(.tdes)
        for _ in 0..<9 { _ = try terminal.next().serialNumber }
        var bytes = try #require(Hex.decode(terminal.serialised().hex))
        bytes[place] = value
        if place == 13 { bytes[14] = 0xFF }
        let state = try SecretBytes(taking: &bytes)
        #expect(throws: DUKPTError.badState(field)) { _ = try DUKPTTerminal(serialised: state).scheme }
    }

    @Test("A state of another length is none")
    func badLengths() throws {
        let whole = try #require(Hex.decode(Self.terminal(.aes256).serialised().hex))
        for count in [1, 2, 14, 17, 18, whole.count - 1] {
            var bytes = Array(whole.prefix(count))
            let state = try SecretBytes(taking: &bytes)
            #expect(throws: DUKPTError.self) { _ = try DUKPTTerminal(serialised: state).scheme }
        }
        var longer = whole + [0]
        let state = try SecretBytes(taking: &longer)
        #expect(throws: DUKPTError.badState(.length)) { _ = try DUKPTTerminal(serialised: state).scheme }
    }

    @Test("An initial key goes with its serial number's kind")
    func mismatch() throws {
        let serial = try KeySerialNumber.hex(DUKPTVectors.TDES.serial)
        #expect(throws: DUKPTError.badSerialNumber) {
            _ = try DUKPTTerminal(scheme: .aes128, initialKey: .hex(DUKPTVectors.TDES.initialKey), serialNumber: serial).scheme
        }
        #expect(throws: DUKPTError.key(.keyLength(32))) {
            _ = try DUKPTTerminal(scheme: .tdes, initialKey: .hex(DUKPTVectors.aes256.initialKey), serialNumber: serial).scheme
        }
    }
}
