import Core

/// How the host wants to be asked: optional in its signed answers. Seconds; what is not there changes nothing.
public struct HostPace: Codable, Sendable, Hashable {
    /// The span S over which terminals spread their first attempt after an outage, each with a random wait of U(0, S).
    /// A terminal remembers the last one it was told. With N terminals and a host that takes C of them back a second,
    /// S = max(60, 1.5·N/C) keeps their arrivals below C: about N/S + 4·√(N/S) in the fullest second.
    public var spread: Int64?
    /// The queue rests this long. Payments, signs of life and limits go on.
    public var retryAfter: Int64?

    public init(spread: Int64? = nil, retryAfter: Int64? = nil) {
        self.spread = spread
        self.retryAfter = retryAfter
    }

    /// Longest span and longest rest, in seconds, that a host can mean.
    public static let longest: Int64 = 86_400

    public var isWellFormed: Bool {
        (0...Self.longest).contains(spread ?? 0) && (0...Self.longest).contains(retryAfter ?? 0)
    }

    /// The span for `terminals` terminals at a host that takes `capacity` of them back a second.
    public static func spread(terminals: Int, capacity: Int) -> Int64 {
        let (scaled, overflow) = Int64(max(0, terminals)).multipliedReportingOverflow(by: 3)
        guard !overflow else { return longest }
        let twice = 2 * Int64(min(max(1, capacity), 1_000_000_000))
        return min(longest, max(60, scaled / twice + (scaled % twice == 0 ? 0 : 1)))
    }
}

/// A record that the host can't take a stand on now. It stays queued, and its account's later records behind it.
public struct RecordDelay: Codable, Sendable, Hashable {
    public var id: UUIDv7
    /// Seconds.
    public var retryAfter: Int64

    public init(id: UUIDv7, retryAfter: Int64) {
        self.id = id
        self.retryAfter = retryAfter
    }
}
