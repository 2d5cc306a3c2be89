import Core

// What the host declined after the terminal had approved it (ALL-7).

public struct ListDeclinedParameters: Codable, Sendable {
    /// Also what is not open any more.
    public var all: Bool?
    public var limit: Int?

    public init(all: Bool? = nil, limit: Int? = nil) {
        self.all = all
        self.limit = limit
    }
}

public struct DeclinedReply: Codable, Sendable, Equatable {
    public var payment: String
    public var record: String
    public var reference: String?
    public var amount: AmountReply
    public var account: String?
    /// The host's word.
    public var reason: String
    public var declinedAt: Int64
    /// `open`, `collected`, `givenUp` or `cleared`.
    public var state: String
    public var closedAt: Int64?
    public var collectedBy: String?
    /// `now`, `never`, or `later`: not before ``collectableAt``.
    public var collect: String
    public var collectableAt: Int64?

    public init(
        payment: String, record: String, reference: String?, amount: AmountReply, account: String?, reason: String,
        declinedAt: Int64, state: String, closedAt: Int64?, collectedBy: String?, collect: String, collectableAt: Int64?
    ) {
        self.payment = payment
        self.record = record
        self.reference = reference
        self.amount = amount
        self.account = account
        self.reason = reason
        self.declinedAt = declinedAt
        self.state = state
        self.closedAt = closedAt
        self.collectedBy = collectedBy
        self.collect = collect
        self.collectableAt = collectableAt
    }
}

/// What is open.
public struct DeclinedSummaryReply: Codable, Sendable, Equatable {
    public var open: Int
    /// By currency.
    public var amounts: [AmountReply]

    public init(open: Int, amounts: [AmountReply]) {
        self.open = open
        self.amounts = amounts
    }
}

public struct ListDeclinedReply: Codable, Sendable, Equatable {
    public var summary: DeclinedSummaryReply
    /// The newest first.
    public var declined: [DeclinedReply]

    public init(summary: DeclinedSummaryReply, declined: [DeclinedReply]) {
        self.summary = summary
        self.declined = declined
    }
}

public struct CollectParameters: Codable, Sendable {
    /// The payment that was declined later: an id, its beginning, or its reference.
    public var payment: String
    /// The till's, of the collection.
    public var reference: String?
    public var timeoutSeconds: Int?

    public init(payment: String, reference: String? = nil, timeoutSeconds: Int? = nil) {
        self.payment = payment
        self.reference = reference
        self.timeoutSeconds = timeoutSeconds
    }
}

public struct GiveUpDeclinedParameters: Codable, Sendable {
    public var payment: String
    public init(payment: String) { self.payment = payment }
}

public struct GiveUpDeclinedReply: Codable, Sendable, Equatable {
    public var declined: DeclinedReply
    public init(declined: DeclinedReply) { self.declined = declined }
}

/// News for the merchant.
public struct AnnouncementReply: Codable, Sendable, Equatable {
    /// `open` (declined before this stream began), `declinedLater`, `collected`, `givenUp`, `acceptedAfterAll` (the
    /// host's books were set back, and took it: what had collected it is taken back); `cleared` comes with the next look at the
    /// list.
    public var announcement: String
    public var declined: DeclinedReply?

    public init(announcement: String, declined: DeclinedReply?) {
        self.announcement = announcement
        self.declined = declined
    }
}
