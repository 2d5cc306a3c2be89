import NIOCore
import Synchronization

/// A request body that knows whether the client has asked for it. It asks once a connection stands and the head has
/// gone; until then the host can't have seen a request that it could act on, because the signature covers the body.
final class BodyOnce: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    private let bytes: [UInt8]
    private let asked = Atomic(false)

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var mayHaveLeft: Bool { asked.load(ordering: .sequentiallyConsistent) }

    func makeAsyncIterator() -> Iterator { Iterator(body: self) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let body: BodyOnce
        private var done = false

        fileprivate init(body: BodyOnce) { self.body = body }

        mutating func next() async -> ByteBuffer? {
            guard !done else { return nil }
            done = true
            body.asked.store(true, ordering: .sequentiallyConsistent)
            return ByteBuffer(bytes: body.bytes)
        }
    }
}
