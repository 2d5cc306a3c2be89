import Core
import Diagnostics
import EMV
import HostProtocol
import Payments
import Programmes

extension PayReply {
    init(_ receipt: Lane.Receipt, _ programme: Programme?) {
        let result = receipt.result
        let decision = result.decision
        self.init()
        payment = result.payment.description
        outcome = decision.outcome.rawValue
        rule = decision.rule.rawValue
        reason = decision.reason.rawValue
        sentence = SentenceReply(decision.sentence)
        amount = AmountReply(result.amount)
        approved = AmountReply(decision.approvedAmount)
        online = result.online
        authorisationCode = result.authorisationCode
        available = decision.availableAfter.map(AmountReply.init)
        cardBalance = result.cardBalance.map(AmountReply.init)
        maskedCard = result.maskedCard
        sequence = result.sequence
        tapMicroseconds = receipt.tapMicroseconds
        cardMicroseconds = receipt.cardMicroseconds
        trace = decision.trace.map(VerdictReply.init)
        due = AmountReply(decision.due(of: result.amount))
        split = ShareReply.all(decision, programme)
        lines = decision.lines.map(LineReply.init)
        valueDate = decision.valueDate?.description
        provisional = decision.isProvisional
        display = DisplayReply(receipt.shown)
    }

    /// News on the way to the answer.
    init(_ notice: PayerNotice) {
        self.init(prompt: notice.prompt?.rawValue)
        display = DisplayReply(notice.request)
    }
}

extension DisplayReply {
    init(_ request: UserInterfaceRequest) {
        var (amount, balance): (AmountReply?, AmountReply?)
        switch request.value {
        case .amount(let money)?: amount = AmountReply(money)
        case .balance(let money)?: balance = AmountReply(money)
        case nil: break
        }
        self.init(
            number: Hex.encode([request.message.rawValue]), message: request.message.word, status: request.status.rawValue,
            text: request.message.sentence, holdMilliseconds: 100 * request.holdTime, languages: request.languagePreference,
            amount: amount, balance: balance)
    }
}
