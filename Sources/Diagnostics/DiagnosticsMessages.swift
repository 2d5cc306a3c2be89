import Core
import Programmes

// The parameters and replies of `org.kassa.terminal.diagnostics`, field by field as its description has them.

public struct NoParameters: Codable, Sendable {
    public init() {}
}

public struct AmountReply: Codable, Sendable, Equatable {
    public var minorUnits: Int64
    public var currency: String
    /// `95.00 SEK`
    public var text: String

    public init(_ money: Money) {
        minorUnits = money.minorUnits
        currency = money.currency.code
        text = money.description
    }
}

public struct LinkReply: Codable, Sendable, Equatable {
    public var state: String
    public var reason: String?
    public var sinceMilliseconds: Int64?
    public var nextAttemptInMilliseconds: Int64?
    public var lastContact: Int64?
    /// Why records, or limits, don't get through; nil when their last try succeeded. Also of a host that answers.
    public var forwardFailure: String?
    public var limitsFailure: String?

    public init(
        state: String, reason: String? = nil, sinceMilliseconds: Int64? = nil, nextAttemptInMilliseconds: Int64? = nil,
        lastContact: Int64? = nil, forwardFailure: String? = nil, limitsFailure: String? = nil
    ) {
        self.forwardFailure = forwardFailure
        self.limitsFailure = limitsFailure
        self.state = state
        self.reason = reason
        self.sinceMilliseconds = sinceMilliseconds
        self.nextAttemptInMilliseconds = nextAttemptInMilliseconds
        self.lastContact = lastContact
    }
}

public struct QueueSummaryReply: Codable, Sendable, Equatable {
    public var approvals: Int
    public var advices: Int
    public var quarantined: Int
    public var exposure: [AmountReply]
    /// How long the oldest record has waited that is not set aside.
    public var oldestWaitingMilliseconds: Int64?

    public init(
        approvals: Int, advices: Int, quarantined: Int, exposure: [AmountReply], oldestWaitingMilliseconds: Int64? = nil
    ) {
        self.oldestWaitingMilliseconds = oldestWaitingMilliseconds
        self.approvals = approvals
        self.advices = advices
        self.quarantined = quarantined
        self.exposure = exposure
    }
}

public struct StoreReply: Codable, Sendable, Equatable {
    public var state: String
    public var remedy: String?
    public var limitVersion: Int64?
    public var accounts: Int?
    public var journalWhole: Bool?
    /// `current` or `forwardOnly`.
    public var tables: String?
    public var stopListEntries: Int?
    public var incarnation: String?
    public var snapshotUnderWay: Bool?
    /// 0…100
    public var cacheSharePercent: Int?

    public init(
        state: String, remedy: String? = nil, limitVersion: Int64? = nil, accounts: Int? = nil, journalWhole: Bool? = nil,
        tables: String? = nil, stopListEntries: Int? = nil, incarnation: String? = nil, snapshotUnderWay: Bool? = nil,
        cacheSharePercent: Int? = nil
    ) {
        self.state = state
        self.remedy = remedy
        self.limitVersion = limitVersion
        self.accounts = accounts
        self.journalWhole = journalWhole
        self.tables = tables
        self.stopListEntries = stopListEntries
        self.incarnation = incarnation
        self.snapshotUnderWay = snapshotUnderWay
        self.cacheSharePercent = cacheSharePercent
    }
}

public struct FindingReply: Codable, Sendable, Equatable {
    public var severity: String
    public var what: String
    public var whoIsHurt: String
    public var remedy: String

    public init(severity: String, what: String, whoIsHurt: String, remedy: String) {
        self.severity = severity
        self.what = what
        self.whoIsHurt = whoIsHurt
        self.remedy = remedy
    }
}

public struct StatusReply: Codable, Sendable, Equatable {
    public var version: String
    public var terminal: String
    public var merchant: String?
    public var time: Int64
    public var timeAnchored: Bool
    public var service: String
    public var readers: Int
    public var link: LinkReply
    public var queue: QueueSummaryReply?
    public var store: StoreReply
    public var cpuMicroseconds: Int64
    public var findings: [FindingReply]
    public var declined: DeclinedSummaryReply?
    public var certificates: [CertificateReply]?

    public init(
        version: String, terminal: String, merchant: String?, time: Int64, timeAnchored: Bool, service: String,
        readers: Int, link: LinkReply, queue: QueueSummaryReply?, store: StoreReply, cpuMicroseconds: Int64,
        findings: [FindingReply], declined: DeclinedSummaryReply? = nil, certificates: [CertificateReply]? = nil
    ) {
        self.certificates = certificates
        self.version = version
        self.terminal = terminal
        self.merchant = merchant
        self.time = time
        self.timeAnchored = timeAnchored
        self.service = service
        self.readers = readers
        self.link = link
        self.queue = queue
        self.store = store
        self.cpuMicroseconds = cpuMicroseconds
        self.findings = findings
        self.declined = declined
    }
}

public struct ReaderReply: Codable, Sendable, Equatable {
    public var name: String
    public var state: String
    public var answerToReset: String?
    public var since: Int64
    public var lane: String?
    /// Which device it is, `usb:1-1.3/00`, and vendor and product, `072F:2200`; nil where its driver does not tell.
    public var identity: String?
    public var usb: String?

    public init(
        name: String, state: String, answerToReset: String?, since: Int64, lane: String?, identity: String? = nil,
        usb: String? = nil
    ) {
        self.identity = identity
        self.usb = usb
        self.name = name
        self.state = state
        self.answerToReset = answerToReset
        self.since = since
        self.lane = lane
    }
}

public struct ReadersReply: Codable, Sendable, Equatable {
    public var service: String
    public var readers: [ReaderReply]

    public init(service: String, readers: [ReaderReply]) {
        self.service = service
        self.readers = readers
    }
}

public struct ListQueueParameters: Codable, Sendable {
    public var limit: Int?
    /// Only what is set aside.
    public var setAside: Bool?

    public init(limit: Int? = nil, setAside: Bool? = nil) {
        self.limit = limit
        self.setAside = setAside
    }
}

public struct QueuedRecordReply: Codable, Sendable, Equatable {
    public var sequence: Int64
    public var record: String
    public var payment: String
    public var kind: String
    public var amount: AmountReply
    public var quarantined: String?

    public init(
        sequence: Int64, record: String, payment: String, kind: String, amount: AmountReply, quarantined: String?
    ) {
        self.sequence = sequence
        self.record = record
        self.payment = payment
        self.kind = kind
        self.amount = amount
        self.quarantined = quarantined
    }
}

public struct QueueReply: Codable, Sendable, Equatable {
    public var queue: QueueSummaryReply
    public var records: [QueuedRecordReply]

    public init(queue: QueueSummaryReply, records: [QueuedRecordReply]) {
        self.queue = queue
        self.records = records
    }
}

public struct FlushReply: Codable, Sendable, Equatable {
    public var queue: QueueSummaryReply
    /// Why something waits on; nil when nothing does.
    public var why: String?

    public init(queue: QueueSummaryReply, why: String? = nil) {
        self.queue = queue
        self.why = why
    }
}
