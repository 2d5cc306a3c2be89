import SmartCard

/// A command whose data are a PIN, a password or a key. It is told by its first bytes alone: logs cut commands off, or put the
/// answer behind them, and what is secret must not depend on lengths that fit.
struct SecretCommand {
    let name: String
    let words: String
    /// Shown bytes, and what they are called.
    let shown: Range<Int>
    let shownName: String
    let shownWords: String?
    /// From the first byte that may be secret to the last byte that is there, whatever it is.
    let hidden: Range<Int>
    /// The same bytes may be data objects or a message: they are when they are whole ones.
    let isDoubtful: Bool

    /// Nil when nothing in `range` is secret.
    init?(_ bytes: [UInt8], _ range: Range<Int>) {
        guard range.count > 1 else { return nil }
        if let raw = RawTagCommand(bytes[range]) {
            (name, words) = (raw.name, "hidden: a password or a key")
            (shown, shownName, shownWords) = (range.prefix(raw.shown), "command", nil)
            (hidden, isDoubtful) = (range.dropFirst(raw.shown), false)
            return
        }
        let header = Array(bytes[range.prefix(4)]) + [0, 0, 0, 0].prefix(max(0, 4 - range.count))
        let (cla, ins, p1, p2) = (header[0], header[1], header[2], header[3])
        let data = range.dropFirst(5)
        if CommandName.carriesSecret(cla: cla, ins: ins) {
            // Of other classes what has greater parameters is no command of this name: a record template, a list.
            guard cla < 0x20 || cla == 0x90 || cla == 0xFF || p1 <= 3 else { return nil }
            words = "hidden: a PIN, a key or a proof of one"
        } else if cla == 0xFF, ins == 0x00 || ins == 0xC2, Self.mayHoldSecret(bytes[data]) {
            words = "hidden: may hold a password or a key"
        } else if cla == 0xFF, ins == 0xD6, p1 == 0,
            Self.isSecret(place: Int(p2), bytes: Self.announced(bytes[range.dropFirst(4)]))
        {
            words = "hidden: may be a password or a key"
        } else {
            return nil
        }
        name = CommandName.name(cla: cla, ins: ins) ?? CommandName.name(cla: 0x00, ins: ins) ?? "unknown"
        (shown, shownName) = (range.prefix(4), "class, instruction, P1, P2")
        shownWords =
            switch (cla, ins) {
            case (0xFF, 0xD6): "block or page \(p2)"
            case (0xFF, _), (0x90, _): nil
            case (_, 0x20) where range.count >= 4: p2 == 0x80 ? "plaintext PIN" : p2 == 0x88 ? "enciphered PIN" : "reference \(p2)"
            default: nil
            }
        (hidden, isDoubtful) = (data, cla != 0xFF)
    }

    var draft: DecodedDraft {
        var draft = DecodedDraft("Command \(name)")
        if !shown.isEmpty { draft.children.append(DecodedDraft(shownName, range: shown, words: shownWords)) }
        if !hidden.isEmpty { draft.children.append(DecodedDraft("data", range: hidden, words: words, content: .secret)) }
        return draft
    }

    /// How many bytes of data a command says that it has, short or extended.
    private static func announced(_ body: ArraySlice<UInt8>) -> Int {
        let lengths = body.prefix(3).map(Int.init)
        return lengths.count == 3 && lengths[0] == 0 ? lengths[1] << 8 | lengths[2] : lengths.first ?? 0
    }

    // MARK: Tags' memories

    /// Pages that hold passwords, what answers them (PACK), and keys: MF0UL11, NTAG210; MF0UL21, NTAG212; NTAG213; 215; 216 and I2C plus;
    /// the key of Ultralight C; both keys of Ultralight AES (NXP's data sheets, "memory organisation"). On larger chips some of them
    /// are data: hidden too, since nobody says which chip it is.
    static let pages: Set<Int> = [
        0x12, 0x13, 0x27, 0x28, 0x2B, 0x2C, 0x2D, 0x2E, 0x2F, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x85, 0x86, 0xE5, 0xE6,
    ]

    /// The last block of a sector of MIFARE Classic holds both keys: of four blocks, from block 128 on of sixteen.
    static func isTrailer(_ block: Int) -> Bool { block < 128 ? block % 4 == 3 : block % 16 == 15 }

    /// A write of so many bytes from a page or block on, over readers that take several at once too. From 16 bytes on it may be either.
    static func isSecret(place: Int, bytes: Int) -> Bool {
        (place...place + max(0, bytes - 1) / 4).contains { pages.contains($0) }
            || bytes >= 16 && (place...place + (bytes - 1) / 16).contains(where: isTrailer)
    }

    /// What goes to the tag is behind the reader chip's own bytes: a password, a write to a secret place, or a key of MIFARE Classic
    /// for the chip that authenticates.
    private static func mayHoldSecret(_ data: ArraySlice<UInt8>) -> Bool {
        if data.contains(0x1B) { return true }
        return zip(data, data.dropFirst()).contains { first, second in
            switch first {
            case 0xA2: pages.contains(Int(second))
            case 0xA0: pages.contains(Int(second)) || isTrailer(Int(second))
            case 0x60, 0x61: data.first == 0xD4
            default: false
            }
        }
    }
}

/// The own commands of NTAG 21x and Ultralight that carry a secret, as they go over the air: with or without their checksum, cut off,
/// or with the answer behind them. Objects of these tags would be hidden too: nobody sends such.
private struct RawTagCommand {
    let name: String
    let shown: Int

    init?(_ bytes: ArraySlice<UInt8>) {
        let second = bytes.dropFirst().first.map(Int.init) ?? 0
        switch (bytes.first, bytes.count) {
        case (0x1B, 2...12): (name, shown) = ("PWD_AUTH of NTAG or Ultralight", 1)
        case (0xA2, 3...10) where SecretCommand.pages.contains(second): (name, shown) = ("WRITE page \(second) of NTAG or Ultralight", 2)
        // COMPATIBILITY_WRITE in one piece with its data, or with its checksum: nobody can tell.
        case (0xA0, 3...24) where SecretCommands.isAnnounced(Array(bytes.prefix(2))): (name, shown) = ("WRITE block or page \(second)", 2)
        default: return nil
        }
    }
}

/// Secrets among commands that follow each other: of a write in two frames the second says nothing of where it goes.
struct SecretCommands: Sendable {
    /// The data of a write to a secret place come next.
    private var awaitsData = false

    mutating func next(_ bytes: [UInt8]) -> SecretCommand? {
        // ACK of four bits: the tag waits for the data.
        if awaitsData, bytes == [0x0A] { return nil }
        defer { awaitsData = Self.isAnnounced(bytes) }
        if awaitsData, (2...20).contains(bytes.count) { return SecretCommand(dataOfWrite: bytes) }
        return SecretCommand(bytes, 0..<bytes.count)
    }

    /// The first frame of a write of MIFARE Classic, and COMPATIBILITY_WRITE of others; with or without its checksum.
    static func isAnnounced(_ bytes: [UInt8]) -> Bool {
        (bytes.count == 2 || bytes.count == 4) && bytes[0] == 0xA0
            && (SecretCommand.pages.contains(Int(bytes[1])) || SecretCommand.isTrailer(Int(bytes[1])))
    }
}

extension SecretCommand {
    fileprivate init(dataOfWrite bytes: [UInt8]) {
        (name, words) = ("WRITE, its data", "hidden: may be a password or a key")
        (shown, shownName, shownWords) = (0..<0, "", nil)
        (hidden, isDoubtful) = (0..<bytes.count, false)
    }
}
