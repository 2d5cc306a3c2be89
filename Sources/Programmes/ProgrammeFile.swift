import Core
import Foundation
import HostProtocol

extension Programme {
    /// Reads and checks one programme file. Every key is looked at: an unknown one is an error, not a silent typo. The
    /// shipped files document the keys.
    public init(toml text: String, fileName: String) throws(TOMLFileError) {
        let root = try TOMLFileTable(toml: text, file: fileName)
        id = try root.string("id")
        guard !id.isEmpty, id.utf8.count <= 64, id.utf8.allSatisfy({ TOMLFileTable.idCharacters.contains($0) }) else {
            throw root.wrong("id", "must be lower-case letters, digits and hyphens")
        }
        name = try root.string("name")
        guard let currency = Currency(code: try root.string("currency")) else {
            throw root.wrong("currency", "is no known ISO 4217 code")
        }
        self.currency = currency
        timeZone = try root.timeZone("time_zone")
        instruments = try InstrumentRules(try root.table("instrument"))
        purses = try Programme.purses(root, currency)
        limits = try DatedLimits.all(root, currency)
        goods = try root.optionalTable("goods").map { table throws(TOMLFileError) in try GoodsRules(table) } ?? .any
        try Programme.checkCategories(root, purses, goods)

        let purchase = try root.optionalTable("purchase")
        allowsCash = try purchase?.flag("cash", default: false) ?? false
        allowsPartial = try purchase?.flag("partial_approval", default: true) ?? true
        checksExpiry = try purchase?.flag("instrument_expires", default: true) ?? true
        try purchase?.allKnown()
        balanceCap = try root.optionalMoney("balance_cap", currency)

        hold = try root.optionalTable("hold").map { table throws(TOMLFileError) in
            let rules = HoldRules(validity: Int64(try table.integer("validity_h", in: 1...1000)) * 3_600_000)
            try table.allKnown()
            return rules
        }
        refund = try root.optionalTable("refund").map { table throws(TOMLFileError) in
            let rules = RefundRules(creditDays: try table.integer("credit_days", in: 0...60))
            try table.allKnown()
            return rules
        }
        exchange = try root.optionalTable("exchange").map { table throws(TOMLFileError) in try ExchangeRules(table) }
        fees = try root.optionalTable("fees").map { table throws(TOMLFileError) in try FeeRules(table, currency) }
            ?? FeeRules(purchase: .zero(currency), percent: nil, decline: .zero(currency))
        valueDate = try root.optionalTable("value_date").map { table throws(TOMLFileError) in try ValueDateRules(table) }
        verification = try VerificationTier.all(root, currency)
        offline = try OfflineRules(try root.table("offline"), currency)
        ruleNames = try Programme.ruleNames(root)
        receipt = try root.optionalTable("receipt").map { table throws(TOMLFileError) in
            try ReceiptRules(table, currency: currency)
        }
        pin = try root.optionalTable("pin").map { table throws(TOMLFileError) in try PINTryRules(table, currency: currency) }
        load = try root.optionalTable("load").map { table throws(TOMLFileError) in try LoadRules(table, currency: currency) }
        redemption = try root.optionalTable("redemption").map { table throws(TOMLFileError) in
            try RedemptionRules(table, currency: currency)
        }
        try root.allKnown()
    }

    private static func purses(_ root: TOMLFileTable, _ currency: Currency) throws(TOMLFileError) -> [Purse] {
        var purses: [Purse] = []
        for table in try root.tables("purse") {
            let id = try table.string("id")
            guard !id.isEmpty, id.utf8.count <= 32, id.utf8.allSatisfy({ TOMLFileTable.idCharacters.contains($0) }) else {
                throw table.wrong("id", "must be 1 to 32 lower-case letters, digits and hyphens")
            }
            guard !purses.contains(where: { $0.id == id }) else { throw table.wrong("id", "is another purse's too") }
            let kind: Purse.Kind = try table.word("kind")
            var points: Int64?
            if kind == .points { points = Int64(try table.integer("points_per_unit", in: 1...1_000_000)) }
            let purpose = try table.optionalString("purpose")
            guard kind == .benefit || purpose == nil else { throw table.wrong("purpose", "is for a benefit alone") }
            purses.append(
                Purse(
                    id: id, kind: kind, name: try table.string("name", default: id), purpose: purpose, pointsPerUnit: points,
                    categories: Set(try table.words("categories"))))
            try table.allKnown()
        }
        guard !purses.isEmpty else { throw root.wrong("purse", "must hold at least one purse") }
        return purses
    }

    private static func checkCategories(
        _ root: TOMLFileTable, _ purses: [Purse], _ goods: GoodsRules
    ) throws(TOMLFileError) {
        for (place, purse) in purses.enumerated() {
            if let word = purse.categories.sorted().first(where: { !goods.pays(for: $0) }) {
                throw root.wrong("purse[\(place)].categories", "names \(word), which the programme never pays for")
            }
        }
    }

    private static func ruleNames(_ root: TOMLFileTable) throws(TOMLFileError) -> [RuleID: RuleID] {
        guard let table = try root.optionalTable("rule_names") else { return [:] }
        var names: [RuleID: RuleID] = [:]
        for key in table.keys {
            let name = try table.string(key)
            guard RuleID(rawValue: key).isKnown else { throw table.wrong(key, "is no rule of the rule book") }
            guard (1...16).contains(name.utf8.count), RuleID(rawValue: name).isKnown else {
                throw table.wrong(key, "must name a rule of the rule book")
            }
            names[RuleID(rawValue: key)] = RuleID(rawValue: name)
        }
        return names
    }
}

extension Programme.InstrumentRules {
    init(_ table: TOMLFileTable) throws(TOMLFileError) {
        var applications: [[UInt8]] = []
        if table.has("emv_applications") {
            for text in try table.strings("emv_applications") {
                guard let aid = Hex.decode(text), (5...16).contains(aid.count) else {
                    throw table.wrong("emv_applications", "must hold 5 to 16 bytes in hexadecimal each")
                }
                applications.append(aid)
            }
        }
        self.applications = applications
        let kinds: [InstrumentKind] = try table.wordsOf("kinds")
        self.kinds = Set(kinds)
        guard !kinds.isEmpty else { throw table.wrong("kinds", "must name at least one kind of instrument") }
        guard !kinds.contains(.card) || !applications.isEmpty else {
            throw table.wrong("emv_applications", "must say which cards")
        }
        var proofs: [InstrumentKind: Set<InstrumentEvidence.Verification>] = [:]
        if let proof = try table.optionalTable("proof") {
            for key in proof.keys {
                guard let kind = InstrumentKind(rawValue: key), self.kinds.contains(kind) else {
                    throw proof.wrong(key, "is no kind of instrument that the programme takes")
                }
                let methods: [InstrumentEvidence.Verification] = try proof.wordsOf(key)
                guard !methods.isEmpty, !methods.contains(.none) else { throw proof.wrong(key, "must name proofs") }
                proofs[kind] = Set(methods)
            }
        }
        for kind in [InstrumentKind.phone, .email, .app] where self.kinds.contains(kind) {
            guard proofs[kind] != nil else { throw table.wrong("proof.\(kind.rawValue)", "is missing: what proves the payer (ALL-7)") }
        }
        self.proofs = proofs
        var instead: [InstrumentKind: Reason] = [:]
        if let other = try table.optionalTable("instead") {
            for key in other.keys {
                guard let kind = InstrumentKind(rawValue: key), !self.kinds.contains(kind) else {
                    throw other.wrong(key, "is no kind of instrument that the programme refuses")
                }
                let reason: Reason = try other.word(key)
                guard !reason.isApproval else { throw other.wrong(key, "must be a refusal") }
                instead[kind] = reason
            }
        }
        self.instead = instead
        try table.allKnown()
    }
}

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

extension Programme.GoodsRules {
    static let any = Programme.GoodsRules(merchantCategories: [], allowed: nil, excluded: [])

    init(_ table: TOMLFileTable) throws(TOMLFileError) {
        var ranges: [ClosedRange<Int>] = []
        if table.has("merchant_categories") {
            for text in try table.strings("merchant_categories") {
                let ends = text.split(separator: "-", omittingEmptySubsequences: false)
                let codes = ends.compactMap { Programme.merchantCategory(String($0)) }
                guard (1...2).contains(ends.count), codes.count == ends.count, let first = codes.first, let last = codes.last,
                    first <= last
                else { throw table.wrong("merchant_categories", "must hold codes of four digits, or ranges such as \"5811-5814\"") }
                ranges.append(first...last)
            }
        }
        let allowed = table.has("allowed") ? Set(try table.words("allowed")) : nil
        let excluded = Set(try table.words("excluded"))
        if let both = allowed?.intersection(excluded).sorted().first {
            throw table.wrong("excluded", "names \(both), which is allowed too")
        }
        self.init(merchantCategories: ranges, allowed: allowed, excluded: excluded)
        try table.allKnown()
    }
}

extension Programme {
    /// Four digits, nothing else.
    static func merchantCategory(_ text: String) -> Int? {
        guard text.utf8.count == 4, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
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

extension Programme.VerificationTier {
    static func all(_ root: TOMLFileTable, _ currency: Currency) throws(TOMLFileError) -> [Programme.VerificationTier] {
        var tiers: [Programme.VerificationTier] = []
        for table in try root.tables("verification") {
            let upTo = try table.optionalMoney("up_to", currency)
            if let before = tiers.last {
                guard let bound = before.upTo else { throw table.wrong("up_to", "comes after a tier without one") }
                if let upTo, upTo.minorUnits <= bound.minorUnits { throw table.wrong("up_to", "must grow from tier to tier") }
            }
            let methods: [InstrumentEvidence.Verification] = try table.wordsOf("by")
            guard !methods.contains(.onlinePIN) else { throw table.wrong("by", "can't name onlinePIN: the host checks it") }
            guard !methods.isEmpty else { throw table.wrong("by", "must name at least one way") }
            tiers.append(Programme.VerificationTier(upTo: upTo, methods: Set(methods)))
            try table.allKnown()
        }
        guard let last = tiers.last else { throw root.wrong("verification", "must hold at least one table") }
        guard last.upTo == nil else {
            throw root.wrong("verification[\(tiers.count - 1)].up_to", "must be absent in the last tier, which has no bound")
        }
        return tiers
    }
}

extension Programme.OfflineRules {
    init(_ table: TOMLFileTable, _ currency: Currency) throws(TOMLFileError) {
        systematicallyOnline = try table.flag("systematically_online", default: true)
        allowanceRequired = try table.flag("allowance_required")
        hostTimeRequired = try table.flag("host_time_required")
        let maximum = try table.money("maximum_amount", currency)
        maximumAmount = maximum
        deferredMaximum = try table.optionalMoney("deferred_maximum", currency)
        counterOnlyMaximum = try table.optionalMoney("counter_only_maximum", currency)
        for (key, bound) in [("deferred_maximum", deferredMaximum), ("counter_only_maximum", counterOnlyMaximum)] {
            if let bound, bound.minorUnits > maximum.minorUnits { throw table.wrong(key, "is above `maximum_amount`") }
        }
        var aged: [Programme.AgedShare] = []
        for step in try table.tables("aged") {
            let age = Int64(try step.integer("older_than_h", in: 1...10_000)) * 3_600_000
            let percent = Int64(try step.integer("percent", in: 0...100))
            if let before = aged.last {
                guard before.olderThan < age else { throw step.wrong("older_than_h", "must grow from step to step") }
                guard before.percent >= percent else { throw step.wrong("percent", "must not grow with the age") }
            }
            aged.append(Programme.AgedShare(olderThan: age, percent: percent))
            try step.allKnown()
        }
        self.aged = aged
        selection = try table.optionalTable("random_selection").map { table throws(TOMLFileError) in
            let selection = Programme.RandomSelection(
                threshold: try table.money("threshold", currency), targetPercent: try table.integer("target_percent", in: 0...99),
                maximumPercent: try table.integer("maximum_percent", in: 0...99))
            guard selection.threshold.minorUnits < maximum.minorUnits else {
                throw table.wrong("threshold", "must be below `maximum_amount`")
            }
            guard selection.maximumPercent >= selection.targetPercent else {
                throw table.wrong("maximum_percent", "is below `target_percent`")
            }
            try table.allKnown()
            return selection
        }
        try table.allKnown()
    }
}

extension TOMLFileTable {
    /// A word of an enumeration.
    func word<Word: RawRepresentable & CaseIterable>(_ key: String) throws(TOMLFileError) -> Word where Word.RawValue == String {
        guard let word = Word(rawValue: try string(key)) else { throw wrong(key, TOMLFileTable.oneOf(Word.self)) }
        return word
    }

    func wordsOf<Word: RawRepresentable & CaseIterable>(
        _ key: String
    ) throws(TOMLFileError) -> [Word] where Word.RawValue == String {
        var words: [Word] = []
        for text in try strings(key) {
            guard let word = Word(rawValue: text) else { throw wrong(key, TOMLFileTable.oneOf(Word.self)) }
            words.append(word)
        }
        return words
    }

    private static func oneOf<Word: RawRepresentable & CaseIterable>(_ type: Word.Type) -> String
    where Word.RawValue == String {
        let all = Word.allCases.map(\.rawValue)
        return all.count <= 12 ? "must be one of " + all.joined(separator: ", ") : "is no known word"
    }

    /// Categories of goods; an absent key is none.
    func words(_ key: String) throws(TOMLFileError) -> [String] {
        guard has(key) else { return [] }
        let words = try strings(key)
        guard words.allSatisfy({ (1...32).contains($0.utf8.count) && $0.utf8.allSatisfy(TOMLFileTable.idCharacters.contains) })
        else { throw wrong(key, "must hold words of lower-case letters, digits and hyphens") }
        return words
    }

    /// 0 to 100.
    func percent(_ key: String) throws(TOMLFileError) -> DecimalNumber {
        let number = try decimal(key)
        var whole = number.mantissa
        for _ in 0..<number.scale { whole /= 10 }
        guard whole < 100 else { throw wrong(key, "must be below 100") }
        return number
    }
}
