import Core
import Diagnostics
import Logging
import Store

/// News for the merchant, for whoever watches. Who does not read finds the lost ones in the list.
final class Announcements: Sendable {
    private let news = Broadcast<AnnouncementReply>(kept: 100)
    private let logger: Logger?

    init(logger: Logger? = nil) { self.logger = logger }

    func post(_ what: String, _ declined: DeclinedPayment, at now: UTCInstant) {
        logger?.warning(
            "payment \(what)",
            metadata: ["payment": "\(declined.payment)", "reason": "\(declined.reason)", "amount": "\(declined.amount)"])
        news.post(AnnouncementReply(announcement: what, declined: DeclinedReply(declined, at: now)))
    }

    func stream() -> AsyncStream<AnnouncementReply> { news.stream() }
}
