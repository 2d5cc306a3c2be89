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
    /// ALL-3: the `countedThrough` that ``uncountedAmount`` starts from. Both fields, or neither.
    public var uncountedFrom: Int64?
    /// Minor units that this terminal has approved offline from the instrument's account in records numbered above
    /// ``uncountedFrom``: the host takes those it has not booked yet off the balance it decides with. Online approvals are
    /// not among them, the host has booked them. May differ when the same payment is asked for again.
    public var uncountedAmount: Int64?

    public init(
        payment: UUIDv7, programme: String, instrument: Pseudonym, amount: Money, requestedAt: UTCInstant,
        sealedEvidence: String, uncountedFrom: Int64? = nil, uncountedAmount: Int64? = nil
    ) {
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

/// The host's decision.
public struct AuthorisationAnswer: Codable, Sendable, Equatable {
    public var type: HostAnswerType = .authorisation
    public var payment: UUIDv7
    public var approved: Bool
    public var rule: String
    public var reason: String
    /// Six characters, on approvals.
    public var authorisationCode: String?
    /// The account as it stands after this decision, when it is known at this host.
    public var account: AccountLimit?
    public var hostTime: UTCInstant

    public init(
        payment: UUIDv7, approved: Bool, rule: String, reason: String, authorisationCode: String?,
        account: AccountLimit?, hostTime: UTCInstant
    ) {
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

    public init(terminal: String, nonce: UUIDv7, hostTime: UTCInstant) {
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

    public init(reason: String, field: String? = nil) {
        self.reason = reason
        self.field = field
    }
}
