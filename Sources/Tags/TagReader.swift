import Core
import SmartCard

/// What a tap of a tag gave.
public struct TagRead: Sendable, Hashable {
    /// 4, 7, 8 or 10 bytes. Readable by anyone and copied easily: it names a tag and proves nothing. Four bytes that
    /// start with 08 are drawn anew at each tap.
    public let uid: [UInt8]
    public let kind: TagKind
    /// Nil when the tag carries no NDEF message, or none that can be read: ``problem`` says why.
    public let ndef: NDEFMessage?
    /// The tag answered, but its memory could not be made sense of.
    public let problem: TagProblem?

    public var uri: String? { ndef?.uri }
    public var isUIDRandom: Bool { uid.count == 4 && uid.first == 0x08 }
}

public enum TagKind: Sendable, Hashable {
    /// NFC Forum Type 2: NTAG, Ultralight. Data bytes by its capability container, nil when it is not formatted.
    case type2(dataBytes: Int?)
    /// Another storage card; only its UID is read.
    case storage(StorageCard)
    /// A chip that speaks ISO/IEC 7816-4 itself (phone, bank card, Type 4 tag); only its UID is read.
    case smartCard
}

/// Why there is no NDEF message although the tag was read. Pages and offsets, no content.
public enum TagProblem: Error, Sendable, Hashable {
    case refused(page: Int, StatusWord)
    case shortAnswer(page: Int, bytes: Int)
    /// A TLV length points past the data area.
    case truncatedBlock(address: Int)
    case tooManyBlocks
    case message(NDEFFailure)
}

/// The tag can't be used at all.
public enum TagFailure: Error, Sendable, Hashable {
    case card(CardError)
    /// The reader gives no UID for this card (PC/SC part 3 §3.2.2.1.3).
    case noUID(StatusWord)
    case badUIDLength(Int)
}

/// Reads a tag through the pseudo commands of PC/SC part 3 §3.2.2.1: `FF CA 00 00 00` for the UID, `FF B0` for memory. It
/// never writes.
public struct TagReader {
    private static let bytesPerRead = 16
    private let channel: any CardChannel

    public init(_ channel: any CardChannel) { self.channel = channel }

    /// - Throws: ``TagFailure`` when the card leaves or has no UID. A tag with a bad memory is a result, with its problem.
    public func read() throws(TagFailure) -> TagRead {
        let uid = try readUID()
        let answer = try? AnswerToReset(channel.answerToReset)
        guard let card = answer?.storageCard else {
            return TagRead(uid: uid, kind: .smartCard, ndef: nil, problem: nil)
        }
        guard card.isType2Tag else { return TagRead(uid: uid, kind: .storage(card), ndef: nil, problem: nil) }
        let memory = PageCache(channel)
        var container: Type2Memory.CapabilityContainer?
        do throws(Interruption) {
            container = try Type2Memory.CapabilityContainer(memory.bytes(12..<16))
            let ndef: NDEFMessage? = if let container { try message(container, memory) } else { nil }
            return TagRead(uid: uid, kind: .type2(dataBytes: container?.dataBytes), ndef: ndef, problem: nil)
        } catch {
            switch error {
            case .card(let error): throw .card(error)
            case .problem(let problem):
                return TagRead(uid: uid, kind: .type2(dataBytes: container?.dataBytes), ndef: nil, problem: problem)
            }
        }
    }

    /// The UID alone: also the check, before a commit, that the card is still the one that was read.
    public func readUID() throws(TagFailure) -> [UInt8] {
        let response: ResponseAPDU
        do { response = try channel.send(CommandAPDU(0xFF, 0xCA, 0, 0, le: 0)) } catch { throw .card(error) }
        guard response.status == .success else { throw .noUID(response.status) }
        guard [4, 7, 8, 10].contains(response.data.count) else { throw .badUIDLength(response.data.count) }
        return response.data
    }

    private func message(
        _ container: Type2Memory.CapabilityContainer, _ memory: PageCache
    ) throws(Interruption) -> NDEFMessage? {
        var area = Type2Memory(container)
        let value = try area.ndefValue(
            byte: { address throws(Interruption) in try memory.byte(address) },
            failure: { failure in
                switch failure {
                case .truncated(let address): .problem(.truncatedBlock(address: address))
                case .tooManyBlocks: .problem(.tooManyBlocks)
                }
            })
        // An empty value is a tag made ready but never written (Type 2 Tag §6.4.2).
        guard let value, !value.bytes.isEmpty else { return nil }
        let plain = value.unskipped.flatMap { try? NDEFMessage($0) }
        if value.prefersUnskipped, let plain { return plain }
        do {
            return try NDEFMessage(value.bytes)
        } catch {
            if let plain { return plain }
            throw .problem(.message(error))
        }
    }

    fileprivate enum Interruption: Error {
        case card(CardError)
        case problem(TagProblem)
    }

    /// Memory read so far, four pages at a time. At most 2056 bytes: the container's size byte is the bound.
    fileprivate final class PageCache {
        private let channel: any CardChannel
        private var blocks: [Int: [UInt8]] = [:]

        init(_ channel: any CardChannel) { self.channel = channel }

        func byte(_ address: Int) throws(Interruption) -> UInt8 {
            let block = address / TagReader.bytesPerRead
            let bytes: [UInt8]
            if let known = blocks[block] { bytes = known } else { bytes = try read(block) }
            let index = address % TagReader.bytesPerRead
            guard index < bytes.count else { throw .problem(.shortAnswer(page: block * 4, bytes: bytes.count)) }
            return bytes[index]
        }

        func bytes(_ range: Range<Int>) throws(Interruption) -> [UInt8] {
            var bytes: [UInt8] = []
            for address in range { bytes.append(try byte(address)) }
            return bytes
        }

        private func read(_ block: Int) throws(Interruption) -> [UInt8] {
            let page = block * 4
            let response: ResponseAPDU
            do {
                response = try channel.send(
                    CommandAPDU(
                        0xFF, 0xB0, UInt8(truncatingIfNeeded: page >> 8), UInt8(truncatingIfNeeded: page),
                        le: UInt8(TagReader.bytesPerRead)))
            } catch {
                throw .card(error)
            }
            guard response.status == .success else { throw .problem(.refused(page: page, response.status)) }
            guard response.data.count >= 4 else { throw .problem(.shortAnswer(page: page, bytes: response.data.count)) }
            blocks[block] = response.data
            return response.data
        }
    }
}
