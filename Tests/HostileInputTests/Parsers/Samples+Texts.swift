import Core
import Crypto
import Foundation
import HostProtocol

@testable import Programmes

/// Messages, files and rows.
extension Samples {
    static func varlink() -> [[UInt8]] {
        let messages = [
            #"{"method":"org.kassa.terminal.diagnostics.Pay","parameters":{"amount":"95.00","currency":"SEK","partial":true}}"#,
            #"{"method":"org.varlink.service.GetInfo"}"#, #"{"method":"a.B","more":true,"parameters":{"items":[1,2.5,-3,1e9,null,[[]]]}}"#,
            #"{"error":"org.varlink.service.MethodNotFound","parameters":{"method":"ä\u00e4\ud83d\ude42"}}"#, #"{"parameters":{},"continues":true}"#,
        ]
        return messages.map { [UInt8(4)] + $0.utf8 + [0] + $0.utf8 + [0] }
    }

    private static let id = UUIDv7(milliseconds: 1_795_262_400_000, random: Array(0..<10))
    private static let time = UTCInstant(milliseconds: 1_795_262_400_000)
    private static let hash = Data(repeating: 0xA5, count: 32)

    private static func record() throws -> JournalRecord {
        guard let card = Pseudonym(bytes: [UInt8](repeating: 0xAB, count: 16)) else { throw BrokenPromise("no pseudonym") }
        let money = Money(minorUnits: 9_500, currency: .sek)
        return JournalRecord(
            id: id, kind: .completion, terminal: "T1", sequence: 3, payment: id, reference: "R", merchant: "M1",
            programme: "epassi-card", account: "A1", accountSequence: 2, instrument: card, amount: money, approved: money,
            rule: "ALL-7", reason: "approvedOffline", authorisationCode: "012345", decidedAt: time, sealedEvidence: "AAAA",
            split: [PurseShare(purse: "lunch", denomination: 1_000, units: 2, money: 2_000)],
            lines: [ChargeLine(kind: .exchangeFee, amount: money)], valueDate: CivilDate(daysSince1970: 20_778), verification: "none",
            original: id, expiresAt: time)
    }

    static func hostMessages() throws -> [[UInt8]] {
        guard let card = Pseudonym(bytes: [UInt8](repeating: 0xAB, count: 16)) else { throw BrokenPromise("no pseudonym") }
        let day = CivilDate(daysSince1970: 20_778)
        let money = Money(minorUnits: 9_500, currency: .sek)
        let account = AccountLimit(
            account: "A1", programme: "epassi-card", version: 7, currency: .sek,
            purses: [PurseBalance(purse: "lunch", denomination: 1_000, balance: 3, validThrough: day)], status: .active,
            countedThrough: 4, countedDay: day, purchasesOnCountedDay: 1,
            offlineAllowance: OfflineAllowance(amount: 1, count: 2, perTransaction: 3),
            instruments: [InstrumentBinding(pseudonym: card, kind: .card, isVirtual: true)], lastDay: day,
            amountOnCountedDay: 5, openHolds: [id], pin: PINState(disabled: true, enabledFrom: time, verifier: "AAAA"))
        let position = SnapshotPosition(at: 4, after: "a")
        let page = LimitPage(
            terminal: "T1", nonce: id, version: 7, base: 0, issuedAt: time, merchant: "M1", enrolledProgrammes: ["epassi-card"],
            risk: TerminalRiskLimits(exposureCap: 1, maximumCacheAge: 2), accounts: [account], removed: ["A9"],
            stops: StopChanges(added: [StopEntry(instrument: card, reason: .lostOrStolen)], removed: [card]), position: position,
            next: position, more: true, merchantCategory: "5812", rates: [ExchangeRate(from: .eur, to: .sek, rate: "11.20")],
            incarnation: 2, clearedDeclines: [id])
        let bare = LimitPage(
            terminal: "T1", nonce: id, version: 7, base: 6, issuedAt: time, merchant: "M1", enrolledProgrammes: [],
            risk: TerminalRiskLimits(exposureCap: 0, maximumCacheAge: 0), accounts: [])
        let pace = HostPace(spread: 60, retryAfter: 5)
        let journal = JournalPosition(sequence: 3, chain: hash)
        let line = ReconciliationLine(
            programme: "epassi-card", kind: "offlineApproval", currency: .sek, count: 1, amount: 9_500, approved: 9_500)
        func message(_ kind: UInt8, _ value: some Encodable) throws -> [UInt8] { [kind] + (try WireJSON.encode(value)) }
        return [
            try message(0, page), try message(0, bare),
            try message(1, BatchAnswer(
                terminal: "T1",
                results: [
                    RecordResult(id: id, bodyHash: hash, outcome: .declinedLater, reason: "suspended", retry: .later, retryAfter: 86_400)
                ], hostTime: time, journal: journal, later: [RecordDelay(id: id, retryAfter: 60)], pace: pace)),
            try message(2, RecordBatch(records: [ForwardedRecord(id: id, sequence: 3, chain: hash, body: Data(try record().encoded()))], oldest: 2)),
            try message(3, AuthorisationAnswer(
                payment: id, approved: true, rule: "CARD-1", reason: "approvedOnline", authorisationCode: "012345", account: account,
                hostTime: time, approvedAmount: money, split: [PurseShare(purse: "lunch", denomination: nil, units: 2, money: 2)],
                lines: [ChargeLine(kind: .exchangeFee, amount: money)], valueDate: day, incarnation: 2, retry: .later, retryAfter: 3600)),
            try message(4, AuthorisationRequest(
                payment: id, programme: "epassi-card", instrument: card, amount: money, requestedAt: time, sealedEvidence: "AAAA",
                uncountedFrom: 1, uncountedAmount: 2, allowsPartial: true, acceptsVoucherLoss: true,
                basket: [BasketLine(amount: money, category: "food")], merchantCategory: "5812", holdUntil: time, account: "A1")),
            try message(5, HealthAnswer(terminal: "T1", nonce: id, hostTime: time, journal: journal, pace: pace, trust: "0a0a")),
            try message(6, ReconciliationAnswer(
                terminal: "T1", nonce: id, agrees: false, lines: [line], digest: hash,
                records: [ReconciledRecord(sequence: 3, id: id, bodyHash: hash)], next: ReconciliationPosition(sequence: 3, id: id),
                hostTime: time)),
            try message(7, FailureAnswer(reason: "malformed", field: "nonce", pace: pace)),
            try message(8, TagKeyAnswer(terminal: "T1", nonce: id, hostTime: time, version: "0123456789ABCDEF", sealed: "0123456789ABCDEF.AAAA")),
            [9] + Array(#"{"known":"0123456789ABCDEF","nonce":"01a1fdfa-4600-7916-8840-ff3475004e01","recipient":"AAAA"}"#.utf8),
        ]
    }

    static func settings() -> [[UInt8]] {
        let configuration = """
            terminal = "T1"
            [host]
            url = "https://host.example:8444"
            limits_hold_ms = 25000
            [lane]
            name = "lane 1"
            country = 752
            time_zone = "Europe/Stockholm"
            [queue]
            most_records = 10_000
            [journal]
            retention_days = 30
            [[contactless]]
            application = "A0000000031010"
            kernel = 3
            currency = "SEK"
            transaction_limit = "5000.01"
            cvm_limit = "400.00"
            floor_limit = "0.00"
            zero_amount = true
            [[contactless.program]]
            id = "3102752000"
            status_check = true

            """
        let keys = """
            [[key]]
            rid = "A000000003"
            index = "E1"
            modulus = "B89580056EF614FD"
            exponent = "03"
            checksum = "9E756FCC5BE3EF145AA6C1875A726F90F9A1446C"
            expiry = "2030-12-31"
            [[revoked]]
            rid = "A000000003"
            index = "E1"
            serial = "000001"

            """
        return Programme.shippedFiles.map { [0x00] + $0.bytes } + [[0x01] + configuration.utf8, [0x02] + keys.utf8]
            + [[0x03] + PackageResources.posti_toml, [0x01] + "a = [[{b=1979-05-27T07:32:00Z}], '''x\n''', 0x1F, 1e9, inf]".utf8]
    }

    static func journal() throws -> [[UInt8]] {
        let money = Money(minorUnits: 9_500, currency: .sek)
        let decision = Decision(
            outcome: .approved, approvedAmount: money, rule: "CARD-21", reason: .approvedOffline, availableAfter: money,
            split: [PurseShare(purse: "lunch", denomination: 500, units: 3, money: 1500)],
            lines: [ChargeLine(kind: .exchangeFee, amount: money)], isProvisional: true, valueDate: CivilDate(daysSince1970: 20_778),
            trace: [
                RuleVerdict(rule: "ALL-7", passed: true, inputs: [RuleInput(.status, "active"), RuleInput(.note, "x")]),
                RuleVerdict(rule: "ALL-7", passed: false, inputs: [RuleInput(.status, "active")]),
            ])
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: 0x11, count: 32))
        let line = try QueueExport.sign(
            QueueExport.Line(
                terminal: "T1", record: ForwardedRecord(id: id, sequence: 3, chain: hash, body: Data(try record().encoded())),
                quarantined: nil), key: key)
        let sealed = "0123456789ABCDEF." + Data(repeating: 0x5A, count: 64).base64EncodedString()
        let earlier = "1\tapproved\tALL-7\tapprovedOffline\tSEK\t9500\t90500\nCARD-4\t1\t95.00 SEK, limit 5000.00 SEK\nCARD-1\t0\t"
        return [
            [0] + (try record().encoded()), [1] + decision.stored.utf8, [1] + earlier.utf8, [2] + line.utf8, [3] + sealed.utf8,
        ]
    }
}
