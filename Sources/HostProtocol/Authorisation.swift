import Core

/// An online authorisation request. The id is the payment's: asking again with it never books twice.
public struct AuthorisationRequest: Codable, Sendable, Equatable {
    public var payment: UUIDv7
    public var programme: String
    public var instrument: Pseudonym
    public var amount: Money
    public var requestedAt: UTCInstant
    /// Base64 of ``SealedEvidence``: the card's data record with its ARQC.
    public var sealedEvidence: String
    /// The account that the terminal takes the instrument for; what it has not seen counted is that account's. Nil: unknown.
    public var account: String?
    /// ALL-3: the `countedThrough` that ``uncountedAmount`` starts from. Both fields, or neither.
    public var uncountedFrom: Int64?
    /// Minor units that this terminal has approved offline from the instrument's account in records numbered above
    /// ``uncountedFrom``: the host takes those it has not booked yet off the balance it decides with. Online approvals are
    /// not among them, the host has booked them. May differ when the same payment is asked for again.
    public var uncountedAmount: Int64?
    /// The same by purse: what ``uncountedAmount`` took from each.
    public var uncountedShares: [PurseShare]?
    /// CARD-11: the checkout takes less than the whole.
    public var allowsPartial: Bool?
    /// SMA-4: the payer accepts vouchers that give no change.
    public var acceptsVoucherLoss: Bool?
    /// CARD-9: what the checkout sells; nil when it sends no lines.
    public var basket: [BasketLine]?
    /// CARD-9, ISO 18245.
    public var merchantCategory: String?
    /// What it is when it is no purchase of its own; nil: a purchase or a hold.
    public var kind: AuthorisationKind?
    /// Of a ``AuthorisationKind/collection``: the payment whose open amount is collected. Both fields, or neither.
    public var original: UUIDv7?
    /// CARD-12: the amount is held until then, for a completion; nil: it is taken at once.
    public var holdUntil: UTCInstant?

    public init(
        payment: UUIDv7, programme: String, instrument: Pseudonym, amount: Money, requestedAt: UTCInstant,
        sealedEvidence: String, uncountedFrom: Int64? = nil, uncountedAmount: Int64? = nil,
        uncountedShares: [PurseShare]? = nil, allowsPartial: Bool? = nil, acceptsVoucherLoss: Bool? = nil,
        basket: [BasketLine]? = nil, merchantCategory: String? = nil, holdUntil: UTCInstant? = nil,
        account: String? = nil, original: UUIDv7? = nil
    ) {
        self.account = account
        kind = original == nil ? nil : .collection
        self.original = original
        self.holdUntil = holdUntil
        self.uncountedShares = uncountedShares
        self.allowsPartial = allowsPartial
        self.acceptsVoucherLoss = acceptsVoucherLoss
        self.basket = basket
        self.merchantCategory = merchantCategory
        self.payment = payment
        self.programme = programme
        self.instrument = instrument
        self.amount = amount
        self.requestedAt = requestedAt
        self.sealedEvidence = sealedEvidence
        self.uncountedFrom = uncountedFrom
        self.uncountedAmount = uncountedAmount
    }
}

public enum AuthorisationKind: String, Codable, Sendable {
    /// Takes what a payment owes that this terminal approved and the host declined later (ALL-7).
    case collection
}

/// A line of the checkout's basket (CARD-9).
public struct BasketLine: Codable, Sendable, Hashable {
    public var amount: Money
    /// A lower-case word such as `food` or `alcohol`, as the programmes name them.
    public var category: String

    public init(amount: Money, category: String) {
        self.amount = amount
        self.category = category
    }
}

/// The host's decision.
public struct AuthorisationAnswer: Codable, Sendable, Equatable {
    public var type: HostAnswerType = .authorisation
    public var payment: UUIDv7
    public var approved: Bool
    public var rule: String
    public var reason: String
    /// Six characters, on approvals.
    public var authorisationCode: String?
    /// What of the amount is approved: less than all only where the request allows it (CARD-11). Nil: all of it.
    public var approvedAmount: Money?
    /// How the purses share it; nil: the account's one purse pays.
    public var split: [PurseShare]?
    public var lines: [ChargeLine]?
    /// CARD-15: the issuer's own.
    public var valueDate: CivilDate?
    /// The account as it stands after this decision, when it is known at this host.
    public var account: AccountLimit?
    /// The incarnation of the books that ``account``'s version counts in.
    public var incarnation: Int64
    public var hostTime: UTCInstant
    /// Of a declined collection: whether it may be tried once more; nil: at once.
    public var retry: CollectionAdvice?
    /// Seconds from the answer before which it may not, with ``CollectionAdvice/later``.
    public var retryAfter: Int64?

    public init(
        payment: UUIDv7, approved: Bool, rule: String, reason: String, authorisationCode: String?,
        account: AccountLimit?, hostTime: UTCInstant, approvedAmount: Money? = nil, split: [PurseShare]? = nil,
        lines: [ChargeLine]? = nil, valueDate: CivilDate? = nil, incarnation: Int64 = 1, retry: CollectionAdvice? = nil,
        retryAfter: Int64? = nil
    ) {
        self.retry = retry
        self.retryAfter = retryAfter
        self.incarnation = incarnation
        self.approvedAmount = approvedAmount
        self.split = split
        self.lines = lines
        self.valueDate = valueDate
        self.payment = payment
        self.approved = approved
        self.rule = rule
        self.reason = reason
        self.authorisationCode = authorisationCode
        self.account = account
        self.hostTime = hostTime
    }
}

/// The answer to a health request: that this is the terminal's host, and its time.
public struct HealthAnswer: Codable, Sendable, Equatable {
    public var type: HostAnswerType = .health
    public var terminal: String
    public var nonce: UUIDv7
    public var hostTime: UTCInstant
    /// The last record of the terminal that the host holds; nil: none, or a host that does not tell.
    public var journal: JournalPosition?
    public var pace: HostPace?
    /// ``HostTrust/id`` of what the host is known by now; nil: a host that does not give certificates.
    public var trust: String?
    /// ``TagSecrets/version`` of the keys of closed-loop tags; nil: the host has none.
    public var tagKeys: String?

    public init(
        terminal: String, nonce: UUIDv7, hostTime: UTCInstant, journal: JournalPosition? = nil, pace: HostPace? = nil,
        trust: String? = nil, tagKeys: String? = nil
    ) {
        self.tagKeys = tagKeys
        self.trust = trust
        self.journal = journal
        self.pace = pace
        self.terminal = terminal
        self.nonce = nonce
        self.hostTime = hostTime
    }
}

public struct HealthRequest: Codable, Sendable, Equatable {
    public var nonce: UUIDv7
    public init(nonce: UUIDv7) { self.nonce = nonce }
}

/// A refusal of the whole request (HTTP 4xx or 5xx), signed like every answer.
public struct FailureAnswer: Codable, Sendable, Equatable {
    public var type: HostAnswerType = .failure
    /// A machine-readable word, such as `unknownTerminal`, `badSignature`, `malformed`.
    public var reason: String
    /// The field that was wrong, when one was.
    public var field: String?
    /// Of a host that has too much to do: `retryAfter` as the header Retry-After has it, and the span for first attempts.
    public var pace: HostPace?

    /// The ``reason`` of a host that has too much to do (HTTP 429 or 503): it has not looked at the request.
    public static let overloaded = "overloaded"

    public init(reason: String, field: String? = nil, pace: HostPace? = nil) {
        self.reason = reason
        self.field = field
        self.pace = pace
    }
}
