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
