import Core
import Diagnostics
import Logging
import Store
import Synchronization

/// News for the merchant, for whoever watches.
final class Announcements: Sendable {
    private let watchers = Mutex<(next: Int, open: [Int: AsyncStream<AnnouncementReply>.Continuation])>((0, [:]))
    private let logger: Logger?

    init(logger: Logger? = nil) { self.logger = logger }

    func post(_ what: String, _ declined: DeclinedPayment, at now: UTCInstant) {
        logger?.warning(
            "payment \(what)",
            metadata: ["payment": "\(declined.payment)", "reason": "\(declined.reason)", "amount": "\(declined.amount)"])
        let news = AnnouncementReply(announcement: what, declined: DeclinedReply(declined, at: now))
        for watcher in watchers.withLock({ Array($0.open.values) }) { watcher.yield(news) }
    }

    /// From now on. A watcher that does not read loses the oldest news, and finds them in the list.
    func stream() -> AsyncStream<AnnouncementReply> {
        let (stream, continuation) = AsyncStream.makeStream(of: AnnouncementReply.self, bufferingPolicy: .bufferingNewest(100))
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
