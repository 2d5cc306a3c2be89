import SmartCard

/// A well-behaved reader with a tag in it whose memory is the input: pages, blocks or files are looked up where the terminal
/// asks, so that each byte of an input matters.
final class MemoryTag: CardChannel {
    enum Kind: UInt8, CaseIterable {
        case type2, type3, type4, type5, classic, classic4K

        init(_ byte: UInt8) { self = Self.allCases[Int(byte) % Self.allCases.count] }

        var answerToReset: [UInt8] {
            let (standard, name): (UInt8, [UInt8]) =
                switch self {
                case .type2: (0x03, [0x00, 0x03])
                case .type3: (0x11, [0x00, 0x3B])
                case .type4: (0x00, [])
                case .type5: (0x0B, [0x00, 0x35])
                case .classic: (0x03, [0x00, 0x01])
                case .classic4K: (0x03, [0x00, 0x02])
                }
            guard !name.isEmpty else { return [0x3B, 0x80, 0x80, 0x01, 0x01] }
            let body: [UInt8] = [0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0, 0, 0x03, 0x06, standard] + name + [0, 0, 0, 0]
            return [0x3B] + body + [body.reduce(0, ^)]
        }
    }

    static let uid: [UInt8] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6]
    /// Of a Type 4 tag; the NDEF file begins behind it.
    private static let containerBytes = 17

    let kind: Kind
    /// A multiple of the block's bytes.
    private var memory: [UInt8]
    private var selectsContainer = false
    private(set) var commands = 0

    /// - Parameter input: kind, then memory; of Classic, blocks 1 and 2 of the directory and then the NDEF sectors. What is
    ///   past its end reads as zero, and past 16 KiB is refused.
    init(_ input: [UInt8]) {
        kind = Kind(input.first ?? 0)
        memory = Array(input.dropFirst())
    }

    var answerToReset: [UInt8] { kind.answerToReset }

    func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] {
        commands += 1
        let command = try CommandAPDU(bytes: command)
        let place = Int(command.p1) << 8 | Int(command.p2)
        switch (command.cla, command.ins) {
        case (0xFF, 0xCA): return Self.uid + [0x90, 0x00]
        case (0xFF, 0x82), (0xFF, 0x86), (0xFF, 0xA4): return [0x90, 0x00]
        case (0x00, 0xA4) where kind == .type4:
            selectsContainer = command.data == [0xE1, 0x03]
            return [0x90, 0x00]
        case (0xFF, 0xB0) where kind != .type4: return read(place * blockBytes, kind == .type2 ? 16 : blockBytes)
        case (0x00, 0xB0) where kind == .type4:
            return read(selectsContainer ? place : Self.containerBytes + place, Int(command.le ?? 0))
        case (0xFF, 0xD6) where kind != .type4: return write(place * blockBytes, command.data)
        case (0x00, 0xD6) where kind == .type4: return write(Self.containerBytes + place, command.data)
        default: return [0x6D, 0x00]
        }
    }

    private var blockBytes: Int {
        switch kind {
        case .type2: 4
        case .type5: memory.first.map { $0 & 0x80 == 0 ? 8 : 4 } ?? 4
        case .type3, .classic, .classic4K: 16
        case .type4: 1
        }
    }

    private func read(_ start: Int, _ count: Int) -> [UInt8] {
        guard start + count <= 16_384 + 64 else { return [0x6A, 0x82] }
        let known = start < memory.count ? memory[start..<min(start + count, memory.count)] : []
        return Array(known) + [UInt8](repeating: 0, count: count - known.count) + [0x90, 0x00]
    }

    private func write(_ start: Int, _ bytes: [UInt8]) -> [UInt8] {
        guard start + bytes.count <= 16_384 + 64 else { return [0x6A, 0x82] }
        if memory.count < start + bytes.count { memory += [UInt8](repeating: 0, count: start + bytes.count - memory.count) }
        memory.replaceSubrange(start..<(start + bytes.count), with: bytes)
        return [0x90, 0x00]
    }
}
