/// The peer broke the protocol or a limit. The connection ends: after any of these the stream cannot be trusted.
/// No case carries bytes of the message.
public enum VarlinkProtocolError: Error, Hashable, Sendable {
    /// A NUL with nothing before it.
    case emptyMessage
    /// More bytes than the limit, with or without a NUL after them.
    case messageTooLong(limit: Int)
    case invalidUTF8
    /// Arrays and objects inside one another beyond the limit.
    case tooDeep(limit: Int)
    /// Valid text, but not a JSON object with the members that the protocol asks for; `field` names the first one
    /// amiss.
    case malformed(field: String)
    /// A message begun and not ended in time.
    case readDeadline
    /// The peer did not take a message in time.
    case writeDeadline
}
