import HostProtocol

/// The life of a payment as a state machine: events in, the next state out. What is durable of it is a row and a record; the
/// states are derived from those (``init(_:)``).
///
/// ```
/// open ──▶ cardApproved ──▶ committed ──▶ forwarded ──▶ acknowledged ──▶ voided
///   │           │            │     ▲          │ │ │           ▲
///   │           │            │     └──────────┘ │ └──▶ declinedLater ──▶ acknowledged
///   │           │            │                  └──▶ quarantined ──▶ committed
///   │           └────────────┼── a reversal or another advice goes the same way and ends as reversed or acknowledged
///   ├──▶ abandoned           └──▶ voided
///   └──▶ declined
/// ```
/// At most two commits on the way: the intent, where a card may do what can't be undone, and the outcome.
public struct PaymentLife: Sendable, Hashable {
    public enum State: String, Sendable, CaseIterable {
        /// The intent is durable, nothing else.
        case open
        /// Card or host have said yes, and no commit has come back yet. In the tables it is open: nothing is approved.
        case cardApproved
        /// Outcome and record are durable; the record waits to be forwarded.
        case committed
        /// The record was sent; the host's answer is not in. That is stored with the next answer that is, never for itself: a
        /// start sends it again either way, which books nothing twice.
        case forwarded
        /// The host has taken the record.
        case acknowledged
        /// The host refused the record: it waits for a person.
        case quarantined
        /// The host has undone, or never booked, what this terminal did not know the end of (ALL-10).
        case reversed
        /// Taken back by the merchant (CARD-14).
        case voided
        /// The host has declined what was approved here (ALL-7).
        case declinedLater
        /// Declined with nothing to forward.
        case declined
        /// No card took part.
        case abandoned
    }

    public enum Event: String, Sendable, CaseIterable {
        case cardApproved
        /// The outcome and its record are durable.
        case committed
        /// The end is not known, or never came: closed as declined, with a reversal, in one commit.
        case reversalCommitted
        case declined
        case abandoned
        case sent
        /// No answer came: the record still waits.
        case answerLost
        case acknowledged
        case refused
        case declinedLater
        /// The host's books were set back, and take now what they had declined (ALL-7).
        case acceptedAfterAll
        /// The host's books were set back: they may lack what they had taken.
        case askedAgain
        /// Someone wants a refused record sent once more.
        case retried
        case voided
    }

    public struct IllegalTransition: Error, Hashable, Sendable {
        public let state: State
        public let event: Event

        public init(state: State, event: Event) {
            self.state = state
            self.event = event
        }
    }

    public private(set) var state: State
    /// Whether the record that is on its way undoes what the host may have booked.
    public private(set) var isReversal: Bool

    public init(_ state: State = .open, isReversal: Bool = false) {
        self.state = state
        self.isReversal = isReversal
    }

    public mutating func handle(_ event: Event) throws(IllegalTransition) {
        switch (state, event) {
        case (.open, .cardApproved): state = .cardApproved
        case (.open, .committed), (.cardApproved, .committed): state = .committed
        case (.open, .reversalCommitted), (.cardApproved, .reversalCommitted): (state, isReversal) = (.committed, true)
        case (.open, .declined), (.cardApproved, .declined): state = .declined
        case (.open, .abandoned): state = .abandoned
        case (.committed, .sent): state = .forwarded
        case (.forwarded, .answerLost): state = .committed
        case (.forwarded, .acknowledged): state = isReversal ? .reversed : .acknowledged
        case (.forwarded, .refused): state = .quarantined
        case (.forwarded, .declinedLater) where !isReversal: state = .declinedLater
        case (.quarantined, .retried): state = .committed
        case (.declinedLater, .acceptedAfterAll): state = .acknowledged
        case (.acknowledged, .askedAgain), (.reversed, .askedAgain): state = .committed
        // The void is a payment of its own, with its own record: the one it takes back need not have been sent before.
        case (.committed, .voided) where !isReversal: state = .voided
        case (.forwarded, .voided) where !isReversal: state = .voided
        case (.acknowledged, .voided), (.quarantined, .voided): state = .voided
        default: throw IllegalTransition(state: state, event: event)
        }
    }

    /// Whether nothing more happens by itself.
    public var isFinal: Bool {
        switch state {
        case .open, .cardApproved, .committed, .forwarded, .quarantined: false
        case .acknowledged, .reversed, .voided, .declinedLater, .declined, .abandoned: true
        }
    }
}

// MARK: At start

extension PaymentLife {
    /// What a start has to do about a payment that it finds.
    public enum Recovery: String, Sendable, CaseIterable {
        /// Decline it, and queue a reversal of whatever the host may have booked, in one commit.
        case reverse
        /// Forward its record; the host tells records by their ids.
        case forward
        /// Keep it in sight of the technician.
        case show
        case nothing
    }

    public var recovery: Recovery {
        switch state {
        // A crash before the outcome was durable: nobody was told of an approval.
        case .open, .cardApproved: .reverse
        case .committed, .forwarded: .forward
        case .quarantined: .show
        case .acknowledged, .reversed, .voided, .declinedLater, .declined, .abandoned: .nothing
        }
    }
}

// MARK: From the tables

extension PaymentLife {
    /// What the tables hold of a payment.
    public struct Traces: Sendable, Hashable {
        public enum Row: String, Sendable, CaseIterable { case open, approved, declined, abandoned, voided, declinedLater }
        public enum Queue: String, Sendable, CaseIterable {
            case waiting
            /// Waiting, and sent before.
            case sent
            case quarantined
        }

        public var row: Row
        /// Whether the row says how it was decided.
        public var hasDecision: Bool
        /// Whether the journal holds a record of it, or may have held one that is purged.
        public var hasRecord: Bool
        /// Of its record; nil: in no queue.
        public var queue: Queue?
        /// Whether its decline says that the host's outcome is unknown.
        public var isReversal: Bool

        public init(row: Row, hasDecision: Bool, hasRecord: Bool, queue: Queue?, isReversal: Bool) {
            self.row = row
            self.hasDecision = hasDecision
            self.hasRecord = hasRecord
            self.queue = queue
            self.isReversal = isReversal
        }
    }

    /// No transaction of this terminal leaves such traces: half of one, or a file that was changed.
    public enum Torn: String, Error, Hashable, Sendable, CaseIterable {
        /// Open, with a record of its outcome.
        case openWithRecord
        /// Closed, without a decision.
        case closedWithoutDecision
        /// Approved, without a record.
        case approvedWithoutRecord
        /// No card took part, and there is a record.
        case abandonedWithRecord
        /// In the queue, without a record.
        case queuedWithoutRecord
    }

    public init(_ traces: Traces) throws(Torn) {
        guard traces.queue == nil || traces.hasRecord else { throw .queuedWithoutRecord }
        guard traces.row == .open || traces.hasDecision else { throw .closedWithoutDecision }
        switch traces.row {
        case .open:
            guard !traces.hasRecord else { throw .openWithRecord }
            self.init(.open)
        case .abandoned:
            guard !traces.hasRecord else { throw .abandonedWithRecord }
            self.init(.abandoned)
        case .voided: self.init(.voided)
        case .declinedLater: self.init(.declinedLater)
        case .approved:
            guard traces.hasRecord else { throw .approvedWithoutRecord }
            self.init(PaymentLife.state(traces.queue) ?? .acknowledged)
        case .declined:
            guard traces.hasRecord else {
                self.init(.declined)
                return
            }
            self.init(
                PaymentLife.state(traces.queue) ?? (traces.isReversal ? .reversed : .acknowledged),
                isReversal: traces.isReversal)
        }
    }

    private static func state(_ queue: Traces.Queue?) -> State? {
        switch queue {
        case .waiting: .committed
        case .sent: .forwarded
        case .quarantined: .quarantined
        case nil: nil
        }
    }
}
