import Core
import Crypto
import Foundation
import GRDB
import HostProtocol
import Programmes
import SmartCard

@testable import HostLedger

/// Books of a test: two terminals, one account of 1,000.00 SEK with an allowance at the first.
final class Books: Sendable {
    static let sealing = Curve25519.KeyAgreement.PrivateKey()
    static let pseudonymKey = SymmetricKey(data: [UInt8](repeating: 7, count: 32))
    static let number = PrimaryAccountNumber(digits: "4761739001010119")
    /// 21 November 2026, 12:00 UTC.
    static let noon = UTCInstant(milliseconds: 1_795_262_400_000)

    let path: String
    let ledger: SQLiteLedger

    /// - Parameter allowances: the terminals that may approve offline.
    init(allowances: [String] = ["T1"], verifier: (any CryptogramVerifier)? = nil) async throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("ledger-\(UUID().uuidString).sqlite").path
        ledger = try SQLiteLedger(
            path: path, programmes: try Programme.shipped(), evidenceKey: Self.sealing, pseudonymKey: Self.pseudonymKey,
            verifier: verifier)
        for terminal in ["T1", "T2"] {
            try await ledger.setTerminal(
                terminal, merchant: "M1", signingKey: Curve25519.Signing.PrivateKey().publicKey,
                programmes: ["epassi-card", "epassi-wallet", "smartum"],
                risk: TerminalRiskLimits(exposureCap: 500_000, maximumCacheAge: 86_400_000), merchantCategory: "5812",
                now: Self.noon)
        }
        try await ledger.addAccount(
            "A1", programme: "epassi-card", balance: Self.sek(100_000), instruments: [Self.instrument],
            expiry: CivilDate(year: 2028, month: 12, day: 1), now: Self.noon)
        for terminal in allowances {
            try await ledger.setAllowance(
                OfflineAllowance(amount: 50_000, count: 3, perTransaction: 30_000), account: "A1", terminal: terminal)
        }
    }

    func addTerminal(_ id: String, merchant: String) async throws {
        try await ledger.setTerminal(
            id, merchant: merchant, signingKey: Curve25519.Signing.PrivateKey().publicKey, programmes: ["epassi-card"],
            risk: TerminalRiskLimits(exposureCap: 500_000, maximumCacheAge: 86_400_000), now: Self.noon)
    }

    deinit {
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }

    static var instrument: Pseudonym {
        number?.pseudonym(key: pseudonymKey) ?? Pseudonym(domain: "", identifier: "", key: pseudonymKey)
    }

    static func sek(_ units: Int64) -> Money { Money(minorUnits: units, currency: .sek) }

    func page(
        _ terminal: String = "T1", since: Int64 = 0, snapshot: SnapshotPosition? = nil, incarnation: Int64 = 1,
        at now: UTCInstant = noon, size: LimitPageSize = LimitPageSize()
    ) async throws -> LimitPage {
        try await ledger.limits(
            for: terminal, LimitRequest(since: since, nonce: Self.id(), snapshot: snapshot, incarnation: incarnation),
            now: now, size: size)
    }

    func account(_ terminal: String = "T1", at now: UTCInstant = noon) async throws -> AccountLimit? {
        try await page(terminal, at: now).accounts.first { $0.account == "A1" }
    }

    func report() throws -> LedgerReport { try LedgerReport(path: path) }

    func recordIDs() throws -> Set<Data> {
        let books = try DatabaseQueue(path: path)
        defer { try? books.close() }
        return try books.read { try Set(Data.fetchAll($0, sql: "SELECT id FROM record")) }
    }

    func alarms() throws -> [String] { try report().alarms.map(\.kind) }

    @discardableResult
    func send(
        _ records: [ForwardedRecord], from terminal: String = "T1", at now: UTCInstant = noon
    ) async throws -> [String] {
        try await ledger.apply(RecordBatch(records: records), terminal: terminal, now: now).map {
            $0.reason.map { [outcome = $0.outcome] in "\(outcome.rawValue) \($0)" } ?? $0.outcome.rawValue
        }
    }

    static func id() -> UUIDv7 {
        UUIDv7(milliseconds: noon.milliseconds, random: (0..<10).map { _ in UInt8.random(in: .min ... .max) })
    }

    /// The data record of a card, sealed; amounts as a card carries them.
    static func evidence(
        _ payment: UUIDv7, amount: Int64, pan: String = "4761739001010119", expiry: String = "281231",
        currency: Currency = .sek, more: [TLV] = []
    ) throws -> String {
        let unit = String(currency.numeric)
        let digits = String(amount)
        let padded = String(repeating: "0", count: 12 - digits.count) + digits
        let record = [
            TLV(0x9F02, Hex.decode(padded) ?? []), TLV(0x5F2A, Hex.decode(String(repeating: "0", count: 4 - unit.count) + unit) ?? []),
            TLV(0x57, Hex.decode(pan + "D28122010F") ?? []),
            TLV(0x5F24, Hex.decode(expiry) ?? []), TLV(0x9F26, [UInt8](repeating: 1, count: 8)),
        ]
        return try seal(record + more, payment: payment)
    }

    static func seal(_ objects: [TLV], payment: UUIDv7) throws -> String {
        let record = objects.flatMap(\.encoded)
        return try SealedEvidence.Prepared(recipient: sealing.publicKey).seal(record, payment: payment)
    }

    static func request(_ amount: Int64, payment: UUIDv7 = id(), pan: String = "4761739001010119", shown: Int64? = nil)
        throws -> AuthorisationRequest
    {
        AuthorisationRequest(
            payment: payment, programme: "epassi-card", instrument: instrument, amount: sek(amount), requestedAt: noon,
            sealedEvidence: try evidence(payment, amount: shown ?? amount, pan: pan))
    }

    func authorise(_ request: AuthorisationRequest, from terminal: String = "T1", at now: UTCInstant = noon) async throws
        -> AuthorisationAnswer
    {
        try WireJSON.decode(
            AuthorisationAnswer.self, from: try await ledger.authorise(request, terminal: terminal, now: now))
    }
}

/// A terminal's journal: numbers, chains and account numbers as a terminal would write them.
struct Journal {
    var terminal = "T1"
    var sequence: Int64 = 0
    var accountSequence: Int64 = 0
    var chain = JournalChain.genesis

    mutating func record(
        _ kind: JournalRecord.Kind, _ amount: Int64, payment: UUIDv7 = Books.id(), account: String? = "A1",
        currency: Currency = .sek, at: UTCInstant = Books.noon, change: (inout JournalRecord) throws -> Void = { _ in }
    ) throws -> ForwardedRecord {
        sequence += 1
        if account != nil { accountSequence += 1 }
        let approval = [.offlineApproval, .onlineApproval, .deferredApproval, .hold, .completion, .refund].contains(kind)
        var record = JournalRecord(
            id: Books.id(), kind: kind, terminal: terminal, sequence: sequence, payment: payment, reference: nil,
            merchant: "M1", programme: "epassi-card", account: account, accountSequence: account.map { _ in accountSequence },
            instrument: Books.instrument, amount: Money(minorUnits: amount, currency: currency),
            approved: Money(minorUnits: approval ? amount : 0, currency: currency), rule: "ALL-7", reason: "approvedOffline",
            authorisationCode: nil, decidedAt: at,
            sealedEvidence: [.offlineApproval, .hold, .deferredApproval].contains(kind)
                ? try Books.evidence(payment, amount: amount, currency: currency, more: [TLV(0x9F27, [0x40])]) : nil)
        try change(&record)
        return try forward(record)
    }

    mutating func forward(_ record: JournalRecord) throws -> ForwardedRecord {
        let body = try WireJSON.encode(record)
        chain = JournalChain.link(
            previous: chain, sequence: record.sequence, id: record.id, bodyHash: JournalChain.bodyHash(body))
        return ForwardedRecord(id: record.id, sequence: record.sequence, chain: Data(chain), body: Data(body))
    }
}
