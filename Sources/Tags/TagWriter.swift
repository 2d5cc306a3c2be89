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

    /// Writes and reads back, block by block.
    /// - Parameters:
    ///   - uid: the tag meant, when it has been read before.
    ///   - chip: what ``ChipIdentity`` found; it keeps a wrong capability container from having other pages overwritten.
    /// - Returns: the tag's kind, with the bytes it has for a message.
    @discardableResult
    public func write(
        _ message: NDEFMessage, to uid: [UInt8]? = nil, chip: NXPVersion? = nil
    ) throws(Failure) -> TagKind {
        let bytes: [UInt8]
        do { bytes = try message.encoded() } catch { throw .message(error) }
        let found: [UInt8]
        do { found = try StorageCommands(channel: channel).uid() } catch { throw .tag(error) }
        guard uid == nil || uid == found else { throw .anotherTag }
        let mapping: (any TagMapping)?
        do throws(TagInterruption) {
            mapping = try TagReader.mapping(channel, found, chip: chip)
            try mapping?.replace(with: bytes)
        } catch {
            switch error {
            case .card(let error): throw .tag(.card(error))
            case .problem(let problem): throw .problem(problem)
            }
        }
        guard let mapping else { throw .unsupported }
        return mapping.kind
    }
}
