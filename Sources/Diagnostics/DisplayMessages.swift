import Programmes

/// What payer and cashier are shown: a user interface request of Book A, in words.
public struct DisplayReply: Codable, Sendable, Equatable {
    /// Two hexadecimal digits, by Book A table 9-3.
    public var number: String
    /// The same as a word, such as `seePhone`.
    public var message: String
    /// Such as `readyToRead`.
    public var status: String
    public var text: SentenceReply
    /// The message stays so long at least.
    public var holdMilliseconds: Int
    /// Two-letter codes in the payer's order, as the card gave them.
    public var languages: String?
    public var amount: AmountReply?
    /// On the card.
    public var balance: AmountReply?

    public init(
        number: String, message: String, status: String, text: Sentence, holdMilliseconds: Int = 0, languages: String? = nil,
        amount: AmountReply? = nil, balance: AmountReply? = nil
    ) {
        self.number = number
        self.message = message
        self.status = status
        self.text = SentenceReply(text)
        self.holdMilliseconds = holdMilliseconds
        self.languages = languages
        self.amount = amount
        self.balance = balance
    }
}
