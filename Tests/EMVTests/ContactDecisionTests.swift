import Core
@testable import EMV
import Secrets
import SmartCard
import Testing

@Suite("EMV Book 3 §10.5: the cardholder verification method list")
struct CVMListProcessingTests {
    static let everything: TerminalCapabilities = [.plaintextPIN, .encipheredPIN, .onlinePIN, .signature, .noVerification]

    struct Case: Sendable, CustomTestStringConvertible {
        let rules: String
        var capabilities = everything
        var type: UInt8 = 0x00
        var unattended = false
        /// X is 10.00, Y is 20.00.
        var amount: Int64 = 1500
        var isApplicationCurrency = true
        /// What comes of each PIN: + right, - wrong, 0 bypassed.
        var pins = ""
        let asked: [CVMCode]
        let results: String
        let findings: TVR
        var testDescription: String { "\(rules) \(capabilities) \(type) \(amount) \(pins)" }
    }

    static let cases: [Case] = [
        // One method each.
        .init(rules: "0100", pins: "+", asked: [.plaintextPIN], results: "010002", findings: []),
        .init(rules: "0400", pins: "+", asked: [.encipheredPIN], results: "040002", findings: []),
        .init(rules: "0200", pins: "+", asked: [.onlinePIN], results: "020000", findings: .onlinePINCaptured),
        .init(rules: "0300", pins: "+", asked: [.plaintextPINAndSignature], results: "030000", findings: []),
        .init(rules: "0500", pins: "+", asked: [.encipheredPINAndSignature], results: "050000", findings: []),
        .init(rules: "1E00", asked: [], results: "1E0000", findings: []),
        .init(rules: "1F00", asked: [], results: "1F0002", findings: []),
        .init(rules: "0000", asked: [], results: "000001", findings: .verificationFailed),
        .init(rules: "00001F00", asked: [], results: "000001", findings: .verificationFailed),
        // Fails, and goes on only where bit 7 says so.
        .init(rules: "01001F00", pins: "-", asked: [.plaintextPIN], results: "010001", findings: .verificationFailed),
        .init(rules: "41001F00", pins: "-", asked: [.plaintextPIN], results: "1F0002", findings: []),
        .init(
            rules: "44034103", pins: "--", asked: [.encipheredPIN, .plaintextPIN], results: "410301", findings: .verificationFailed),
        .init(rules: "40001F00", asked: [], results: "1F0002", findings: []),
        // Left out once, left out for good.
        .init(
            rules: "440041004200", pins: "0", asked: [.encipheredPIN], results: "420001",
            findings: [.pinNotEntered, .verificationFailed]),
        .init(rules: "44001E00", pins: "0", asked: [.encipheredPIN], results: "1E0000", findings: .pinNotEntered),
        // The terminal can't: PIN pad missing for PINs, nothing for the rest; condition 03 passes over.
        .init(
            rules: "0100", capabilities: [.signature], asked: [], results: "3F0001",
            findings: [.pinPadMissing, .verificationFailed]),
        .init(
            rules: "42001E00", capabilities: [.signature], asked: [], results: "1E0000", findings: .pinPadMissing),
        .init(rules: "01031E03", capabilities: [.signature], asked: [], results: "1E0300", findings: []),
        .init(rules: "0300", capabilities: [.plaintextPIN], asked: [], results: "3F0001", findings: .verificationFailed),
        .init(rules: "1E00", capabilities: [], asked: [], results: "3F0001", findings: .verificationFailed),
        .init(rules: "1F03", capabilities: [], asked: [], results: "3F0001", findings: .verificationFailed),
        // Codes of no known method.
        .init(
            rules: "0600", asked: [], results: "3F0001", findings: [.unrecognisedVerificationMethod, .verificationFailed]),
        .init(rules: "6A001F00", asked: [], results: "1F0002", findings: .unrecognisedVerificationMethod),
        .init(rules: "0603", asked: [], results: "3F0001", findings: .verificationFailed),
        // Conditions.
        .init(rules: "1F01", asked: [], results: "3F0001", findings: .verificationFailed),
        .init(rules: "1F01", type: 0x01, unattended: true, asked: [], results: "1F0102", findings: []),
        .init(rules: "1F01", type: 0x01, asked: [], results: "3F0001", findings: .verificationFailed),
        .init(rules: "1F02", asked: [], results: "1F0202", findings: []),
        .init(rules: "1F02", type: 0x01, asked: [], results: "3F0001", findings: .verificationFailed),
        .init(rules: "1F02", type: 0x09, asked: [], results: "3F0001", findings: .verificationFailed),
        .init(rules: "1F04", type: 0x01, asked: [], results: "1F0402", findings: []),
        .init(rules: "1F04", type: 0x01, unattended: true, asked: [], results: "3F0001", findings: .verificationFailed),
        .init(rules: "1F05", type: 0x09, asked: [], results: "1F0502", findings: []),
        .init(rules: "1F05", asked: [], results: "3F0001", findings: .verificationFailed),
        .init(rules: "1F06", amount: 999, asked: [], results: "1F0602", findings: []),
        .init(rules: "1F06", amount: 1000, asked: [], results: "3F0001", findings: .verificationFailed),
        .init(rules: "1F06", amount: 999, isApplicationCurrency: false, asked: [], results: "3F0001", findings: .verificationFailed),
        .init(rules: "1F07", amount: 1001, asked: [], results: "1F0702", findings: []),
        .init(rules: "1F07", amount: 1000, asked: [], results: "3F0001", findings: .verificationFailed),
        .init(rules: "1F08", amount: 1999, asked: [], results: "1F0802", findings: []),
        .init(rules: "1F08", amount: 2000, asked: [], results: "3F0001", findings: .verificationFailed),
        .init(rules: "1F09", amount: 2001, asked: [], results: "1F0902", findings: []),
        .init(rules: "1F09", amount: 2000, asked: [], results: "3F0001", findings: .verificationFailed),
        .init(rules: "1F0A", asked: [], results: "3F0001", findings: .verificationFailed),
        .init(rules: "1F801E00", asked: [], results: "1E0000", findings: []),
    ]

    @Test("Code, condition, capability and outcome of each PIN", arguments: cases)
    func table(row: Case) throws {
        let list = try #require(CVMList((Hex.decode("000003E8000007D0" + row.rules)) ?? []))
        var processing = CardholderVerification(
            list,
            .init(
                capabilities: row.capabilities, type: row.type, isUnattended: row.unattended, amount: row.amount,
                isApplicationCurrency: row.isApplicationCurrency))
        var asked: [CVMCode] = []
        var pins = row.pins[...]
        var next = processing.next()
        while case .pin(let code) = next {
            asked.append(code)
            switch pins.popFirst() {
            case "+": next = processing.succeeded()
            case "0": next = processing.failed(.pinNotEntered)
            default: next = processing.failed()
            }
        }
        #expect(asked == row.asked)
        #expect(Hex.encode(processing.results.bytes) == row.results)
        #expect(processing.findings == row.findings)
        #expect(processing.wantsSignature == ["03", "05", "1E"].contains(row.results.prefix(2)))
    }
}

@Suite("EMV Book 3 §10.7: terminal action analysis")
struct TerminalActionAnalysisTests {
    private static func terminal(_ type: UInt8) -> ContactTerminal {
        ContactTerminal(applications: [], capabilities: [], type: type)
    }

    /// The book's text once more, bit by bit.
    @Test("Every bit of the TVR, in every code of issuer and acquirer, on every kind of terminal")
    func everyBit() {
        for bit in 0..<40 {
            let results = TVR(rawValue: 1 << UInt64(bit))
            for mask in 0..<64 {
                func code(_ place: Int) -> TVR { mask & 1 << place != 0 ? results : TVR(rawValue: ~results.rawValue) }
                let analysis = TerminalActionAnalysis(
                    denial: code(0).bytes, online: code(1).bytes, whenOffline: code(2).bytes,
                    acquirer: ActionCodes(denial: code(3), online: code(4), whenOffline: code(5)))
                let (denies, asks, refuses) = (mask & 0b1001 != 0, mask & 0b10010 != 0, mask & 0b100100 != 0)
                #expect(analysis.first(results, Self.terminal(0x22)) == (denies ? .aac : asks ? .arqc : .tc))
                #expect(analysis.first(results, Self.terminal(0x21)) == (denies ? .aac : .arqc))
                #expect(analysis.first(results, Self.terminal(0x26)) == (denies || refuses ? .aac : .tc))
                #expect(analysis.withoutIssuer(results, Self.terminal(0x22)) == (refuses ? .aac : .tc))
                #expect(analysis.withoutIssuer(results, Self.terminal(0x24)) == .aac)
            }
        }
    }

    @Test("Without the issuer's codes: nothing denied, everything online, nothing without it")
    func absent() {
        let analysis = TerminalActionAnalysis(denial: nil, online: nil, whenOffline: nil, acquirer: ActionCodes())
        #expect(analysis.first(.newCard, Self.terminal(0x22)) == .arqc)
        #expect(analysis.first([], Self.terminal(0x22)) == .tc)
        #expect(analysis.withoutIssuer(.newCard, Self.terminal(0x22)) == .aac)
        #expect(analysis.withoutIssuer([], Self.terminal(0x22)) == .tc)
        let broken = TerminalActionAnalysis(denial: [0xFF], online: [], whenOffline: [0], acquirer: ActionCodes())
        #expect(broken.first(.newCard, Self.terminal(0x22)) == .arqc)
    }
}

@Suite("EMV Book 3 §10.4: processing restrictions")
struct ProcessingRestrictionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let objects: [String: String]
        var type: UInt8 = 0x00
        var terminalType: UInt8 = 0x22
        let findings: TVR
        var testDescription: String { "\(objects) \(type)" }
    }

    static let good = ["5F24": "271130"]
    static func card(_ more: [String: String]) -> [String: String] { good.merging(more) { $1 } }

    static let cases: [Case] = [
        .init(objects: good, findings: []),
        // Versions are compared where both sides have one.
        .init(objects: card(["9F08": "0096"]), findings: []),
        .init(objects: card(["9F08": "0097"]), findings: .applicationVersionsDiffer),
        // Dates.
        .init(objects: ["5F24": "261120"], findings: []),
        .init(objects: ["5F24": "261119"], findings: .applicationExpired),
        .init(objects: [:], findings: .applicationExpired),
        .init(objects: ["5F24": "26AA19"], findings: .applicationExpired),
        .init(objects: card(["5F25": "261120"]), findings: []),
        .init(objects: card(["5F25": "261121"]), findings: .applicationNotYetEffective),
        // Usage control: place, then what is done, at home (752) and abroad (840).
        .init(objects: card(["9F07": "0100"]), findings: []),
        .init(objects: card(["9F07": "FE00"]), findings: .serviceNotAllowed),
        .init(objects: card(["9F07": "2100", "5F28": "0752"]), findings: []),
        .init(objects: card(["9F07": "0900", "5F28": "0752"]), findings: []),
        .init(objects: card(["9F07": "1500", "5F28": "0752"]), findings: .serviceNotAllowed),
        .init(objects: card(["9F07": "1100", "5F28": "0840"]), findings: []),
        .init(objects: card(["9F07": "2900", "5F28": "0840"]), findings: .serviceNotAllowed),
        .init(objects: card(["9F07": "8100", "5F28": "0752"]), type: 0x01, findings: []),
        .init(objects: card(["9F07": "4100", "5F28": "0752"]), type: 0x01, findings: .serviceNotAllowed),
        .init(objects: card(["9F07": "4100", "5F28": "0840"]), type: 0x01, findings: []),
        .init(objects: card(["9F07": "2180", "5F28": "0752"]), type: 0x09, findings: []),
        .init(objects: card(["9F07": "2140", "5F28": "0752"]), type: 0x09, findings: .serviceNotAllowed),
        .init(objects: card(["9F07": "1140", "5F28": "0840"]), type: 0x09, findings: []),
        .init(objects: card(["9F07": "0180", "5F28": "0752"]), type: 0x09, findings: .serviceNotAllowed),
        // A cash machine looks at its own bit.
        .init(objects: card(["9F07": "8100"]), type: 0x01, terminalType: 0x14, findings: .serviceNotAllowed),
        .init(objects: card(["9F07": "8200"]), type: 0x01, terminalType: 0x14, findings: []),
    ]

    @Test("Each finding", arguments: cases)
    func table(row: Case) throws {
        var card = CardData()
        for (tag, value) in row.objects {
            let number = try #require(UInt32(tag, radix: 16))
            try card.insert(TLV(SmartCard.Tag(rawValue: number), try #require(Hex.decode(value))))
        }
        var terminal = ContactTerminal(applications: [], capabilities: [], type: row.terminalType)
        terminal.additionalCapabilities = [0xE0, 0, 0, 0, 0]
        let restrictions = ProcessingRestrictions(
            terminal: terminal,
            application: ContactApplication(applicationIdentifier: [0xA0, 0, 0, 0, 3], version: 0x0096),
            parameters: try TransactionParameters(
                amount: Money(minorUnits: 100, currency: .sek), type: row.type, date: try #require(CivilDate("2026-11-20")),
                countryCode: 752, unpredictableNumber: [1, 2, 3, 4]))
        #expect(restrictions.findings(card) == row.findings)
    }
}

@Suite("PIN blocks")
struct PINBlockTests {
    @Test("ISO 9564 format 2, by length", arguments: [
        ([1, 2, 3, 4], "241234FFFFFFFFFF"), ([3, 4, 5, 6, 7], "2534567FFFFFFFFF"),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2], "2C123456789012FF"),
    ] as [([UInt8], String)])
    func format2(digits: [UInt8], block: String) throws {
        guard let pin = try PIN(digits: digits) else {
            Issue.record("refused")
            return
        }
        let command = try PINBlock(pin).plaintextCommand()
        var sent: [[UInt8]] = []
        func transmit(_ bytes: [UInt8]) throws(CardError) -> [UInt8] {
            sent.append(bytes)
            return [0x90, 0x00]
        }
        #expect(try command.send(over: transmit)?.status == .success)
        #expect(try command.send(over: transmit) == nil)
        #expect(sent.map(Hex.encode) == ["0020008008" + block])
    }

    @Test("Anything else is no PIN", arguments: [
        [1, 2, 3], [UInt8](repeating: 1, count: 13), [1, 2, 3, 10], [0x31, 0x32, 0x33, 0x34], [],
    ] as [[UInt8]])
    func refused(digits: [UInt8]) throws {
        let isRefused = try PIN(digits: digits) == nil
        #expect(isRefused)
    }
}
