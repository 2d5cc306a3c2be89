import Core
import SmartCard

/// NFC Forum Type 4 Tag 2.0 and 3.0: an application with a capability container and an NDEF file.
struct Type4Mapping: TagMapping {
    static let application: [UInt8] = [0xD2, 0x76, 0x00, 0x00, 0x85, 0x01, 0x01]
    static let containerFile: [UInt8] = [0xE1, 0x03]

    /// File E103.
    struct CapabilityContainer: Sendable, Hashable {
        /// Bytes of a READ BINARY answer and of an UPDATE BINARY command, within what a short APDU carries.
        let mostRead: Int
        let mostWritten: Int
        let file: [UInt8]
        /// Bytes of the file, its length field among them.
        let fileBytes: Int
        /// 2 for an NDEF file control TLV, 4 for an extended one (version 3.0).
        let lengthBytes: Int
        let isReadable: Bool
        let isWritable: Bool

        var dataBytes: Int { fileBytes - lengthBytes }

        /// - Throws: ``TagProblem/badField(_:)``.
        init(_ bytes: [UInt8]) throws(TagProblem) {
            var reader = ByteReader(bytes)
            do {
                let length = Int(try reader.uint16())
                // It may be longer than what is read of it: proprietary files follow the first (NTAG 424 DNA).
                guard (0x0F...0xFFFE).contains(length) else { throw TagProblem.badField(.length) }
                let version = try reader.byte() >> 4
                guard (1...3).contains(version) else { throw TagProblem.badField(.version) }
                let (read, written) = (Int(try reader.uint16()), Int(try reader.uint16()))
                guard read >= 0x0F else { throw TagProblem.badField(.mostRead) }
                guard written >= 1 else { throw TagProblem.badField(.mostWritten) }
                (mostRead, mostWritten) = (min(read, 255), min(written, 255))
                let (tag, size) = (try reader.byte(), try reader.byte())
                guard (tag == 0x04 && size == 6) || (tag == 0x06 && size == 8 && version == 3) else {
                    throw TagProblem.badField(.fileControl)
                }
                lengthBytes = tag == 0x04 ? 2 : 4
                file = Array(try reader.take(2))
                let number = Int(file[0]) << 8 | Int(file[1])
                guard ![0x0000, 0xE102, 0xE103, 0x3F00, 0x3FFF, 0xFFFF].contains(number) else {
                    throw TagProblem.badField(.fileIdentifier)
                }
                fileBytes = try reader.take(lengthBytes).reduce(0) { $0 << 8 | Int($1) }
                guard fileBytes >= 5 else { throw TagProblem.badField(.length) }
                isReadable = try reader.byte() == 0x00
                isWritable = try reader.byte() == 0x00
            } catch let problem as TagProblem {
                throw problem
            } catch {
                throw .badField(.length)
            }
        }
    }

    /// What the offset of READ BINARY can name.
    private static let mostFileBytes = 0x8000
    private let commands: StorageCommands
    private let container: CapabilityContainer

    /// Nil when the card has no NDEF application.
    init?(_ commands: StorageCommands) throws(TagInterruption) {
        self.commands = commands
        let selected = try commands.send(0x00, 0xA4, 0x04, 0x00, data: Self.application, le: 0)
        guard selected.status == .success else { return nil }
        try Self.select(Self.containerFile, commands)
        // What a container says about the size of reads is not known yet: every tag gives 15 bytes.
        let bytes = try Self.read(commands, at: 0, count: 15, atMost: 15)
        // An extended file control TLV is two bytes longer.
        let isExtended = bytes[2] >> 4 == 3 && bytes[7] == 0x06
        let rest = isExtended ? try Self.read(commands, at: 15, count: 2, atMost: 15) : []
        do { container = try CapabilityContainer(bytes + rest) } catch { throw .problem(error) }
    }

    var kind: TagKind { .type4(dataBytes: container.dataBytes) }

    func message() throws(TagInterruption) -> TLVArea.Value? {
        guard container.isReadable else { throw .problem(.readProtected) }
        try Self.select(container.file, commands)
        let length = try read(at: 0, count: container.lengthBytes).reduce(0) { $0 << 8 | Int($1) }
        guard length <= container.dataBytes else { throw .problem(.badField(.length)) }
        guard length <= NDEFMessage.Limits().bytes else { throw .problem(.message(.tooLong(bytes: length))) }
        return TLVArea.Value(try read(at: container.lengthBytes, count: length))
    }

    func replace(with message: [UInt8]) throws(TagInterruption) {
        guard container.isWritable, container.isReadable else { throw .problem(.readOnly) }
        let capacity = min(container.fileBytes, Self.mostFileBytes) - container.lengthBytes
        guard message.count <= capacity else { throw .problem(.noRoom(bytes: message.count, capacity: capacity)) }
        try Self.select(container.file, commands)
        let length = (0..<container.lengthBytes).reversed().map { UInt8(truncatingIfNeeded: message.count >> (8 * $0)) }
        try update(at: 0, [UInt8](repeating: 0, count: container.lengthBytes))
        try update(at: container.lengthBytes, message)
        try update(at: 0, length)
    }

    private func read(at offset: Int, count: Int) throws(TagInterruption) -> [UInt8] {
        try Self.read(commands, at: offset, count: count, atMost: container.mostRead)
    }

    /// Writes and reads back.
    private func update(at offset: Int, _ bytes: [UInt8]) throws(TagInterruption) {
        // The length field goes out in one command: half of it would be a length that nobody wrote.
        let step = max(container.mostWritten, bytes.count <= 4 ? bytes.count : 1)
        for start in stride(from: 0, to: bytes.count, by: step) {
            let at = offset + start
            let response = try commands.send(
                0x00, 0xD6, UInt8(truncatingIfNeeded: at >> 8), UInt8(truncatingIfNeeded: at),
                data: Array(bytes[start..<min(start + step, bytes.count)]))
            guard response.status == .success else { throw .problem(.refused(page: at, response.status)) }
        }
        guard try read(at: offset, count: bytes.count) == bytes else { throw .problem(.notVerified(page: offset)) }
    }

    private static func select(_ file: [UInt8], _ commands: StorageCommands) throws(TagInterruption) {
        let response = try commands.send(0x00, 0xA4, 0x00, 0x0C, data: file)
        guard response.status == .success else {
            throw .problem(.refused(page: Int(file[0]) << 8 | Int(file[1]), response.status))
        }
    }

    /// As many commands as it takes: a card may give fewer bytes than it was asked for.
    private static func read(
        _ commands: StorageCommands, at offset: Int, count: Int, atMost most: Int
    ) throws(TagInterruption) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let (at, wanted) = (offset + bytes.count, min(most, count - bytes.count))
            let response = try commands.send(
                0x00, 0xB0, UInt8(truncatingIfNeeded: at >> 8), UInt8(truncatingIfNeeded: at),
                le: UInt8(truncatingIfNeeded: wanted))
            guard response.status == .success else { throw .problem(.refused(page: at, response.status)) }
            guard (1...wanted).contains(response.data.count) else {
                throw .problem(.shortAnswer(page: at, bytes: response.data.count))
            }
            bytes += response.data
        }
        return bytes
    }
}
