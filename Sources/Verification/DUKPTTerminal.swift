import Secrets

/// A terminal's side of DUKPT: one future key for each bit of the counter, from which each transaction takes one and never
/// again. Neither the initial key nor any used key can be computed from what is left (ANSI X9.24-1:2009 A.3; X9.24-3:2017 §6.5).
///
/// The state is a value with one owner. ``next()`` moves it on first and then hands out the key sealed in a ``PendingDUKPTKey``,
/// which opens only against the new state as it was read back from the store: a counter is durable before its key is used, and a
/// crash costs a counter, never a second use of one.
public struct DUKPTTerminal: ~Copyable, Sendable {
    public let scheme: DUKPTScheme
    /// The serial number with a counter of zero.
    let base: [UInt8]
    /// Of the next key; past ``DUKPTScheme/greatestCounter`` when there is none.
    private(set) var counter: UInt64
    /// A key for each bit of the counter. At any time those hold one that are the one-bits of the counter's negative: its lowest
    /// one-bit, and its zeros above. The others are zeros.
    private var registers: SecretBytes

    /// Loads an initial key, which is not kept.
    /// - Parameter serialNumber: of the initial key; the counter in it is ignored.
    /// - Throws: ``DUKPTError/badSerialNumber``, ``DUKPTError/key(_:)``.
    public init(
        scheme: DUKPTScheme, initialKey: consuming SecretBytes, serialNumber: KeySerialNumber
    ) throws(DUKPTError) {
        guard serialNumber.bytes.count == scheme.serialLength else { throw .badSerialNumber }
        guard initialKey.count == scheme.keyLength else { throw .key(.keyLength(initialKey.count)) }
        let base = KeySerialNumber(base: serialNumber.bytes, counter: 0).bytes
        var registers = try translating(DUKPTError.key) { () throws(CipherKeyError) in
            try SecretBytes.room(scheme.counterWidth * scheme.keyLength)
        }
        try Self.fill(&registers, scheme, base, counter: 0, below: scheme.counterWidth, from: initialKey)
        self.init(scheme, base, counter: 1, registers)
    }

    private init(_ scheme: DUKPTScheme, _ base: [UInt8], counter: UInt64, _ registers: consuming SecretBytes) {
        self.scheme = scheme
        self.base = base
        self.counter = counter
        self.registers = registers
    }

    /// How many keys are left, for a technician's eyes.
    public var remaining: UInt64 {
        // Counters with at most so many ones, from this one on: for each one-bit of what comes before, the choices below it.
        guard counter <= scheme.greatestCounter else { return 0 }
        var ones = 0
        var left: UInt64 = 0
        for bit in (0..<scheme.counterWidth).reversed() {
            if counter >> UInt64(bit) & 1 == 1 {
                ones += 1
            } else {
                left += Self.choices(of: bit, atMost: scheme.greatestOnes - ones - 1)
            }
        }
        return left + 1
    }

    /// Words of `width` bits with at most `most` ones.
    private static func choices(of width: Int, atMost most: Int) -> UInt64 {
        guard most >= 0 else { return 0 }
        var sum: UInt64 = 1
        var term: UInt64 = 1
        for ones in stride(from: 1, through: min(width, most), by: 1) {
            term = term * UInt64(width - ones + 1) / UInt64(ones)
            sum += term
        }
        return sum
    }

    /// The next key and the state after it. This state moves on even when the pending key is dropped.
    /// - Throws: ``DUKPTError/exhausted``; after a ``DUKPTError/key(_:)`` the state is as before.
    public mutating func next() throws(DUKPTError) -> PendingDUKPTKey {
        guard counter <= scheme.greatestCounter else { throw .exhausted }
        let serial = KeySerialNumber(base: base, counter: UInt32(truncatingIfNeeded: counter))
        let register = counter.trailingZeroBitCount
        let key = try copyOfKey(register)
        // All memory is had before anything changes: a failure leaves the state whole.
        var state = try serialisedRoom()
        if counter.nonzeroBitCount < scheme.greatestOnes {
            do throws(DUKPTError) {
                try Self.fill(&registers, scheme, base, counter: counter, below: register, from: key)
            } catch {
                erase(0..<register)
                throw error
            }
            erase(register..<(register + 1))
            counter += 1
        } else {
            erase(register..<(register + 1))
            counter += 1 << UInt64(register)
        }
        serialise(into: &state)
        return PendingDUKPTKey(DUKPTTransactionKey(scheme: scheme, serialNumber: serial, key), state)
    }

    // MARK: Registers

    private func copyOfKey(_ register: Int) throws(DUKPTError) -> SecretBytes {
        let length = scheme.keyLength
        return try translating(DUKPTError.key) { () throws(CipherKeyError) in
            try registers.duplicate(register * length..<(register + 1) * length)
        }
    }

    /// Derives the keys whose counters have one bit more than now.
    private static func fill(
        _ registers: inout SecretBytes, _ scheme: DUKPTScheme, _ base: [UInt8], counter: UInt64, below register: Int,
        from key: borrowing SecretBytes
    ) throws(DUKPTError) {
        let length = scheme.keyLength
        for bit in (0..<register).reversed() {
            let derived = try translating(DUKPTError.key) { () throws(CipherKeyError) in
                try scheme.derived(key, base, counter: UInt32(truncatingIfNeeded: counter | 1 << UInt64(bit)))
            }
            registers.withMutableBytes { registers in
                derived.withBytes { derived in
                    for place in 0..<length { registers[bit * length + place] = derived[place] }
                }
            }
        }
    }

    private mutating func erase(_ erased: Range<Int>) {
        let length = scheme.keyLength
        registers.withMutableBytes { registers in
            for place in (erased.lowerBound * length)..<(erased.upperBound * length) { registers[place] = 0 }
        }
    }

    /// Moves on to a later counter, as if the keys between had been used. For tests of far counters.
    mutating func skip(to target: UInt32) throws(DUKPTError) {
        guard UInt64(target) <= scheme.greatestCounter, UInt64(target) >= counter,
            target.nonzeroBitCount <= scheme.greatestOnes
        else { throw .badSerialNumber }
        while counter != UInt64(target) {
            let bit = 63 - (counter ^ UInt64(target)).leadingZeroBitCount
            if bit < counter.trailingZeroBitCount {
                // Its key comes from the present one.
                _ = try next()
            } else {
                counter = (UInt64(target) >> UInt64(bit)) << UInt64(bit)
                erase(0..<bit)
            }
        }
    }
}

// MARK: - At rest

/// Version, scheme, serial number without counter, counter (four bytes, big endian; 0 when exhausted), then all registers. It
/// holds keys: the caller seals it before it goes anywhere.
extension DUKPTTerminal {
    private static let version: UInt8 = 1

    private static func headLength(_ scheme: DUKPTScheme) -> Int { 2 + scheme.serialLength + 4 }

    private func serialisedRoom() throws(DUKPTError) -> SecretBytes {
        try translating(DUKPTError.key) { () throws(CipherKeyError) in
            try SecretBytes.room(Self.headLength(scheme) + registers.count)
        }
    }

    private func serialise(into state: inout SecretBytes) {
        let stored = counter > scheme.greatestCounter ? 0 : counter
        let head =
            [Self.version, scheme.rawValue] + base
            + stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: stored >> UInt64($0)) }
        state.withMutableBytes { state in
            for (place, byte) in head.enumerated() { state[place] = byte }
            registers.withBytes { registers in
                for place in registers.indices { state[head.count + place] = registers[place] }
            }
        }
    }

    /// The present state, to be sealed and stored: after loading a key, before the first use of it.
    public func serialised() throws(DUKPTError) -> SecretBytes {
        var state = try serialisedRoom()
        serialise(into: &state)
        return state
    }

    /// A state that was stored.
    /// - Throws: ``DUKPTError/badState(_:)`` for what no terminal has written.
    public init(serialised state: borrowing SecretBytes) throws(DUKPTError) {
        let head = state.withBytes { Array($0.prefix(18)) }
        guard head.first == Self.version else { throw .badState(.version) }
        guard let code = head.dropFirst().first, let scheme = DUKPTScheme(rawValue: code) else { throw .badState(.scheme) }
        let length = Self.headLength(scheme)
        let registersLength = scheme.counterWidth * scheme.keyLength
        guard state.count == length + registersLength, head.count >= length else { throw .badState(.length) }
        let serial = KeySerialNumber(base: Array(head[2..<(2 + scheme.serialLength)]), counter: 0)
        let stored = head[(2 + scheme.serialLength)..<length].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard stored <= scheme.greatestCounter, stored.nonzeroBitCount <= scheme.greatestOnes else { throw .badState(.counter) }
        let registers = try translating(DUKPTError.key) { () throws(CipherKeyError) in
            try state.duplicate(length..<state.count)
        }
        let filled = 0 &- stored
        for register in 0..<scheme.counterWidth {
            let range = (register * scheme.keyLength)..<((register + 1) * scheme.keyLength)
            let isEmpty = registers.withBytes { registers in registers[range].allSatisfy { $0 == 0 } }
            guard isEmpty == (filled >> UInt64(register) & 1 == 0) else { throw .badState(.registers) }
        }
        self.init(scheme, serial.bytes, counter: stored == 0 ? scheme.greatestCounter + 1 : stored, registers)
    }
}
