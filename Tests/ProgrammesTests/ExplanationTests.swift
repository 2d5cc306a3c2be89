import Core
import Foundation
import HostProtocol
import Testing

@testable import Programmes

/// 2026-11-21 12:00 in Stockholm, a Saturday.
private let noon = UTCInstant(milliseconds: 1_795_258_800_000)

private func eur(_ minorUnits: Int64) -> Money { Money(minorUnits: minorUnits, currency: .eur) }

/// A wallet payment of 12.70 of which benefit, points and own money pay 11.50 (WAL-2, WAL-3, CARD-11).
private let split = Decision(
    outcome: .approved, approvedAmount: eur(1_150), rule: "ALL-7", reason: .approvedOffline, availableAfter: eur(0),
    split: [
        PurseShare(purse: "benefit", units: 1_000, money: 1_000), PurseShare(purse: "points", units: 50, money: 50),
        PurseShare(purse: "own", units: 100, money: 100),
    ],
    lines: [ChargeLine(kind: .purchase, amount: eur(1_150)), ChargeLine(kind: .fee, amount: eur(0))],
    valueDate: CivilDate(year: 2026, month: 11, day: 23),
    trace: [
        RuleVerdict(rule: "CARD-22", passed: true, inputs: [RuleInput(.programme, "epassi-wallet")]),
        RuleVerdict(
            rule: "CARD-11", passed: true,
            inputs: [RuleInput(.available, eur(1_150)), RuleInput(.asked, eur(1_270)), RuleInput(.due, eur(120))]),
    ])

@Suite("Explanations")
struct ExplanationTests {
    static let golden: [(Language, [String])] = [
        (
            .english,
            [
                "APPROVED  11.50 EUR; asked 12.70 EUR, due 1.20 EUR", "  Approved without connection.", "Paid from",
                "  Benefit         10.00 EUR", "  Partner points  50 = 0.50 EUR", "  Own money       1.00 EUR", "Receipt",
                "  purchase        11.50 EUR", "  fee             0.00 EUR",
                "value date 2026-11-23 (provisional until the host confirms)", "Rules",
                "  ok  CARD-22  The merchant must be enrolled with the programme.",
                "                 programme epassi-wallet",
                "  ok  CARD-11  A short balance may pay a part where the till takes that.",
                "                 available 11.50 EUR, asked 12.70 EUR, due 1.20 EUR",
            ]
        ),
        (
            .finnish,
            [
                "HYVÄKSYTTY  11.50 EUR; pyydetty 12.70 EUR, maksamatta 1.20 EUR", "  Hyväksytty ilman yhteyttä.",
                "Maksettu kukkaroista", "  Benefit         10.00 EUR", "  Partner points  50 = 0.50 EUR",
                "  Own money       1.00 EUR", "Kuitti", "  ostos           11.50 EUR", "  palkkio         0.00 EUR",
                "arvopäivä 2026-11-23 (alustava, kunnes palvelu vahvistaa)", "Säännöt",
                "  ok  CARD-22  Liikkeen on oltava etuohjelmassa mukana.", "                 etu epassi-wallet",
                "  ok  CARD-11  Vajaa saldo voi maksaa osan, jos kassa hyväksyy osamaksun.",
                "                 käytettävissä 11.50 EUR, pyydetty 12.70 EUR, maksamatta 1.20 EUR",
            ]
        ),
        (
            .swedish,
            [
                "GODKÄNT  11.50 EUR; begärt 12.70 EUR, att betala 1.20 EUR", "  Godkänt utan anslutning.", "Betalt ur",
                "  Benefit         10.00 EUR", "  Partner points  50 = 0.50 EUR", "  Own money       1.00 EUR", "Kvitto",
                "  köp             11.50 EUR", "  avgift          0.00 EUR",
                "valutadag 2026-11-23 (preliminär tills värden bekräftar)", "Regler",
                "  ok  CARD-22  Handlaren måste vara ansluten till förmånen.", "                 förmån epassi-wallet",
                "  ok  CARD-11  Ett för lågt saldo kan betala en del om kassan tillåter det.",
                "                 disponibelt 11.50 EUR, begärt 12.70 EUR, att betala 1.20 EUR",
            ]
        ),
    ]

    @Test("ALL-1: a split payment is explained in three languages", arguments: golden)
    func splitPayment(language: Language, expected: [String]) throws {
        let wallet = try #require(try Programme.shipped().first { $0.id == "epassi-wallet" })
        let lines = split.explanation(in: language, asked: eur(1_270), programme: wallet)
        #expect(lines.text() == expected)
    }

    @Test("ALL-1: a refusal marks the rule that failed and ends with what would help")
    func refusal() {
        let decision = Decision(
            outcome: .declined, approvedAmount: eur(0), rule: "CARD-21", reason: .onlineRequired,
            trace: [RuleVerdict(rule: "CARD-21", passed: false, inputs: [RuleInput(.allowance, "none")])])
        let lines = decision.explanation(in: .english, asked: eur(1_270))
        #expect(lines.text().first == "DECLINED  12.70 EUR")
        #expect(lines.first { $0.kind == .rule }?.passed == false)
        #expect(lines.text().contains("  FAIL  CARD-21  Without connection only accounts with an allowance pay."))
        #expect(lines.text().suffix(2) == ["What would help", "  Connect the terminal to the host."])
        #expect(lines.text(colour: true).contains { $0.contains("\u{1B}[31mFAIL\u{1B}[0m") })
    }

    @Test("Values and words are kept within the columns, whatever their length", arguments: [40, 60, 100])
    func columns(width: Int) {
        let long = String(repeating: "x", count: 300)
        let decision = Decision(
            outcome: .declined, approvedAmount: eur(0), rule: "CARD-9", reason: .goodsNotAllowed,
            trace: RuleID.all.map {
                RuleVerdict(rule: $0, passed: false, inputs: [RuleInput(.category, long), RuleInput(.asked, "1.00 EUR")])
            })
        for language in Language.allCases {
            let text = decision.explanation(in: language, asked: eur(1)).text(width: width)
            #expect(text.allSatisfy { $0.count <= width })
            #expect(text.joined().filter { $0 == "x" }.count >= 300 * RuleID.all.count)
        }
    }

    @Test("ALL-1: every rule has a sentence in three languages but those that decide nothing here", arguments: RuleID.all)
    func sentences(rule: RuleID) throws {
        guard !RuleID.notOfPayments.contains(rule) else {
            #expect(rule.sentence == nil)
            return
        }
        let sentence = try #require(rule.sentence)
        #expect(Set(Language.allCases.map { sentence[$0] }).count == 3)
        for language in Language.allCases { #expect(sentence[language].hasSuffix(".") && sentence[language].count <= 90) }
    }

    @Test("A rule that the rule book lacks has no sentence", arguments: ["CARD-23", "CARD-0", "ALL", "", "X-1"])
    func unknownRules(id: String) { #expect(RuleID(rawValue: id).sentence == nil) }

    @Test("Every refusal says what would help, and an approval needs no help", arguments: Reason.allCases)
    func remedies(reason: Reason) {
        let isGood = reason.isApproval || [.released, .voided, .refunded].contains(reason)
        #expect((reason.remedy == .none) == isGood)
    }

    @Test(
        "ALL-4: refusals without connection tell connecting from what the host must reset",
        arguments: [
            (.onlineRequired, .connect), (.limitsTooOld, .connect), (.limitsUntrusted, .connect), (.offlineCountExceeded, .hostMustReset),
            (.offlineAllowanceExceeded, .hostMustReset), (.terminalExposureExceeded, .hostMustReset),
            (.timeUntrusted, .hostMustReset), (.offlineAmountLimit, .lowerAmount), (.benefitPaused, .contactEmployer),
            (.dailyCountExceeded, .waitForTomorrow), (.useAppInstead, .useApp), (.cardRemoved, .presentAgain),
            (.verificationRequired, .verifyPayer), (.storeUnavailable, .callTechnician), (.pinDisabled, .contactIssuer),
        ] as [(Reason, Remedy)])
    func remedy(reason: Reason, remedy: Remedy) { #expect(reason.remedy == remedy) }

    @Test("Each remedy has a sentence in three languages", arguments: Remedy.allCases)
    func remedySentences(remedy: Remedy) {
        #expect(Set(Language.allCases.map { remedy.sentence[$0] }).count == 3)
    }

    @Test("A programme in words names its limits now and later, its purses in order, its offline rules")
    func summary() throws {
        let programmes = try Programme.shipped()
        let smartum = try #require(programmes.first { $0.id == "smartum" })
        let wallet = try #require(programmes.first { $0.id == "epassi-wallet" })
        let before = smartum.explained(in: .english, on: try #require(CivilDate(year: 2025, month: 12, day: 31)))
        #expect(before.contains { $0.hasPrefix("Limits in force (until 2025-12-31): at most 400.00 EUR a purchase (CARD-4)") })
        #expect(before.contains { $0.hasPrefix("Later limits (from 2026-01-01): at most 500.00 EUR a purchase (CARD-4)") })
        let after = smartum.explained(in: .english, on: try #require(CivilDate(year: 2026, month: 1, day: 1)))
        #expect(after.contains { $0.hasPrefix("Limits in force (from 2026-01-01): at most 500.00 EUR") })
        #expect(!after.contains { $0.contains("400.00") || $0.hasPrefix("Later") })
        let swedish = wallet.explained(in: .swedish, on: CivilDate(noon, in: wallet.timeZone))
        #expect(swedish.filter { $0.hasPrefix("Börs") }.map { $0.prefix(7) } == ["Börs 1:", "Börs 2:", "Börs 3:"])
        #expect(swedish.contains("Gränser äldre än 12 h: 50 % av dem återstår (ALL-4)"))
        #expect(swedish.contains("Slumpmässigt till värden: 10 % under 20.00 EUR, stigande till 50 % (50.00 EUR) (ALL-4)"))
        for programme in programmes {
            let texts = Set(Language.allCases.map { programme.explained(in: $0, on: CivilDate(noon, in: programme.timeZone)) })
            #expect(texts.count == 3)
        }
    }
}
