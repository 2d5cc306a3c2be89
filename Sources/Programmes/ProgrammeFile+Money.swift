import Core

extension Programme.DatedLimits {
    static func all(_ root: TOMLFileTable, _ currency: Currency) throws(TOMLFileError) -> [Programme.DatedLimits] {
        var all: [Programme.DatedLimits] = []
        for table in try root.tables("limits") {
            let limits = Programme.DatedLimits(
                from: table.has("from") ? try table.date("from") : nil, until: table.has("until") ? try table.date("until") : nil,
                minimum: try table.optionalMoney("minimum", currency), maximum: try table.optionalMoney("maximum", currency),
                purchasesPerDay: table.has("approved_per_day") ? try table.count("approved_per_day") : nil,
                amountPerDay: try table.optionalMoney("amount_per_day", currency))
            if let from = limits.from, let until = limits.until, until < from { throw table.wrong("until", "is before `from`") }
            if let least = limits.minimum, let most = limits.maximum, most.minorUnits < least.minorUnits {
                throw table.wrong("minimum", "is above `maximum`")
            }
            if let before = all.last {
                guard let end = before.until, let start = limits.from, end < start else {
                    throw table.wrong("from", "overlaps the limits before it: they must follow each other in time")
                }
            }
            all.append(limits)
            try table.allKnown()
        }
        guard !all.isEmpty else { throw root.wrong("limits", "must hold at least one table") }
        return all
    }
}

extension Programme.ExchangeRules {
    init(_ table: TOMLFileTable) throws(TOMLFileError) {
        var currencies: Set<Currency> = []
        if table.has("currencies") {
            for code in try table.strings("currencies") {
                guard let currency = Currency(code: code) else { throw table.wrong("currencies", "must hold ISO 4217 codes") }
                currencies.insert(currency)
            }
        }
        self.init(markup: try table.percent("markup_percent"), currencies: currencies)
        try table.allKnown()
    }
}

extension Programme.FeeRules {
    init(_ table: TOMLFileTable, _ currency: Currency) throws(TOMLFileError) {
        self.init(
            purchase: try table.optionalMoney("purchase", currency) ?? .zero(currency),
            percent: table.has("percent") ? try table.percent("percent") : nil,
            decline: try table.optionalMoney("decline", currency) ?? .zero(currency))
        try table.allKnown()
    }
}

extension Programme.ValueDateRules {
    init(_ table: TOMLFileTable) throws(TOMLFileError) {
        self.init(
            cutOff: try table.clockTime("cut_off"), timeZone: try table.timeZone("time_zone"),
            calendar: try table.word("calendar"))
        try table.allKnown()
    }
}
