import Core
import Crypto
import Foundation
import HostProtocol
import Testing

/// One message of each kind with everything in it that may be, and one with nothing that need not.
enum WireSamples {
    struct Kind: Sendable, CustomTestStringConvertible {
        var schema: String
        /// With every optional field.
        var full: [UInt8]
        /// Without any; nil where there are none to leave out.
        var bare: [UInt8]?
        /// Whether the type takes these bytes.
        var decodes: @Sendable ([UInt8]) -> Bool

        var testDescription: String { schema }
    }

    private static func kind<Value: Codable & SendableMetatype>(
        _ schema: String, _ full: Value, bare: Value? = nil
    ) throws -> Kind {
        Kind(schema: schema, full: try WireJSON.encode(full), bare: try bare.map { try WireJSON.encode($0) }) { bytes in
            (try? WireJSON.decode(Value.self, from: bytes)) != nil
        }
    }

    /// As a host seals two generations to a terminal.
    private static func tagKeys(_ nonce: UUIDv7, _ time: UTCInstant) throws -> TagKeyAnswer {
        let key = [UInt8](repeating: 0xC1, count: 16)
        guard let secrets = TagSecrets([(key, key), (key, key)]) else { throw WireError.malformed(field: "") }
        let sealed = try secrets.sealed(to: Curve25519.KeyAgreement.PrivateKey().publicKey, terminal: String(repeating: "T", count: 32))
        return TagKeyAnswer(terminal: "T1", nonce: nonce, hostTime: time, version: secrets.version, sealed: sealed)
    }

    static func all() throws -> [Kind] {
        let id = UUIDv7(milliseconds: 1_795_262_400_000, random: Array(0..<10))
        let time = UTCInstant(milliseconds: 1_795_262_400_000)
        let day = CivilDate(daysSince1970: 20_778)
        let hash = Data(repeating: 0xA5, count: 32)
        guard let card = Pseudonym(bytes: [UInt8](repeating: 0xAB, count: 16)) else { throw WireError.malformed(field: "") }
        let money = Money(minorUnits: 9_500, currency: .sek)
        let share = PurseShare(purse: "lunch", denomination: 1_000, units: 2, money: 2_000)
        let line = ChargeLine(kind: .exchangeFee, amount: money)
        let account = AccountLimit(
            account: "A1", programme: "epassi-card", version: 7, currency: .sek,
            purses: [PurseBalance(purse: "lunch", denomination: 1_000, balance: 3, validThrough: day)], status: .active,
            countedThrough: 4, countedDay: day, purchasesOnCountedDay: 1,
            offlineAllowance: OfflineAllowance(amount: 1, count: 2, perTransaction: 3),
            instruments: [InstrumentBinding(pseudonym: card, kind: .card, isVirtual: true)], lastDay: day,
            amountOnCountedDay: 5, openHolds: [id], pin: PINState(disabled: true, enabledFrom: time, verifier: "AAAA"))
        let bareAccount = AccountLimit(
            account: "A1", programme: "epassi-card", version: 7, currency: .sek,
            purses: [PurseBalance(purse: "lunch", balance: 3)], status: .ended, countedThrough: 0, countedDay: nil,
            purchasesOnCountedDay: 0, offlineAllowance: nil, instruments: [InstrumentBinding(pseudonym: card, kind: .tag)])
        let stops = StopChanges(added: [StopEntry(instrument: card, reason: .lostOrStolen)], removed: [card])
        let position = SnapshotPosition(at: 4, after: "a")
        let scope = ReconciliationScope(day: day)
        let sum = ReconciliationLine(
            programme: "epassi-card", kind: "offlineApproval", currency: .sek, count: 1, amount: 9_500, approved: 9_500)
        let bareSum = ReconciliationLine(programme: nil, kind: "torn", currency: .sek, count: 1, amount: 1, approved: 0)
        let place = ReconciliationPosition(sequence: 3, id: id)
        let record = JournalRecord(
            id: id, kind: .completion, terminal: "T1", sequence: 3, payment: id, reference: "R", merchant: "M1",
            programme: "epassi-card", account: "A1", accountSequence: 2, instrument: card, amount: money, approved: money,
            rule: "ALL-7", reason: "approvedOffline", authorisationCode: "012345", decidedAt: time, sealedEvidence: "AAAA",
            split: [share], lines: [line], valueDate: day, verification: "none", original: id, expiresAt: time)
        let bareRecord = JournalRecord(
            id: id, kind: .torn, terminal: "T1", sequence: 3, payment: id, reference: nil, merchant: "M1", programme: nil,
            account: nil, accountSequence: nil, instrument: nil, amount: money, approved: .zero(.sek), rule: "ALL-10",
            reason: "torn", authorisationCode: nil, decidedAt: time, sealedEvidence: nil)
        return [
            try kind("HealthRequest", HealthRequest(nonce: id)),
            try kind(
                "HealthAnswer",
                HealthAnswer(
                    terminal: "T1", nonce: id, hostTime: time, journal: JournalPosition(sequence: 3, chain: hash),
                    pace: HostPace(spread: 60, retryAfter: 5), trust: String(repeating: "0a", count: 32),
                    tagKeys: "0123456789ABCDEF"),
                bare: HealthAnswer(terminal: "T1", nonce: id, hostTime: time)),
            try kind(
                "LimitRequest", LimitRequest(since: 3, nonce: id, snapshot: position, hold: 25_000, incarnation: 2),
                bare: LimitRequest(since: 0, nonce: id)),
            try kind(
                "LimitPage",
                LimitPage(
                    terminal: "T1", nonce: id, version: 7, base: 0, issuedAt: time, merchant: "M1",
                    enrolledProgrammes: ["epassi-card"], risk: TerminalRiskLimits(exposureCap: 1, maximumCacheAge: 2),
                    accounts: [account], removed: ["A9"], stops: stops, position: position, next: position, more: true,
                    merchantCategory: "5812", rates: [ExchangeRate(from: .eur, to: .sek, rate: "11.20")], incarnation: 2,
                    clearedDeclines: [id]),
                bare: LimitPage(
                    terminal: "T1", nonce: id, version: 7, base: 6, issuedAt: time, merchant: "M1", enrolledProgrammes: [],
                    risk: TerminalRiskLimits(exposureCap: 0, maximumCacheAge: 0), accounts: [bareAccount])),
            try kind(
                "AuthorisationRequest",
                AuthorisationRequest(
                    payment: id, programme: "epassi-card", instrument: card, amount: money, requestedAt: time,
                    sealedEvidence: "AAAA", uncountedFrom: 1, uncountedAmount: 2, uncountedShares: [share],
                    allowsPartial: true, acceptsVoucherLoss: true, basket: [BasketLine(amount: money, category: "food")],
                    merchantCategory: "5812", holdUntil: time, account: "A1", original: id),
                bare: AuthorisationRequest(
                    payment: id, programme: "epassi-card", instrument: card, amount: money, requestedAt: time,
                    sealedEvidence: "")),
            try kind(
                "AuthorisationAnswer",
                AuthorisationAnswer(
                    payment: id, approved: true, rule: "CARD-1", reason: "approvedOnline", authorisationCode: "012345",
                    account: account, hostTime: time, approvedAmount: money, split: [share], lines: [line], valueDate: day,
                    incarnation: 2, retry: .later, retryAfter: 3600),
                bare: AuthorisationAnswer(
                    payment: id, approved: false, rule: "CARD-1", reason: "insufficientFunds", authorisationCode: nil,
                    account: nil, hostTime: time)),
            try kind(
                "RecordBatch",
                RecordBatch(
                    records: [ForwardedRecord(id: id, sequence: 3, chain: hash, body: Data(record.encoded()))], oldest: 2),
                bare: RecordBatch(
                    records: [ForwardedRecord(id: id, sequence: 3, chain: hash, body: Data(bareRecord.encoded()))])),
            try kind("JournalRecord", record, bare: bareRecord),
            try kind(
                "BatchAnswer",
                BatchAnswer(
                    terminal: "T1",
                    results: [
                        RecordResult(
                            id: id, bodyHash: hash, outcome: .declinedLater, reason: "suspended", retry: .later, retryAfter: 86_400)
                    ], hostTime: time, journal: JournalPosition(sequence: 3, chain: hash),
                    later: [RecordDelay(id: id, retryAfter: 60)], pace: HostPace(spread: 60, retryAfter: 5)),
                bare: BatchAnswer(
                    terminal: "T1", results: [RecordResult(id: id, bodyHash: hash, outcome: .applied)], hostTime: time)),
            try kind(
                "FailureAnswer", FailureAnswer(reason: "malformed", field: "nonce", pace: HostPace(spread: 60, retryAfter: 5)), bare: FailureAnswer(reason: "unavailable")),
            try kind(
                "ReconciliationRequest",
                ReconciliationRequest(
                    nonce: id, scope: scope, lines: [sum], digest: hash, after: place,
                    differences: [ReconciliationDifference(.missingAtHost, sequence: 3, id: id)]),
                bare: ReconciliationRequest(
                    nonce: id, scope: ReconciliationScope(first: 1, last: 9), lines: [bareSum], digest: hash)),
            try kind(
                "ReconciliationAnswer",
                ReconciliationAnswer(
                    terminal: "T1", nonce: id, agrees: false, lines: [sum], digest: hash,
                    records: [ReconciledRecord(sequence: 3, id: id, bodyHash: hash)], next: place, hostTime: time),
                bare: ReconciliationAnswer(
                    terminal: "T1", nonce: id, agrees: true, lines: [], digest: Data(), records: [], next: nil, hostTime: time)),
            try kind(
                "CertificateRequest",
                CertificateRequest(nonce: id, request: "MIIB", trust: String(repeating: "A5", count: 32)),
                bare: CertificateRequest(nonce: id)),
            try kind(
                "CertificateAnswer",
                CertificateAnswer(
                    terminal: "T1", nonce: id, hostTime: time, certificate: "PEM",
                    trust: HostTrust(certificates: ["PEM", "PEM"], sealingKey: Curve25519.KeyAgreement.PrivateKey().publicKey)),
                bare: CertificateAnswer(terminal: "T1", nonce: id, hostTime: time)),
            try kind(
                "TagKeyRequest",
                TagKeyRequest(nonce: id, recipient: Curve25519.KeyAgreement.PrivateKey().publicKey, known: "0123456789ABCDEF"),
                bare: TagKeyRequest(nonce: id, recipient: Curve25519.KeyAgreement.PrivateKey().publicKey)),
            try kind("TagKeyAnswer", try tagKeys(id, time), bare: TagKeyAnswer(terminal: "T1", nonce: id, hostTime: time, version: "0123456789ABCDEF")),
        ]
    }
}
