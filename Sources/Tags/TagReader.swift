import SmartCard

/// Reads a tag through its reader's pseudo commands (PC/SC part 3 §3.2.2.1), or as the card that it is (Type 4). It never
/// writes.
public struct TagReader {
    private let channel: any CardChannel

    public init(_ channel: any CardChannel) { self.channel = channel }

    /// The UID is asked for once more at the end: two tags that changed places meanwhile are not taken for one, nor is the
    /// memory of the second told under the first one's name.
    /// - Throws: ``TagFailure`` when the card leaves, gives way to another, or has no UID. A tag with a bad memory is a result,
    ///   with its problem.
    public func read() throws(TagFailure) -> TagRead {
        let uid = try readUID()
        let tag = try read(uid)
        do { try PresentedCard(uid: uid).confirm(on: channel) } catch { throw .card(error) }
        return tag
    }

    private func read(_ uid: [UInt8]) throws(TagFailure) -> TagRead {
        var kind = Self.kindByAnswer(channel)
        do throws(TagInterruption) {
            guard let mapping = try Self.mapping(channel, uid) else {
                return TagRead(uid: uid, kind: kind, ndef: nil, problem: nil)
            }
            kind = mapping.kind
            return TagRead(uid: uid, kind: kind, ndef: try message(mapping), problem: nil)
        } catch {
            switch error {
            case .card(let error): throw .card(error)
            case .problem(let problem): return TagRead(uid: uid, kind: kind, ndef: nil, problem: problem)
            }
        }
    }

    /// The UID alone: also the check, before a commit, that the card is still the one that was read.
    public func readUID() throws(TagFailure) -> [UInt8] { try StorageCommands(channel: channel).uid() }

    /// What the ATR says, before anything has been read.
    private static func kindByAnswer(_ channel: any CardChannel) -> TagKind {
        guard let card = try? AnswerToReset(channel.answerToReset).storageCard else { return .smartCard }
        return if card.isType2Tag {
            .type2(dataBytes: nil)
        } else if card.isClassic {
            .classic(dataBytes: nil)
        } else if card.isFeliCa {
            .type3(dataBytes: nil)
        } else if card.isVicinity {
            .type5(dataBytes: nil)
        } else {
            .storage(card)
        }
    }

    /// Nil for a card that keeps no NDEF message.
    static func mapping(
        _ channel: any CardChannel, _ uid: [UInt8], chip: NXPVersion? = nil
    ) throws(TagInterruption) -> (any TagMapping)? {
        let commands = StorageCommands(channel: channel)
        switch kindByAnswer(channel) {
        case .type2: return try Type2Mapping(commands, chip: chip)
        case .type3: return try Type3Mapping(commands, identity: uid)
        case .type5: return try Type5Mapping(commands)
        case .classic:
            guard let card = try? AnswerToReset(channel.answerToReset).storageCard else { return nil }
            return try ClassicMapping(commands, card)
        case .smartCard, .type4: return try Type4Mapping(commands)
        case .storage: return nil
        }
    }

    private func message(_ mapping: any TagMapping) throws(TagInterruption) -> NDEFMessage? {
        // An empty value is a tag made ready but never written (Type 2 Tag §6.4.2).
        guard let value = try mapping.message(), !value.bytes.isEmpty else { return nil }
        let plain = value.unskipped.flatMap { try? NDEFMessage($0) }
        if value.prefersUnskipped, let plain { return plain }
        do {
            return try NDEFMessage(value.bytes)
        } catch {
            if let plain { return plain }
            throw .problem(.message(error))
        }
    }
}
