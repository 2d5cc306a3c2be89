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
        sealedEvidence: String?
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
        self.rule = rule
        self.reason = reason
        self.authorisationCode = authorisationCode
        self.decidedAt = decidedAt
        self.sealedEvidence = sealedEvidence
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
        json.add("id", id.description)
        json.add("instrument", instrument?.hex)
        json.add("kind", kind.rawValue)
        json.add("merchant", merchant)
        json.add("payment", payment.description)
        json.add("programme", programme)
        json.add("reason", reason)
        json.add("reference", reference)
        json.add("rule", rule)
        json.add("sealedEvidence", sealedEvidence)
        json.add("sequence", sequence)
        json.add("terminal", terminal)
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
