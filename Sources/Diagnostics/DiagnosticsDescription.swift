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
            reversal: ?string
        """

    /// In the Varlink interface definition language; a new field is optional, so that old clients go on working.
    public static let description = """
        # What a kassad terminal tells and does for a technician. Amounts are minor units with an ISO 4217 code; times are
        # milliseconds since 1970 UTC. No field carries a full card number.
        interface org.kassa.terminal.diagnostics

        type Amount (minorUnits: int, currency: string, text: string)

        type Link (
            # starting, reachable, unreachable
            state: string,
            reason: ?string,
            sinceMilliseconds: ?int,
            nextAttemptInMilliseconds: ?int,
            lastContact: ?int
        )

        type Queue (approvals: int, advices: int, quarantined: int, exposure: []Amount)

        type Store (
            # ok; opening, while interrupted payments are closed; or what is wrong and what to do
            state: string,
            remedy: ?string,
            limitVersion: ?int,
            accounts: ?int,
            journalWhole: ?bool,
            # current, or forwardOnly: it forwards what it holds and approves nothing offline
            tables: ?string,
            stopListEntries: ?int,
            # of the host's books: another one makes the terminal start over
            incarnation: ?string,
            # a full set of limits is being taken over
            snapshotUnderWay: ?bool,
            # what the age of the limits leaves of the offline limits, 0 to 100; the least of the programmes
            cacheSharePercent: ?int
        )

        type Finding (
            # error or warning
            severity: string,
            what: string,
            whoIsHurt: string,
            remedy: string
        )

        # of: terminal, host, nextHost; daysLeft: whole days, negative when it has expired
        type Certificate (of: string, until: int, daysLeft: int, expired: bool)

        type Reader (
            name: string,
            # empty, card, mute, unavailable, stuck
            state: string,
            answerToReset: ?string,
            since: int,
            lane: ?string
        )

        type QueuedRecord (
            sequence: int,
            record: string,
            payment: string,
            kind: string,
            amount: Amount,
            quarantined: ?string
        )

        type Sentence (english: string, finnish: string, swedish: string)

        type Verdict (rule: string, passed: bool, inputs: string)

        type BasketLine (category: string, amount: string)

        # denomination: of vouchers; units: of the purse (minor units, points, vouchers)
        type Share (purse: string, name: string, denomination: ?int, units: int, money: Amount)

        # kind: purchase, hold, refund, exchangeFee, fee
        type Line (kind: string, amount: Amount)

        type Input (name: string, value: string)

        type Rule (rule: string, sentence: string, passed: bool, inputs: []Input)

        type Purse (id: string, kind: string, name: string, purpose: ?string, pointsPerUnit: ?int, categories: []string)

        type DatedLimits (
            from: ?string,
            until: ?string,
            minimum: ?Amount,
            maximum: ?Amount,
            purchasesPerDay: ?int,
            amountPerDay: ?Amount
        )

        type Tier (upTo: ?Amount, methods: []string)

        type AgedShare (olderThanHours: int, percent: int)

        type Programme (id: string, name: string, currency: string, file: string)

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

        # Everything at a glance; findings come with remedies.
        method GetStatus() -> (
            version: string,
            terminal: string,
            merchant: ?string,
            time: int,
            timeAnchored: bool,
            service: string,
            readers: int,
            link: Link,
            queue: ?Queue,
            store: Store,
            cpuMicroseconds: int,
            findings: []Finding,
            # what the host declined after the terminal had approved it
            declined: ?DeclinedSummary,
            # the terminal's own, and those that the host is known by
            certificates: ?[]Certificate
        )

        method ListReaders() -> (service: string, readers: []Reader)

        # The oldest records that wait for the host.
        method ListQueue(limit: ?int) -> (queue: Queue, records: []QueuedRecord)

        \(queueDescription)
        # Takes a payment. With "more", replies with a prompt come first and carry no outcome.
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

        method ListProgrammes() -> (programmes: []Programme)

        # A programme's data.
        method ShowProgramme(programme: string) -> (
            id: string,
            name: string,
            currency: string,
            file: string,
            timeZone: string,
            instruments: []string,
            purses: []Purse,
            limits: []DatedLimits,
            merchantCategories: []string,
            allowed: ?[]string,
            excluded: []string,
            cash: bool,
            partial: bool,
            instrumentExpires: bool,
            balanceCap: ?Amount,
            holdHours: ?int,
            refundCreditDays: ?int,
            exchangeMarkupPercent: ?string,
            purchaseFee: ?Amount,
            purchaseFeePercent: ?string,
            declineFee: ?Amount,
            valueDateCutOff: ?string,
            valueDateCalendar: ?string,
            verification: []Tier,
            systematicallyOnline: bool,
            allowanceRequired: bool,
            hostTimeRequired: bool,
            offlineMaximum: Amount,
            deferredMaximum: ?Amount,
            counterOnlyMaximum: ?Amount,
            aged: []AgedShare,
            selectionThreshold: ?Amount,
            selectionTargetPercent: ?int,
            selectionMaximumPercent: ?int
        )

        # The same in words. language: en, fi or sv.
        method ExplainProgramme(programme: string, language: ?string) -> (text: []string)

        \(journalDescription)
        \(reconcileDescription)

        # Waits for a tag and reads it.
        method ReadTag(timeoutSeconds: ?int) -> (prompt: ?string, uid: ?string, kind: ?string, uri: ?string)

        error Busy (lane: string)
        error NoReader ()
        error NoCard ()
        error NotATag (reason: string)
        error StoreUnavailable (remedy: string)
        error MalformedAmount (field: string)
        # The field would be stored in the clear, and holds what may be a card number: 13 to 19 digits with a valid check
        # digit that begin like a card's. Name the sale otherwise.
        error LooksLikeCardNumber (field: string)
        error UnknownPayment ()
        # Several payments begin so: give more of the id.
        error AmbiguousPayment (count: int)
        error UnknownProgramme ()
        """
}
