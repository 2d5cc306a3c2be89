import SmartCard

/// An NTAG 424 DNA (NT4H2421Gx) as far as a terminal meets it: the NDEF application with a dynamic URL, AuthenticateEV2First,
/// and inside a session ReadData, WriteData, GetFileCounters, GetCardUID and ChangeKey. LRP mode is not here.
public final class NTAG424Tag: VirtualCard {
    public static let application: [UInt8] = [0xD2, 0x76, 0x00, 0x00, 0x85, 0x01, 0x01]

    /// What is fixed when the tag is made.
    public struct Configuration: Sendable {
        /// Seven bytes.
        public var uid: [UInt8]
        public var mirror: SDMMirror
        /// Numbers of the keys that encipher UID and counter, make the MAC, and give out the counter in a session.
        public var metaKey = 1
        public var fileKey = 2
        public var counterKey = 3
        /// The key that may read and write the tag's own file, and how its data travel there.
        public var ownFileKey = 3
        public var ownFileMode = Mode.full
        /// Shows another UID of four bytes at each reset, the first one 08.
        public var hidesUID = false

        public init(uid: [UInt8], mirror: SDMMirror) {
            self.uid = uid
            self.mirror = mirror
        }
    }

    public enum Mode: Sendable, Hashable { case mac, full }

    /// What the tag remembers between taps.
    public struct TagState: Sendable, Hashable, Codable {
        /// SDMReadCtr.
        public var taps: UInt32 = 0
        /// Five keys of 16 bytes.
        public var keys: [[UInt8]]
        public var ownFile = [UInt8](repeating: 0, count: 128)
        /// Wrong keys in a row, and since the key was set, for each key.
        public var failuresInRow = [Int](repeating: 0, count: 5)
        public var failures = [Int](repeating: 0, count: 5)

        public init(keys: [[UInt8]]) { self.keys = keys }
    }

    public enum Failure: Error, Hashable, Sendable { case badUID, badKeys }

    /// After so many wrong keys in a row each second attempt is put off; after so many in all the key is locked.
    static let delayFrom = 50
    static let lockFrom = 1_000

    public let answerToReset: [UInt8] = [0x3B, 0x81, 0x80, 0x01, 0x80, 0x80]
    public let configuration: Configuration
    public internal(set) var state: TagState
    let random: (_ bytes: Int) -> [UInt8]

    enum Selection { case none, application, container, message }
    var selection = Selection.none
    /// The file as it is seen since the application was selected; nil before the first look, which counts.
    var seen: [UInt8]?
    var handshake: (number: Int, randomB: [UInt8])?
    var session: ChipSession?
    private var putOff = false
    private var shownUID: [UInt8]

    /// - Parameter random: bytes for challenges, session numbers and fills.
    public init(
        _ configuration: Configuration, state: TagState, random: @escaping (_ bytes: Int) -> [UInt8] = NTAG424Tag.systemRandom
    ) throws(Failure) {
        guard configuration.uid.count == 7 else { throw .badUID }
        let places = [configuration.metaKey, configuration.fileKey, configuration.counterKey, configuration.ownFileKey]
        guard state.keys.count == 5, state.keys.allSatisfy({ $0.count == 16 }), places.allSatisfy((0...4).contains),
            state.failures.count == 5, state.failuresInRow.count == 5, state.ownFile.count == 128
        else { throw .badKeys }
        self.configuration = configuration
        self.state = state
        self.random = random
        shownUID = configuration.hidesUID ? [0x08] + random(3) : configuration.uid
    }

    public static func systemRandom(_ count: Int) -> [UInt8] { (0..<count).map { _ in .random(in: 0...255) } }

    public func reset() {
        selection = .none
        seen = nil
        handshake = nil
        session = nil
        if configuration.hidesUID { shownUID = [0x08] + random(3) }
    }

    public func respond(to command: [UInt8]) -> [UInt8] {
        guard let apdu = try? CommandAPDU(bytes: command) else { return StatusWord.wrongLength.bytes }
        switch apdu.cla {
        // The reader's own command, which never reaches the tag.
        case 0xFF: return apdu.ins == 0xCA ? StorageTag.identify(apdu, shownUID) : StatusWord.instructionNotSupported.bytes
        case 0x00: return standard(apdu)
        case 0x90: return native(apdu)
        default: return StatusWord.classNotSupported.bytes
        }
    }

    // MARK: ISO/IEC 7816-4

    private static let container: [UInt8] = [
        0x00, 0x17, 0x20, 0x01, 0x00, 0x00, 0xFF, 0x04, 0x06, 0xE1, 0x04, 0x01, 0x00, 0x00, 0xFF, 0x05, 0x06, 0xE1, 0x05, 0x00, 0x80,
        0x82, 0x83,
    ]

    private func standard(_ apdu: CommandAPDU) -> [UInt8] {
        switch apdu.ins {
        case 0xA4: return select(apdu)
        case 0xB0: return read(apdu)
        case 0xD6: return StatusWord.securityStatusNotSatisfied.bytes
        default: return StatusWord.instructionNotSupported.bytes
        }
    }

    private func select(_ apdu: CommandAPDU) -> [UInt8] {
        switch (apdu.p1, apdu.data) {
        case (0x04, Self.application):
            selection = .application
            seen = nil
            handshake = nil
            session = nil
        case (0x00, [0xE1, 0x03]) where selection != .none: selection = .container
        case (0x00, [0xE1, 0x04]) where selection != .none: selection = .message
        default: return StatusWord.fileNotFound.bytes
        }
        return StatusWord.success.bytes
    }

    private func read(_ apdu: CommandAPDU) -> [UInt8] {
        let bytes: [UInt8]
        switch selection {
        case .container: bytes = Self.container
        case .message: bytes = message()
        case .none, .application: return StatusWord.commandNotAllowed.bytes
        }
        guard let le = apdu.le, apdu.data.isEmpty else { return StatusWord.wrongLength.bytes }
        let (offset, count) = (Int(apdu.p1) << 8 | Int(apdu.p2), le == 0 ? 256 : Int(le))
        guard offset < bytes.count else { return StatusWord(rawValue: 0x6B00).bytes }
        return bytes[offset..<min(offset + count, bytes.count)] + StatusWord.success.bytes
    }

    /// Filled in at the first look without a session; a session sees the placeholders.
    func message() -> [UInt8] {
        guard session == nil else { return configuration.mirror.file }
        if let seen { return seen }
        // At its end the counter stands still, and the chip mirrors no more.
        guard state.taps < 0xFF_FFFF else { return configuration.mirror.file }
        state.taps += 1
        let filled = configuration.mirror.filled(
            uid: configuration.uid, counter: state.taps, metaKey: state.keys[configuration.metaKey],
            fileKey: state.keys[configuration.fileKey], fill: random(5))
        seen = filled
        return filled
    }

    // MARK: Failures

    /// Nil when the key may be tried now.
    func obstacle(to key: Int) -> UInt8? {
        guard state.failures[key] < Self.lockFrom else { return 0xAE }
        guard state.failuresInRow[key] >= Self.delayFrom else { return nil }
        putOff.toggle()
        return putOff ? 0xAD : nil
    }

    func ended(_ key: Int, good: Bool) {
        state.failuresInRow[key] = good ? 0 : state.failuresInRow[key] + 1
        if !good { state.failures[key] += 1 }
    }
}
