import HostProtocol
import Payments

/// What one sync remembers from page to page, so that a host and a store that can't agree never keep each other busy.
struct CatchUp: Equatable {
    /// Most times in one sync that the host may begin its snapshot again instead of going on with it.
    static let mostRestarts = 3

    /// Whether the next request asks for everything, whatever the store holds.
    private(set) var everything = false
    private var startedOver = false
    private var restarts = 0

    /// The store could not build on the page.
    /// - Returns: whether to ask for everything now; false the second time.
    mutating func gap() -> Bool {
        guard !startedOver else { return false }
        startedOver = true
        everything = true
        return true
    }

    /// A page was applied that is not the last.
    /// - Returns: false when the host has begun its snapshot anew too often.
    mutating func went(from request: LimitRequest, to page: LimitPage) -> Bool {
        everything = false
        if request.snapshot != nil, page.position == nil, page.base == 0 { restarts += 1 }
        return restarts <= Self.mostRestarts
    }
}

/// How fast the long poll asks again.
struct PollPace {
    /// Shortest and longest pause, in milliseconds, after an answer without news that came before its time: a host that
    /// does not know how to hold a request is asked less and less.
    static let shortest: Int64 = 1000
    static let longest: Int64 = 30_000
    /// After a new version with nothing in it for this terminal.
    static let idleNews: Int64 = 250

    private var backoff: Backoff
    private var early = 0

    init(_ backoff: Backoff) { self.backoff = backoff }

    /// - Parameter took: milliseconds from the request to the answer, of the `hold` asked for.
    /// - Returns: milliseconds to wait before the next request.
    mutating func answered(_ page: LimitPage, to request: LimitRequest, took: Int64) -> Int64 {
        backoff.reset()
        guard page.accounts.isEmpty, page.removed.isEmpty, page.stops.isEmpty else {
            early = 0
            return 0
        }
        if page.version != request.since || page.incarnation != request.incarnation {
            early = 0
            return Self.idleNews
        }
        if let hold = request.hold, took >= hold / 2, took >= Self.shortest {
            early = 0
            return 0
        }
        early = min(early + 1, 10)
        return min(Self.shortest << Int64(early - 1), Self.longest)
    }

    /// - Returns: milliseconds to wait before the next request, never less than ``shortest``.
    mutating func failed(random: UInt64, retryAfter: Int64?) -> Int64 {
        max(Self.shortest, backoff.failed(random: random, retryAfter: retryAfter))
    }
}
