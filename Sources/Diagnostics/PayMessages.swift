import Core
import HostProtocol
import Programmes
import Varlink

public struct PayParameters: Codable, Sendable {
    /// A decimal with a point, such as `95.00`.
    public var amount: String
    public var currency: String
    public var reference: String?
    public var timeoutSeconds: Int?
    /// What is sold; the lines add up to the amount.
    public var basket: [BasketLineParameters]?
    /// CARD-11
    public var partial: Bool?
    /// SMA-4
    public var voucherLoss: Bool?
    /// CARD-12: reserves the amount.
    public var hold: Bool?

    public init(
        amount: String, currency: String, reference: String? = nil, timeoutSeconds: Int? = nil,
        basket: [BasketLineParameters]? = nil, partial: Bool? = nil, voucherLoss: Bool? = nil, hold: Bool? = nil
    ) {
        self.amount = amount
        self.currency = currency
        self.reference = reference
        self.timeoutSeconds = timeoutSeconds
        self.basket = basket
        self.partial = partial
        self.voucherLoss = voucherLoss
        self.hold = hold
    }

    /// The request that the rules decide.
    /// - Throws: ``DiagnosticsError/malformedField(_:)`` naming the field: `amount`, `currency`, `basket[1].amount`.
    public func purchaseRequest() throws(VarlinkError) -> PurchaseRequest {
        guard let currency = Currency(code: currency) else { throw DiagnosticsError.malformedField("currency") }
        guard let amount = try? Money(decimal: amount, currency: currency) else {
            throw DiagnosticsError.malformedField("amount")
        }
        var lines: [BasketLine] = []
        guard (basket?.count ?? 0) <= Programme.maximumBasketLines else { throw DiagnosticsError.malformedField("basket") }
        for (place, line) in (basket ?? []).enumerated() {
            guard let money = try? Money(decimal: line.amount, currency: currency) else {
                throw DiagnosticsError.malformedField("basket[\(place)].amount")
            }
            guard (1...32).contains(line.category.utf8.count) else {
                throw DiagnosticsError.malformedField("basket[\(place)].category")
            }
            lines.append(BasketLine(amount: money, category: line.category))
        }
        return PurchaseRequest(
            kind: hold == true ? .hold : .purchase, amount: amount, basket: lines, allowsPartial: partial ?? false,
            acceptsVoucherLoss: voucherLoss ?? false)
    }
}

public struct BasketLineParameters: Codable, Sendable, Equatable {
    public var category: String
    /// As ``PayParameters/amount``.
    public var amount: String

    public init(category: String, amount: String) {
        self.category = category
        self.amount = amount
    }
}

public struct SentenceReply: Codable, Sendable, Equatable {
    public var english: String
    public var finnish: String
    public var swedish: String

    public init(_ sentence: Sentence) {
        english = sentence.english
        finnish = sentence.finnish
        swedish = sentence.swedish
    }
}

public struct PayReply: Codable, Sendable, Equatable {
    public var prompt: String?
    public var payment: String?
    public var outcome: String?
    public var rule: String?
    public var reason: String?
    public var sentence: SentenceReply?
    public var amount: AmountReply?
    public var approved: AmountReply?
    public var online: Bool?
    public var authorisationCode: String?
    public var available: AmountReply?
    public var cardBalance: AmountReply?
    public var maskedCard: String?
    public var sequence: Int64?
    public var tapMicroseconds: Int64?
    public var cardMicroseconds: Int64?
    public var trace: [VerdictReply]?
    public var due: AmountReply?
    public var split: [ShareReply]?
    public var lines: [LineReply]?
    /// YYYY-MM-DD; provisional until the host confirms it (CARD-15).
    public var valueDate: String?
    /// CARD-16: the rate may still change.
    public var provisional: Bool?
    /// What the host declined later of this card, and may be collected from it now.
    public var open: [DeclinedReply]?
    /// Of an authorisation whose outcome is unknown (ALL-10): `queued`, `refused`, `reversed`.
    public var reversal: String?
    /// What is shown to payer and cashier now.
    public var display: DisplayReply?

    public init(prompt: String? = nil) { self.prompt = prompt }

    /// Takes over all that the decision says.
    /// - Parameter programme: names the purses.
    public mutating func take(_ decision: Decision, asked: Money, programme: Programme?) {
        outcome = decision.outcome.rawValue
        rule = decision.rule.rawValue
        reason = decision.reason.rawValue
        sentence = SentenceReply(decision.sentence)
        amount = AmountReply(asked)
        approved = AmountReply(decision.approvedAmount)
        available = decision.availableAfter.map(AmountReply.init)
        trace = decision.trace.map(VerdictReply.init)
        due = AmountReply(decision.due(of: asked))
        split = ShareReply.all(decision, programme)
        lines = decision.lines.map(LineReply.init)
        valueDate = decision.valueDate?.description
        provisional = decision.isProvisional
    }
}
