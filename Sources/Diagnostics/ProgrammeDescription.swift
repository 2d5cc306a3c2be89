extension DiagnosticsInterface {
    /// What ``description`` says of programmes.
    static let programmeDescription = """
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

        error UnknownProgramme ()

        """
}
