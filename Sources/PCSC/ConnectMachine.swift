import SmartCard

/// How a tap gets hold of its card, as a value: the code of the last call goes in, the next call comes out. Bounded:
/// at most 3 tries for a card that is still entering the field, 5 for a reader another process holds, one new context.
struct ConnectMachine: Sendable {
    enum Order: Sendable, Hashable {
        case establish
        /// `SCARD_SHARE_EXCLUSIVE` keeps gpg-agent, OpenSC and p11-kit out; shared is what is left when they are in.
        case connect(exclusive: Bool)
        case begin
        /// Reconnect with the card left as it is, after another handle reset it.
        case reconnect
        case dropContext
        case pause(milliseconds: UInt32)
        /// In a transaction: the body may run.
        case ready
        case fail(CardError)
    }

    /// Between tries, in ms.
    static let pause: UInt32 = 50

    private var order: Order
    private var unreadyTries = 3
    private var busyTries = 5
    private var resets = 2
    private var mayRenewContext = true

    /// - Parameter hasContext: a context of an earlier tap is at hand; it may be dead.
    init(hasContext: Bool) {
        order = hasContext ? .connect(exclusive: true) : .establish
        mayRenewContext = hasContext
    }

    var first: Order { order }

    /// - Parameter code: of the call that was ordered; orders that make no call report success.
    mutating func next(after code: PCSCCode) -> Order {
        order = following(code)
        return order
    }

    private mutating func following(_ code: PCSCCode) -> Order {
        switch (order, code.meaning) {
        case (.establish, .success), (.pause, _): return .connect(exclusive: true)
        case (.dropContext, _): return .establish
        case (.connect, .success), (.reconnect, .success): return .begin
        case (.begin, .success): return .ready
        case (.connect(exclusive: true), .busy): return .connect(exclusive: false)
        case (.connect, .busy) where busyTries > 0:
            busyTries -= 1
            return .pause(milliseconds: Self.pause)
        case (.connect, .cardUnready) where unreadyTries > 0:
            unreadyTries -= 1
            return .pause(milliseconds: Self.pause)
        // Nothing has been sent to the card yet, so that a context which died with its pcscd may be renewed.
        case (.connect, .serviceLost) where mayRenewContext:
            mayRenewContext = false
            return .dropContext
        case (.begin, .cardReset) where resets > 0:
            resets -= 1
            return .reconnect
        default: return .fail(code.cardError)
        }
    }
}
