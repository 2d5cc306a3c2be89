import Core

/// Serials of one site's codes (MOB-5), handed out by the host in turn; a durable value of the host. A serial that was given is not
/// given again before ``window`` minutes have passed, so that within any code's life it means one payment.
public struct CodeSerials: Sendable, Hashable, Codable {
    public static let count = 1024

    /// Minutes through which a serial stays taken: above the validity of any receipt that may still be shown.
    public let window: Int64
    /// Minutes at which the newest serials were given, oldest first; at most ``count``.
    private var given: [Int64] = []
    /// Of the next code.
    private var next: UInt16

    /// - Parameters:
    ///   - window: at least 1.
    ///   - first: where to begin; any number.
    public init(window: Int64, first: UInt16 = 0) {
        self.window = max(1, window)
        next = first % UInt16(Self.count)
    }

    /// Takes the next serial for a payment of this minute.
    /// - Returns: nil when all 1,024 are taken: the payment is shown without a typed code, or waits a minute.
    public mutating func allocate(minute: Int64) -> UInt16? {
        // A clock that was set back hands out nothing early.
        let minute = max(minute, given.last ?? minute)
        if given.count >= Self.count, let oldest = given.first {
            let (age, overflow) = minute.subtractingReportingOverflow(oldest)
            guard overflow || age >= window else { return nil }
            given.removeFirst(given.count - Self.count + 1)
        }
        given.append(minute)
        defer { next = (next + 1) % UInt16(Self.count) }
        return next
    }
}
