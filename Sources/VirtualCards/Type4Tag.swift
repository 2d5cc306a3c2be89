import SmartCard

/// An NFC Forum Type 4 tag: the NDEF application with its capability container and one file (Type 4 Tag 2.0, 3.0).
public final class Type4Tag: VirtualCard {
    public enum Version: Sendable, Hashable {
        case two
        /// With an extended file control TLV and a length field of four bytes.
        case three

        var lengthBytes: Int { self == .two ? 2 : 4 }
    }

    /// As DESFire and NTAG 424 show themselves.
    public let answerToReset: [UInt8] = [0x3B, 0x81, 0x80, 0x01, 0x80, 0x80]
    public let uid: [UInt8]
    public private(set) var container: [UInt8]
    public private(set) var file: [UInt8]
    private let version: Version
    private let mostRead: Int
    private let mostWritten: Int
    private enum Selection { case none, application, container, file }
    private var selection = Selection.none

    /// - Parameters:
    ///   - fileBytes: size of the file, its length field among them; a message that is longer is cut.
    ///   - mostRead: MLe, at least 15 in a good tag.
    ///   - mostWritten: MLc.
    public init(
        uid: [UInt8], message: [UInt8], version: Version = .two, fileBytes: Int = 256, mostRead: Int = 59,
        mostWritten: Int = 52, isReadOnly: Bool = false
    ) {
        self.uid = uid
        self.version = version
        (self.mostRead, self.mostWritten) = (mostRead, mostWritten)
        func field(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        let width = version.lengthBytes
        let control = [0xE1, 0x04] + field(fileBytes, width) + [0x00, isReadOnly ? 0xFF : 0x00]
        container = field(7 + 2 + control.count, 2) + [version == .two ? 0x20 : 0x30] + field(mostRead, 2)
        container += field(mostWritten, 2) + [version == .two ? 0x04 : 0x06, UInt8(control.count)] + control
        let data = message.prefix(max(0, fileBytes - width))
        file = field(data.count, width) + data
        file += [UInt8](repeating: 0, count: max(0, fileBytes - file.count))
    }

    /// One URI record.
    public convenience init(uid: [UInt8], uri: String, version: Version = .two) {
        self.init(uid: uid, message: NTAG21x.message(uri: uri), version: version, fileBytes: 1_024)
    }

    /// Replaces the container past all rules.
    public func poke(container: [UInt8]) { self.container = container }
    /// Replaces the file past all rules.
    public func poke(file: [UInt8]) { self.file = file }

    public func reset() { selection = .none }

    public func respond(to command: [UInt8]) -> [UInt8] {
        guard let apdu = try? CommandAPDU(bytes: command) else { return StatusWord.wrongLength.bytes }
        // The reader's own command, which never reaches the card.
        if apdu.cla == 0xFF, apdu.ins == 0xCA { return StorageTag.identify(apdu, uid) }
        guard apdu.cla == 0x00 else { return StatusWord.classNotSupported.bytes }
        switch apdu.ins {
        case 0xA4: return select(apdu)
        case 0xB0: return read(apdu)
        case 0xD6: return update(apdu)
        default: return StatusWord.instructionNotSupported.bytes
        }
    }

    private func select(_ apdu: CommandAPDU) -> [UInt8] {
        switch (apdu.p1, apdu.p2, apdu.data) {
        case (0x04, 0x00, [0xD2, 0x76, 0x00, 0x00, 0x85, 0x01, 0x01]): selection = .application
        case (0x00, 0x0C, [0xE1, 0x03]) where selection != .none: selection = .container
        case (0x00, 0x0C, [0xE1, 0x04]) where selection != .none: selection = .file
        default: return StatusWord.fileNotFound.bytes
        }
        return StatusWord.success.bytes
    }

    private func read(_ apdu: CommandAPDU) -> [UInt8] {
        let offset = Int(apdu.p1) << 8 | Int(apdu.p2)
        let bytes: [UInt8]
        switch selection {
        case .container: bytes = container
        case .file: bytes = file
        case .none, .application: return StatusWord.commandNotAllowed.bytes
        }
        guard let le = apdu.le, apdu.data.isEmpty else { return StatusWord.wrongLength.bytes }
        guard offset < bytes.count else { return StatusWord(rawValue: 0x6B00).bytes }
        let count = le == 0 ? 256 : Int(le)
        guard count <= mostRead else { return StatusWord.wrongLength.bytes }
        return bytes[offset..<min(offset + count, bytes.count)] + StatusWord.success.bytes
    }

    private func update(_ apdu: CommandAPDU) -> [UInt8] {
        guard selection == .file, container.last == 0x00 else { return StatusWord.securityStatusNotSatisfied.bytes }
        let offset = Int(apdu.p1) << 8 | Int(apdu.p2)
        guard !apdu.data.isEmpty, apdu.data.count <= mostWritten else { return StatusWord.wrongLength.bytes }
        guard offset + apdu.data.count <= file.count else { return StatusWord(rawValue: 0x6B00).bytes }
        file.replaceSubrange(offset..<(offset + apdu.data.count), with: apdu.data)
        return StatusWord.success.bytes
    }
}
