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

/// How a tag keeps its message. Bytes there are for it by the tag's own word; nil when it is not formatted for NDEF.
public enum TagKind: Sendable, Hashable {
    /// NFC Forum Type 2: NTAG, Ultralight.
    case type2(dataBytes: Int?)
    /// NFC Forum Type 3: FeliCa.
    case type3(dataBytes: Int?)
    /// NFC Forum Type 4: a chip that speaks ISO/IEC 7816-4 and has an NDEF application.
    case type4(dataBytes: Int?)
    /// NFC Forum Type 5: ISO/IEC 15693.
    case type5(dataBytes: Int?)
    /// MIFARE Classic.
    case classic(dataBytes: Int?)
    /// Another storage card; only its UID is read.
    case storage(StorageCard)
    /// A chip that speaks ISO/IEC 7816-4 and has no NDEF application (phone, bank card); only its UID is read.
    case smartCard
}

/// Why there is no NDEF message although the tag was read, or why one was not written. Pages, blocks, offsets in a file;
/// no content.
public enum TagProblem: Error, Sendable, Hashable {
    /// Fields of containers, attribute blocks and directories.
    public enum Field: String, Sendable, Hashable {
        case version, length, checksum, blockSize, mostRead, mostWritten, fileControl, fileIdentifier, directory
    }

    /// The tag or its reader refused a page, block or offset in a file.
    case refused(page: Int, StatusWord)
    case shortAnswer(page: Int, bytes: Int)
    /// A TLV length points past the data area.
    case truncatedBlock(address: Int)
    case tooManyBlocks
    case message(NDEFFailure)
    /// A field that the tag's specification does not allow.
    case badField(Field)
    /// The tag says that it was torn away while it was written (Type 3).
    case interruptedWrite
    case readProtected
    /// Key A of the sector is not the public one.
    case authenticationRefused(sector: Int)
    /// The tag is not formatted for NDEF. Nothing here formats one.
    case notFormatted
    case readOnly
    /// The message does not fit.
    case noRoom(bytes: Int, capacity: Int)
    /// Read back, a block differs from what was written.
    case notVerified(page: Int)
}

/// The tag can't be used at all.
public enum TagFailure: Error, Sendable, Hashable {
    case card(CardError)
    /// The reader gives no UID for this card (PC/SC part 3 §3.2.2.1.3).
    case noUID(StatusWord)
    case badUIDLength(Int)
}
