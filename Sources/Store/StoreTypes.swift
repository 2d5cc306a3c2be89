import Core
import HostProtocol
import Programmes

/// A payment as it begins: durable before a card may do what can't be undone.
public struct PaymentIntent: Sendable, Equatable {
    public var id: UUIDv7
    /// The till's reference, unique at this terminal (ALL-8).
    public var reference: String?
    public var kind: PurchaseRequest.Kind
    public var amount: Money
    public var startedAt: UTCInstant
    /// Hash of what else was asked for: with other content a reference is refused (ALL-8). Nil for a plain amount.
    public var content: String?

    public init(
        id: UUIDv7, reference: String?, amount: Money, startedAt: UTCInstant, kind: PurchaseRequest.Kind = .purchase,
        content: String? = nil
    ) {
        self.id = id
        self.reference = reference
        self.kind = kind
        self.amount = amount
        self.startedAt = startedAt
        self.content = content
    }

    public init(id: UUIDv7, reference: String?, request: PurchaseRequest, startedAt: UTCInstant) {
        let isPlain = request.basket.isEmpty && !request.allowsPartial && !request.acceptsVoucherLoss
            && request.collects == nil
        var text = "\(request.allowsPartial) \(request.acceptsVoucherLoss)"
        if let original = request.collects { text += " collects \(original)" }
        for line in request.basket { text += "\n\(line.amount.minorUnits) \(line.category)" }
        self.init(
            id: id, reference: reference, amount: request.amount, startedAt: startedAt, kind: request.kind,
            content: isPlain ? nil : Hex.encode(JournalChain.bodyHash(Array(text.utf8))))
    }
}

/// What the store says to an intent.
public enum BeginResult: Sendable, Equatable {
    case begun
    /// The same reference with the same content: here is how it stands (ALL-8).
    case known(StoredPayment)
}

/// A payment as stored.
public struct StoredPayment: Sendable, Equatable {
    public enum Kind: String, Sendable {
        case purchase, hold, cash, cashback
        /// Of an earlier payment, ``StoredPayment/original``.
        case completion, release, refund, void
    }

    public enum State: String, Sendable {
        case open, approved, declined, abandoned
        /// An approved hold that waits for its end (CARD-12).
        case held
        /// How holds end.
        case completed, released
        /// A purchase that was taken back.
        case voided
        /// A deferred approval that the host has declined since (ALL-7).
        case declinedLater
    }

    public var id: UUIDv7
    public var reference: String?
    public var kind: Kind
    /// What was asked for.
    public var amount: Money
    public var state: State
    public var startedAt: UTCInstant
    public var decision: Decision?
    public var online: Bool
    public var authorisationCode: String?
    public var programme: String?
    /// The payment that this one completes, releases, refunds or takes back.
    public var original: UUIDv7?
    /// What refunds have given back of it (CARD-13).
    public var refunded: Money
    /// When a hold ends by itself.
    public var expiresAt: UTCInstant?
}

/// Everything a closing payment brings to the writer but the decision itself.
public struct PaymentClosing: Sendable {
    public var payment: UUIDv7
    /// Id of the record, should one be written: minted for this commit.
    public var record: UUIDv7
    public var request: PurchaseRequest
    public var programme: Programme?
    public var instrument: Pseudonym?
    public var sealedEvidence: String?
    public var now: TrustedTime
    public var hostReachable: Bool
    /// CARD-17: how the payer consented.
    public var verification: String?
    /// When a hold that is approved ends by itself (CARD-12).
    public var holdExpiry: UTCInstant?

    public init(
        payment: UUIDv7, record: UUIDv7, request: PurchaseRequest, programme: Programme?, instrument: Pseudonym?,
        sealedEvidence: String?, now: TrustedTime, hostReachable: Bool, verification: String? = nil,
        holdExpiry: UTCInstant? = nil
    ) {
        self.payment = payment
        self.record = record
        self.request = request
        self.programme = programme
        self.instrument = instrument
        self.sealedEvidence = sealedEvidence
        self.now = now
        self.hostReachable = hostReachable
        self.verification = verification
        self.holdExpiry = holdExpiry
    }

    public var amount: Money { request.amount }
}

/// A change of an earlier payment of this terminal: the end of a hold (CARD-12), a refund (CARD-13), a void (CARD-14).
public struct Amendment: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable { case completion, release, refund, void }

    /// Id of the amendment as a payment of its own.
    public var payment: UUIDv7
    /// Id of the record, should one be written: minted for this commit.
    public var record: UUIDv7
    /// The till's reference, unique at this terminal (ALL-8).
    public var reference: String?
    public var kind: Kind
    public var original: UUIDv7
    public var amount: Money
    public var programme: Programme?
    public var now: TrustedTime
    public var hostReachable: Bool

    public init(
        payment: UUIDv7, record: UUIDv7, reference: String?, kind: Kind, original: UUIDv7, amount: Money,
        programme: Programme?, now: TrustedTime, hostReachable: Bool
    ) {
        self.payment = payment
        self.record = record
        self.reference = reference
        self.kind = kind
        self.original = original
        self.amount = amount
        self.programme = programme
        self.now = now
        self.hostReachable = hostReachable
    }
}

/// How a payment ends, with what the journal must say of it.
public enum Verdict: Sendable {
    /// Decided here. `cardMovedOn`: the card gave a TC, so a decline is journalled too (ALL-7).
    case local(Decision, cardMovedOn: Bool)
    /// The host decided; its statement of the account replaces the cached one.
    case host(Decision, AuthorisationAnswer)
    /// The host may or may not have booked it: declined here, its reversal queued in the same commit (ALL-10).
    case hostUnknown(Decision)
    /// The card left after it may have spent its own balance.
    case torn(Decision)
}

/// What the commit made durable.
public struct Settled: Sendable, Equatable {
    public var decision: Decision
    /// The journal's sequence number, when a record was written.
    public var sequence: Int64?
    public var authorisationCode: String?
    public var online = false
}

/// One line of the outbox, for people.
public struct QueuedRecord: Sendable, Equatable {
    public var sequence: Int64
    public var id: UUIDv7
    public var payment: UUIDv7
    public var kind: JournalRecord.Kind
    public var amount: Money
    public var quarantined: String?
}

/// Counts over the outbox.
public struct QueueSummary: Sendable, Equatable {
    /// Approved payments waiting to be forwarded.
    public var approvals: Int
    /// Everything else that waits: advices, reversals, torn notices, refunds, ends of holds without a purchase.
    public var advices: Int
    public var quarantined: Int
    /// Minor units of unacknowledged offline approvals by currency.
    public var exposure: [Money]

    public var depth: Int { approvals + advices }
}
