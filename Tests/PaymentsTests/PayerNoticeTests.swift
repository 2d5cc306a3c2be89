import Core
import EMV
import Programmes
import Testing

@testable import Payments

@Suite("What payer and cashier are shown, in words")
struct PayerNoticeTests {
    private static func result(_ decision: Decision) -> PaymentResult {
        PaymentResult(payment: UUIDv7(milliseconds: 1, random: [1]), amount: Money(minorUnits: 100, currency: .sek), decision: decision)
    }
    private static func declined(_ reason: Reason) -> PaymentResult {
        result(.declined(Money(minorUnits: 100, currency: .sek), rule: "ALL-7", reason: reason))
    }

    @Test("Each message has a word of its own, and a sentence in each language; only the empty one has none")
    func words() {
        let messages = UserInterfaceRequest.Message.allCases
        #expect(messages.count == 18)
        #expect(Set(messages.map(\.word)).count == messages.count)
        for language in Language.allCases {
            let texts = messages.map { $0.sentence[language] }
            #expect(Set(texts).count == messages.count)
            for (message, text) in zip(messages, texts) { #expect(text.isEmpty == (message == .none), "\(message)") }
        }
    }

    @Test("No decision but an approval shows an approval, whatever the kernel wanted shown", arguments: UserInterfaceRequest.Message.allCases)
    func approvals(_ wanted: UserInterfaceRequest.Message) {
        let approvals: Set<UserInterfaceRequest.Message> = [.approved, .approvedSign]
        let closing = UserInterfaceRequest(wanted, .cardReadSuccessfully, languagePreference: "sv")
        for reason in [Reason.insufficientFunds, .cancelled, .timedOut, .tryAnotherInterface, .cardRemoved, .storeUnavailable] {
            let shown = Self.declined(reason).shown(closing)
            #expect(!approvals.contains(shown.message) && shown.message != .authorising)
        }
        let unknown = Decision(outcome: .unknown, approvedAmount: .zero(.sek), rule: "ALL-2", reason: .storeOutcomeUnknown)
        #expect(Self.result(unknown).shown(closing).message == .processingError)
        let approved = Decision(
            outcome: .approved, approvedAmount: Money(minorUnits: 100, currency: .sek), rule: "CARD-1", reason: .approvedOnline)
        let shown = Self.result(approved).shown(closing)
        #expect(approvals.contains(shown.message) && shown.languagePreference == "sv")
        #expect((shown.message == .approvedSign) == (wanted == .approvedSign))
    }

    @Test("Without a card's word the decision's own")
    func plain() {
        #expect(Self.declined(.insufficientFunds).shown(nil) == UserInterfaceRequest(.notAuthorised, .cardReadSuccessfully))
        #expect(Self.declined(.tryAnotherInterface).shown(nil) == UserInterfaceRequest(.insertOrSwipe, .processingError))
        #expect(Self.declined(.timedOut).shown(nil) == UserInterfaceRequest(.none, .idle))
        #expect(PayerNotice.authorising(nil) == PayerNotice(UserInterfaceRequest(.authorising, .cardReadSuccessfully)))
    }
}
