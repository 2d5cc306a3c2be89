extension DiagnosticsInterface {
    /// Of Pay, and of Collect, which replies as it does.
    static let payReplyFields = """
            prompt: ?string,
            payment: ?string,
            outcome: ?string,
            rule: ?string,
            reason: ?string,
            sentence: ?Sentence,
            amount: ?Amount,
            approved: ?Amount,
            online: ?bool,
            authorisationCode: ?string,
            available: ?Amount,
            cardBalance: ?Amount,
            maskedCard: ?string,
            sequence: ?int,
            tapMicroseconds: ?int,
            cardMicroseconds: ?int,
            trace: ?[]Verdict,
            due: ?Amount,
            split: ?[]Share,
            lines: ?[]Line,
            valueDate: ?string,
            provisional: ?bool,
            # what the host declined later of this card, and may be collected from it now
            open: ?[]Declined,
            # of an authorisation whose outcome is unknown: queued, refused, reversed
            reversal: ?string,
            # what is shown to payer and cashier now
            display: ?Display
        """

    /// What ``description`` says of payments and of what becomes of them.
    static let paymentDescription = """
        type Sentence (english: string, finnish: string, swedish: string)

        # A message of EMV's Book A, from Entry Point or the payment. number: table 9-3, two hexadecimal digits; message: the
        # same as a word, such as presentCard, seePhone, insertOrSwipe, authorising; status: notReady, idle, readyToRead,
        # processing, cardReadSuccessfully, processingError; holdMilliseconds: the message stays so long at least, whatever
        # comes after it; languages: of the payer, from the card, such as svfi; balance: on the card
        type Display (
            number: string,
            message: string,
            status: string,
            text: Sentence,
            holdMilliseconds: int,
            languages: ?string,
            amount: ?Amount,
            balance: ?Amount
        )

        type Verdict (rule: string, passed: bool, inputs: string)

        type BasketLine (category: string, amount: string)

        # denomination: of vouchers; units: of the purse (minor units, points, vouchers)
        type Share (purse: string, name: string, denomination: ?int, units: int, money: Amount)

        # kind: purchase, hold, refund, exchangeFee, fee
        type Line (kind: string, amount: Amount)

        type Input (name: string, value: string)

        type Rule (rule: string, sentence: string, passed: bool, inputs: []Input)

        # What became of a payment afterwards, decided like a payment. of: the payment it belongs to.
        type Amendment (
            payment: string,
            of: string,
            outcome: string,
            rule: string,
            reason: string,
            sentence: Sentence,
            amount: Amount,
            approved: Amount,
            available: ?Amount,
            sequence: ?int,
            split: []Share,
            lines: []Line,
            valueDate: ?string
        )

        # kind: purchase, hold, completion, release, refund, void; state: open, approved, declined, unknown, held and so on.
        # No card data.
        type Payment (
            payment: string,
            time: int,
            kind: string,
            amount: Amount,
            state: string,
            rule: ?string,
            reason: ?string,
            reference: ?string,
            # open, committed, acknowledged, quarantined, reversed, voided, declinedLater, declined, abandoned; or torn and why
            life: ?string
        )

        # Takes a payment. With "more", replies with a prompt, a display or both come first and carry no outcome; prompt is
        # presentCard or presentCardAgain where a card is wanted.
        # basket: lines that add up to the amount; partial: a part may be approved, the rest is due; voucherLoss: vouchers
        # may be used above the price; hold: reserves the amount for a later Complete.
        # tapMicroseconds: from the connected card to the durable decision; cardMicroseconds: the part until the card's
        # outcome stood.
        method Pay(
            amount: string,
            currency: string,
            reference: ?string,
            timeoutSeconds: ?int,
            basket: ?[]BasketLine,
            partial: ?bool,
            voucherLoss: ?bool,
            hold: ?bool
        ) -> (
        \(payReplyFields)
        )

        # Ends a hold with a purchase of at most its amount. Payments are named by id; amounts are in their currency.
        method Complete(payment: string, amount: string) -> (result: Amendment)

        # Ends a hold without a purchase.
        method Release(payment: string) -> (result: Amendment)

        # Gives back a part of a purchase, or all of it. With a reference, once only.
        method Refund(payment: string, amount: string, reference: ?string) -> (result: Amendment)

        # Takes a whole purchase back.
        method Void(payment: string, reference: ?string) -> (result: Amendment)

        # The newest first; with a reference, the payment that the till gave it to. A payment whose authorisation had no
        # answer is reversalQueued, then reversed.
        method ListPayments(count: ?int, reference: ?string) -> (payments: []Payment)

        # Why a payment was decided as it was. payment: an id, the unique beginning of one, or a till's reference;
        # language: en, fi or sv.
        method Explain(payment: string, language: ?string) -> (
            payment: string,
            outcome: string,
            rule: string,
            reason: string,
            sentence: string,
            asked: Amount,
            approved: Amount,
            due: Amount,
            split: []Share,
            lines: []Line,
            valueDate: ?string,
            provisional: bool,
            rules: []Rule,
            # connect, hostMustReset, lowerAmount and so on; none
            remedy: string,
            remedySentence: string,
            # the same for people
            text: []string
        )

        error MalformedField (field: string)
        # The field would be stored in the clear, and holds what may be a card number: 13 to 19 digits with a valid check
        # digit that begin like a card's. Name the sale otherwise.
        error LooksLikeCardNumber (field: string)
        error UnknownPayment ()
        # Several payments begin so: give more of the id.
        error AmbiguousPayment (count: int)

        """
}
