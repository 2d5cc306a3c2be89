/// Cuts a byte stream into messages at NUL bytes (varlink.org, "Protocol"). Pure; holds at most what was appended
/// and not yet taken out.
struct MessageFramer {
    /// Bytes of one message without its NUL.
    let limit: Int
    private var bytes: [UInt8] = []
    /// Start of the message being looked for.
    private var start = 0
    /// Up to here no NUL follows `start`: a message that drips in is not searched again from its beginning.
    private var searched = 0

    init(limit: Int) { self.limit = limit }

    /// Bytes wait for the rest of their message.
    var holdsPart: Bool { start < bytes.count }

    mutating func append(_ more: some Sequence<UInt8>) {
        if start > 0 {
            bytes.removeFirst(start)
            searched -= start
            start = 0
        }
        bytes.append(contentsOf: more)
    }

    /// The next whole message without its NUL; nil when its end has not come yet.
    mutating func next() throws(VarlinkProtocolError) -> [UInt8]? {
        guard let end = bytes[searched...].firstIndex(of: 0) else {
            searched = bytes.count
            guard bytes.count - start <= limit else { throw .messageTooLong(limit: limit) }
            return nil
        }
        guard end > start else { throw .emptyMessage }
        guard end - start <= limit else { throw .messageTooLong(limit: limit) }
        defer {
            start = end + 1
            searched = start
        }
        return Array(bytes[start..<end])
    }
}
