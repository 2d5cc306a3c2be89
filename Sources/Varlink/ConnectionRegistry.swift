import NIOCore
import Synchronization

/// The connections of one server: how many, and which may give way to a new one.
final class ConnectionRegistry: Sendable {
    enum Admission: Sendable {
        case serve
        /// No place; the first call is answered with an error.
        case refuse
        /// Not even room for a refusal.
        case drop
    }

    private struct Entry {
        let channel: any Channel
        let admission: Admission
        /// Nil while a call is in progress.
        var idleSince: NIODeadline?
    }

    private let limits: VarlinkLimits
    private let entries = Mutex<[ObjectIdentifier: Entry]>([:])
    /// Refusals under way at the same time.
    private static let maximumRefusals = 8

    init(limits: VarlinkLimits) { self.limits = limits }

    /// Finds a place for a new connection, and gives it back when the channel closes.
    func admit(_ channel: any Channel, now: NIODeadline = .now()) -> Admission {
        let key = ObjectIdentifier(channel)
        let (admission, evicted) = entries.withLock { entries -> (Admission, (any Channel)?) in
            var evicted: (any Channel)?
            let served = entries.values.count { $0.admission == .serve }
            var admission = Admission.serve
            if served >= limits.maximumConnections {
                if let oldest = Self.longestIdle(entries, before: now - TimeAmount(limits.idleGrace)) {
                    evicted = entries.removeValue(forKey: oldest)?.channel
                } else {
                    admission = entries.count - served < Self.maximumRefusals ? .refuse : .drop
                }
            }
            if admission != .drop {
                entries[key] = Entry(channel: channel, admission: admission, idleSince: now)
            }
            return (admission, evicted)
        }
        evicted?.close(promise: nil)
        if admission != .drop {
            channel.closeFuture.whenComplete { _ in
                self.entries.withLock { _ = $0.removeValue(forKey: key) }
            }
        }
        return admission
    }

    /// Notes whether a call is in progress.
    func setBusy(_ busy: Bool, _ channel: any Channel) {
        entries.withLock { $0[ObjectIdentifier(channel)]?.idleSince = busy ? nil : .now() }
    }

    func closeAll() {
        let channels = entries.withLock { $0.values.map(\.channel) }
        for channel in channels { channel.close(promise: nil) }
    }

    private static func longestIdle(
        _ entries: [ObjectIdentifier: Entry], before limit: NIODeadline
    ) -> ObjectIdentifier? {
        entries.lazy
            .compactMap { key, entry in entry.admission == .serve ? entry.idleSince.map { (key, $0) } : nil }
            .filter { $0.1 <= limit }
            .min { $0.1 < $1.1 }?.0
    }
}
