import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

/// What a commit adds to the journal.
struct JournalEntry {
    var kind: JournalRecord.Kind
    var id: UUIDv7
    var payment: UUIDv7
    var amount: Money
    var decision: Decision
    var now: TrustedTime
    var reference: String?
    var merchant = ""
    var programme: String?
    /// With the number that the record takes in it.
    var account: (id: String, sequence: Int64)?
    var instrument: Pseudonym?
    var split: [PurseShare] = []
    var lines: [ChargeLine] = []
    var valueDate: CivilDate?
    var verification: String?
    var original: UUIDv7?
    var expiresAt: UTCInstant?
    var authorisationCode: String?
    var sealedEvidence: String?
    /// Minor units of `amount`'s currency approved here, until the host acknowledges the record (ALL-4).
    var exposure: Int64 = 0
    /// Off `account`, until the host counts the record; nil: nothing.
    var spend: Spend?

    init(
        kind: JournalRecord.Kind, id: UUIDv7, payment: UUIDv7, amount: Money, decision: Decision, now: TrustedTime
    ) {
        self.kind = kind
        self.id = id
        self.payment = payment
        self.amount = amount
        self.decision = decision
        self.now = now
    }

    func record(terminal: String, sequence: Int64) -> JournalRecord {
        JournalRecord(
            id: id, kind: kind, terminal: terminal, sequence: sequence, payment: payment, reference: reference,
            merchant: merchant, programme: programme, account: account?.id, accountSequence: account?.sequence,
            instrument: instrument, amount: amount, approved: decision.approvedAmount, rule: decision.rule.rawValue,
            reason: decision.reason.rawValue, authorisationCode: authorisationCode, decidedAt: now.instant,
            sealedEvidence: sealedEvidence, split: split.isEmpty ? nil : split, lines: lines.isEmpty ? nil : lines,
            valueDate: valueDate, verification: verification, original: original, expiresAt: expiresAt)
    }
}

extension PaymentStore {
    /// Journal, outbox, spend and counters of one record.
    /// - Returns: its sequence number.
    func append(_ database: Database, _ entry: JournalEntry) throws -> Int64 {
        var head = try JournalHead(database)
        let sequence = head.next
        let body = entry.record(terminal: terminal, sequence: sequence).encoded()
        let bodyHash = JournalChain.bodyHash(body)
        let chain = JournalChain.link(previous: head.chain, sequence: sequence, id: entry.id, bodyHash: bodyHash)
        try database.cachedStatement(
            sql: "INSERT INTO journal (sequence, id, payment, body, body_hash, chain, seal) VALUES (?, ?, ?, ?, ?, ?, ?)"
        ).execute(arguments: [
            sequence, Data(entry.id.bytes), Data(entry.payment.bytes), Data(body), Data(bodyHash), Data(chain),
            seal?.record(sequence, chain),
        ])
        let currency = entry.amount.currency.code
        try database.cachedStatement(
            sql: "INSERT INTO outbox (sequence, kind, currency, exposure, account) VALUES (?, ?, ?, ?, ?)"
        ).execute(arguments: [
            sequence, entry.kind.rawValue, currency, entry.exposure,
            Schema.group(account: entry.account?.id, original: entry.original?.bytes, payment: entry.payment.bytes),
        ])
        if entry.exposure != 0 { try PaymentStore.addExposure(database, entry.exposure, currency) }
        if let (account, number) = entry.account {
            try PaymentStore.raiseNumbering(database, account: account, to: number + 1)
            if let spend = entry.spend { try PaymentStore.insert(database, spend, account: account, sequence: number) }
        }
        (head.next, head.chain) = (sequence + 1, chain)
        try database.cachedStatement(
            sql: "UPDATE terminal SET next_sequence = ?, chain = ?, head_seal = ?, high_water = MAX(high_water, ?)"
        ).execute(arguments: [
            head.next, Data(chain), seal?.head(head), entry.now.anchored ? entry.now.instant.milliseconds : 0,
        ])
        return sequence
    }

    static func addExposure(_ database: Database, _ amount: Int64, _ currency: String) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO exposure (currency, amount) VALUES (?, ?)
                ON CONFLICT (currency) DO UPDATE SET amount = amount + excluded.amount
                """
        ).execute(arguments: [currency, amount])
    }
}
