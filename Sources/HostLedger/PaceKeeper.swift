import Core
import HostProtocol
import Synchronization

/// What this host asks of its terminals' pace: a span that grows with their number.
public final class PaceKeeper: Sendable {
    /// Terminals a second.
    public static let defaultCapacity = 100
    /// Milliseconds for which a count of the terminals is good.
    static let freshness: Int64 = 60_000

    private let ledger: any LedgerPort
    private let capacity: Int
    private let counted = Mutex<(pace: HostPace, at: UTCInstant)?>(nil)

    public init(ledger: any LedgerPort, capacity: Int) {
        self.ledger = ledger
        self.capacity = max(1, capacity)
    }

    public func now(_ now: UTCInstant) async throws(LedgerError) -> HostPace {
        if let held = counted.withLock({ $0 }), (0..<Self.freshness).contains(now.millisecondsSince(held.at)) { return held.pace }
        let pace = HostPace(spread: HostPace.spread(terminals: try await ledger.terminalCount(), capacity: capacity))
        counted.withLock { $0 = (pace, now) }
        return pace
    }
}
