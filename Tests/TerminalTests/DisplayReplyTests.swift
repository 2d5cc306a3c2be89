import Core
import Diagnostics
import EMV
import Payments
import Testing

@testable import Terminal

@Suite("What is shown, as the till hears it")
struct DisplayReplyTests {
    @Test("Message, status, hold time, languages and balance, with the words")
    func display() {
        let request = UserInterfaceRequest(
            .seePhone, .processingError, holdTime: 13, languagePreference: "svfi",
            value: .balance(Money(minorUnits: 12_345, currency: .sek)))
        let reply = DisplayReply(request)
        #expect(reply.number == "20" && reply.message == "seePhone" && reply.status == "processingError")
        #expect(reply.holdMilliseconds == 1_300 && reply.languages == "svfi")
        #expect(reply.balance?.minorUnits == 12_345 && reply.balance?.text == "123.45 SEK" && reply.amount == nil)
        #expect(reply.text == SentenceReply(request.message.sentence))
        let amount = DisplayReply(UserInterfaceRequest(.presentCard, .readyToRead, value: .amount(Money(minorUnits: 1, currency: .eur))))
        #expect(amount.number == "15" && amount.amount?.text == "0.01 EUR" && amount.balance == nil && amount.holdMilliseconds == 0)
    }

    @Test("News carry the prompt where a card is wanted, and no outcome")
    func news() {
        let wanted = PayReply(PayerNotice(UserInterfaceRequest(.presentAgain, .readyToRead), prompt: .presentCardAgain))
        #expect(wanted.prompt == "presentCardAgain" && wanted.display?.message == "presentAgain" && wanted.outcome == nil)
        let told = PayReply(PayerNotice.authorising(nil))
        #expect(told.prompt == nil && told.display?.message == "authorising" && told.outcome == nil)
    }
}
