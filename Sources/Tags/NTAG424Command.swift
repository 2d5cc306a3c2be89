/// A command inside a session, before it is protected.
public struct NTAG424Command: Sendable, Hashable {
    /// How a file's data travel: what its settings say (NT4H2421Gx §8.2.3.5).
    public enum Mode: Sendable, Hashable {
        case plain
        case mac
        /// Ciphered and with a MAC.
        case full
    }

    enum Answer: Sendable, Hashable {
        case asCommand
        /// The tag's settings say which; the length of the answer shows it.
        case cipheredIfLonger(than: Int)
    }

    let instruction: UInt8
    /// Never ciphered.
    let header: [UInt8]
    let data: [UInt8]
    let mode: Mode
    var answer = Answer.asCommand
    /// Bytes of the plain answer; nil for any number.
    var answerBytes: Int?
    var endsSession = false

    /// AD. Nil when the place is none of a file.
    /// - Parameter length: bytes; 0 reads to the end of the file, which has to fit into one answer.
    public static func readData(file: UInt8, offset: Int = 0, length: Int, mode: Mode) -> NTAG424Command? {
        guard file <= 0x1F, let offset = NTAG424.threeBytes(offset), let count = NTAG424.threeBytes(length) else { return nil }
        return NTAG424Command(
            instruction: 0xAD, header: [file] + offset + count, data: [], mode: mode, answerBytes: length == 0 ? nil : length)
    }

    /// 8D. Nil when the place is none of a file, or the data do not go into one command.
    public static func writeData(file: UInt8, offset: Int = 0, _ data: [UInt8], mode: Mode) -> NTAG424Command? {
        guard file <= 0x1F, !data.isEmpty, data.count <= 223, let offset = NTAG424.threeBytes(offset),
            let count = NTAG424.threeBytes(data.count)
        else { return nil }
        return NTAG424Command(instruction: 0x8D, header: [file] + offset + count, data: data, mode: mode, answerBytes: 0)
    }

    /// F6: five bytes, of which three are the number of taps read from the file (``readCounter(_:)``). The chip ciphers its
    /// answer when a key is needed for it.
    public static func fileCounters(file: UInt8 = NTAG424.ndefFile) -> NTAG424Command {
        NTAG424Command(
            instruction: 0xF6, header: [file], data: [], mode: .mac, answer: .cipheredIfLonger(than: 5), answerBytes: 5)
    }

    /// The count in an answer to ``fileCounters(file:)``.
    public static func readCounter(_ answer: [UInt8]) -> UInt32? {
        answer.count == 5 ? NTAG424.number(answer.prefix(3)) : nil
    }

    /// 51: the UID, seven bytes, also of a chip that shows a random one to everybody else.
    public static let cardUID = NTAG424Command(
        instruction: 0x51, header: [], data: [], mode: .full, answerBytes: NTAG424.uidBytes)

    /// C4. Changing the key that opened the session ends it: the chip answers without a MAC.
    /// - Parameters:
    ///   - old: what the key is now; nil for the key of the session, number 0.
    public static func changeKey(
        _ number: UInt8, to key: [UInt8], from old: [UInt8]?, version: UInt8
    ) -> NTAG424Command? {
        guard number <= 4, key.count == 16, (number == 0) == (old == nil) else { return nil }
        guard let old else {
            return NTAG424Command(
                instruction: 0xC4, header: [number], data: key + [version], mode: .full, answerBytes: 0, endsSession: true)
        }
        guard old.count == 16 else { return nil }
        let mixed = zip(key, old).map { $0 ^ $1 }
        return NTAG424Command(
            instruction: 0xC4, header: [number], data: mixed + [version] + checksum(key), mode: .full, answerBytes: 0)
    }

    /// CRC-32 without the last inversion, least significant byte first (NT4H2421Gx §10.6.1).
    static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        var value: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
        return (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}

extension NTAG424Command: CustomStringConvertible, CustomReflectable {
    /// Data may be a key: not printed.
    public var description: String { "NTAG424Command \(instruction)" }
    public var customMirror: Mirror { Mirror(self, children: ["instruction": instruction]) }
}
