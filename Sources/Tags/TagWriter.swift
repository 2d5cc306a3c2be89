import SmartCard

/// Puts a message onto a tag that is formatted for NDEF. It writes data blocks only: never a capability container, lock
/// or one-time bytes, configuration pages or sector trailers. A tag torn away at any moment carries the old message, none,
/// or the new one whole.
public struct TagWriter {
    public enum Failure: Error, Sendable, Hashable {
        case tag(TagFailure)
        case message(NDEFEncodingFailure)
        /// Another tag is in the field than the one that was asked for.
        case anotherTag
        /// A card that keeps no NDEF message.
        case unsupported
        /// Refused before anything was written (not formatted, read-only, no room), or while it was: then the tag carries
        /// an empty message.
        case problem(TagProblem)
    }

    private let channel: any CardChannel

    public init(_ channel: any CardChannel) { self.channel = channel }

    /// Writes and reads back, block by block; before each block, and at the end, it looks whether the tag is still the same
    /// (``SmartCard/PresentedCard``), so that one that was swapped in takes no more than the block that was on its way.
    /// - Parameters:
    ///   - uid: the tag meant, when it has been read before.
    ///   - chip: what ``ChipIdentity`` found; it keeps a wrong capability container from having other pages overwritten.
    ///   - beforeWriting: called once, before the first command that may change the tag: until then a failure leaves it as it was.
    /// - Returns: the tag's kind, with the bytes it has for a message.
    @discardableResult
    public func write(
        _ message: NDEFMessage, to uid: [UInt8]? = nil, chip: NXPVersion? = nil, beforeWriting: @escaping () -> Void = {}
    ) throws(Failure) -> TagKind {
        let bytes: [UInt8]
        do { bytes = try message.encoded() } catch { throw .message(error) }
        let found: [UInt8]
        do { found = try StorageCommands(channel: channel).uid() } catch { throw .tag(error) }
        guard uid == nil || uid == found else { throw .anotherTag }
        let guarded = GuardedChannel(channel, PresentedCard(uid: found), beforeWriting)
        let mapping: (any TagMapping)?
        do throws(TagInterruption) {
            mapping = try TagReader.mapping(guarded, found, chip: chip)
            guarded.isWriting = true
            try mapping?.replace(with: bytes)
        } catch {
            switch error {
            case .card(let error): throw .tag(.card(error))
            case .problem(let problem): throw .problem(problem)
            }
        }
        guard let mapping else { throw .unsupported }
        do { try guarded.card.confirm(on: channel) } catch { throw .tag(.card(error)) }
        return mapping.kind
    }

    /// Passes commands on, those that write only to the card that was there at first.
    private final class GuardedChannel: KeyLoadingReader {
        private let channel: any CardChannel
        let card: PresentedCard
        private let beforeWriting: () -> Void
        /// Commands that the reader passes on as they are may write from now on.
        var isWriting = false
        private var hasBegun = false

        init(_ channel: any CardChannel, _ card: PresentedCard, _ beforeWriting: @escaping () -> Void) {
            (self.channel, self.card, self.beforeWriting) = (channel, card, beforeWriting)
        }

        var answerToReset: [UInt8] { channel.answerToReset }

        func loadKeyCommand(_ key: [UInt8]) -> [UInt8]? { (channel as? any KeyLoadingReader)?.loadKeyCommand(key) }

        func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] {
            guard isWriting, command.count >= 4 else { return try channel.transmit(command) }
            switch (command[0], command[1]) {
            // UPDATE BINARY of the reader and of a Type 4 tag.
            case (0xFF, 0xD6), (0x00, 0xD6): try card.confirm(on: channel)
            // The tag's own command, with its identity in it (``FeliCaFrames``): no other tag takes it.
            case (0xFF, 0x00), (0xFF, 0xC2): break
            default: return try channel.transmit(command)
            }
            if !hasBegun { beforeWriting() }
            hasBegun = true
            return try channel.transmit(command)
        }
    }
}
