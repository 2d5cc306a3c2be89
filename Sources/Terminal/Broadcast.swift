import Synchronization

/// News for whoever listens. One who does not read loses the oldest.
final class Broadcast<Element: Sendable>: Sendable {
    private let watchers = Mutex<(next: Int, open: [Int: AsyncStream<Element>.Continuation])>((0, [:]))
    private let kept: Int

    /// - Parameter kept: news that wait for one listener.
    init(kept: Int) { self.kept = kept }

    var hasListeners: Bool { watchers.withLock { !$0.open.isEmpty } }

    func post(_ element: Element) {
        for watcher in watchers.withLock({ Array($0.open.values) }) { watcher.yield(element) }
    }

    /// From now on.
    func stream() -> AsyncStream<Element> {
        let (stream, continuation) = AsyncStream.makeStream(of: Element.self, bufferingPolicy: .bufferingNewest(kept))
        let number = watchers.withLock { watchers in
            watchers.next += 1
            watchers.open[watchers.next] = continuation
            return watchers.next
        }
        continuation.onTermination = { [weak self] _ in
            self?.watchers.withLock { $0.open[number] = nil }
        }
        return stream
    }
}
