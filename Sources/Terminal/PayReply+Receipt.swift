import Core
import Diagnostics
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
    }
}
