import Core
import Crypto

/// One entry of a terminal's journal, as the host receives it. Its encoded bytes are made once, stored and sent as they
/// are: their SHA-256 is the record's body hash.
public struct JournalRecord: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable {
        /// Approved offline: the host books it (TC).
        case offlineApproval
        /// Approved by the host and completed here: the host has booked it already.
        case onlineApproval
        /// Approved here though the card asked for a host that was away: the host may still decline it (ALL-7).
        case deferredApproval
        /// Reserves an amount, approved offline (CARD-12).
        case hold
        /// Ends the hold of ``JournalRecord/original`` with a purchase of at most its amount.
        case completion
        /// Ends the hold of ``JournalRecord/original`` without a purchase, by the merchant or by its expiry.
        case release
        /// Gives back a part of the purchase ``JournalRecord/original`` (CARD-13).
        case refund
        /// Takes back the whole purchase ``JournalRecord/original`` of this terminal (CARD-14).
        case void
        /// Declined here after the card had moved its own counters (ALL-7): nothing to book.
        case declineAdvice
        /// Undoes an online authorisation whose outcome is unknown here (ALL-10).
        case reversal
        /// A payment that a crash or a torn card left open: nothing was approved to till or card.
        case torn
    }

    /// 128 bits, minted in the commit that creates the record; with the body hash, what the host deduplicates by.
    public var id: UUIDv7
    public var kind: Kind
    public var terminal: String
    /// From 1, without gaps, over all records of the terminal.
    public var sequence: Int64
    /// The payment this record belongs to; an online authorisation carries the same id.
    public var payment: UUIDv7
    /// The till's reference, if it gave one (ALL-8).
    public var reference: String?
    public var merchant: String
    public var programme: String?
    /// The host's account id; nil when no account was found.
    public var account: String?
    /// From 1, without gaps, over this terminal's records of `account` (ALL-3).
    public var accountSequence: Int64?
    public var instrument: Pseudonym?
    public var amount: Money
    /// What was approved: zero but for approvals.
    public var approved: Money
    /// How the purses share what this record takes, or gives back (refund, void); nil when no account was found. A
    /// completion names what is taken in the end.
    public var split: [PurseShare]?
    /// CARD-16, CARD-19, CARD-20: the lines of the receipt in the account's currency, when there are more than the purchase.
    public var lines: [ChargeLine]?
    /// CARD-15: the terminal's provisional one.
    public var valueDate: CivilDate?
    /// CARD-17: how the payer consented.
    public var verification: String?
    /// The earlier payment that this record changes (CARD-12, CARD-13, CARD-14); of an online approval, the payment whose
    /// open amount it collects (ALL-7).
    public var original: UUIDv7?
    /// When a hold ends by itself (CARD-12).
    public var expiresAt: UTCInstant?
    public var rule: String
    public var reason: String
    public var authorisationCode: String?
    public var decidedAt: UTCInstant
    /// Card evidence sealed to the host: base64 of ``SealedEvidence``.
    public var sealedEvidence: String?

    public init(
        id: UUIDv7, kind: Kind, terminal: String, sequence: Int64, payment: UUIDv7, reference: String?, merchant: String,
        programme: String?, account: String?, accountSequence: Int64?, instrument: Pseudonym?, amount: Money,
        approved: Money, rule: String, reason: String, authorisationCode: String?, decidedAt: UTCInstant,
        sealedEvidence: String?, split: [PurseShare]? = nil, lines: [ChargeLine]? = nil, valueDate: CivilDate? = nil,
        verification: String? = nil, original: UUIDv7? = nil, expiresAt: UTCInstant? = nil
    ) {
        self.id = id
        self.kind = kind
        self.terminal = terminal
        self.sequence = sequence
        self.payment = payment
        self.reference = reference
        self.merchant = merchant
        self.programme = programme
        self.account = account
        self.accountSequence = accountSequence
        self.instrument = instrument
        self.amount = amount
        self.approved = approved
        self.split = split
        self.lines = lines
        self.valueDate = valueDate
        self.verification = verification
        self.original = original
        self.expiresAt = expiresAt
        self.rule = rule
        self.reason = reason
        self.authorisationCode = authorisationCode
        self.decidedAt = decidedAt
        self.sealedEvidence = sealedEvidence
    }
}

/// One line of a receipt, in the account's currency (CARD-20).
public struct ChargeLine: Codable, Sendable, Hashable {
    public enum Kind: String, Codable, Sendable {
        case purchase, hold, refund
        /// CARD-16.
        case exchangeFee
        /// CARD-19.
        case fee
    }

    public var kind: Kind
    public var amount: Money

    public init(kind: Kind, amount: Money) {
        self.kind = kind
        self.amount = amount
    }
}

extension JournalRecord {
    /// The record's bytes: JSON with sorted keys. Made once, in the commit that creates the record.
    public func encoded() -> [UInt8] {
        func money(_ money: Money) -> [UInt8] {
            var json = CanonicalJSON(capacity: 64)
            json.add("currency", money.currency.code)
            json.add("minorUnits", money.minorUnits)
            return json.finish()
        }
        var json = CanonicalJSON(capacity: 1024 + (sealedEvidence?.utf8.count ?? 0))
        json.add("account", account)
        json.add("accountSequence", accountSequence)
        json.add("amount", object: money(amount))
        json.add("approved", object: money(approved))
        json.add("authorisationCode", authorisationCode)
        json.add("decidedAt", decidedAt.milliseconds)
        json.add("expiresAt", expiresAt?.milliseconds)
        json.add("id", id.description)
        json.add("instrument", instrument?.hex)
        json.add("kind", kind.rawValue)
        if let lines {
            json.add(
                "lines",
                array: lines.map { line in
                    var object = CanonicalJSON(capacity: 64)
                    object.add("amount", object: money(line.amount))
                    object.add("kind", line.kind.rawValue)
                    return object.finish()
                })
        }
        json.add("merchant", merchant)
        json.add("original", original?.description)
        json.add("payment", payment.description)
        json.add("programme", programme)
        json.add("reason", reason)
        json.add("reference", reference)
        json.add("rule", rule)
        json.add("sealedEvidence", sealedEvidence)
        json.add("sequence", sequence)
        if let split {
            json.add(
                "split",
                array: split.map { share in
                    var object = CanonicalJSON(capacity: 64)
                    object.add("denomination", share.denomination)
                    object.add("money", share.money)
                    object.add("purse", share.purse)
                    object.add("units", share.units)
                    return object.finish()
                })
        }
        json.add("terminal", terminal)
        json.add("valueDate", valueDate?.description)
        json.add("verification", verification)
        return json.finish()
    }
}

/// The hash chain over a terminal's journal: each link covers the one before, the record's place and its body.
public enum JournalChain {
    /// The link before the first record.
    public static let genesis = [UInt8](repeating: 0, count: 32)

    public static func bodyHash(_ body: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: body)) }

    /// SHA-256(`previous ‖ sequence as 8 bytes big endian ‖ id ‖ body hash`).
    public static func link(previous: [UInt8], sequence: Int64, id: UUIDv7, bodyHash: [UInt8]) -> [UInt8] {
        let number = UInt64(bitPattern: sequence)
        var hash = SHA256()
        hash.update(data: previous)
        hash.update(data: (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * $0)) })
        hash.update(data: id.bytes)
        hash.update(data: bodyHash)
        return Array(hash.finalize())
    }
}
