import Core
import Foundation

extension Programme {
    /// The programmes that ship with the terminal.
    public static func shipped() throws(TOMLFileError) -> [Programme] {
        let text = String(decoding: PackageResources.epassi_card_toml, as: UTF8.self)
        return [try Programme(toml: text, fileName: "epassi-card.toml")]
    }

    /// Reads and checks one programme file. Every key is looked at: an unknown one is an error, not a silent typo.
    public init(toml text: String, fileName: String) throws(TOMLFileError) {
        let root = try TOMLFileTable(toml: text, file: fileName)
        id = try root.string("id")
        guard !id.isEmpty, id.utf8.allSatisfy({ TOMLFileTable.idCharacters.contains($0) }) else {
            throw root.wrong("id", "must be lower-case letters, digits and hyphens")
        }
        name = try root.string("name")
        guard let currency = Currency(code: try root.string("currency")) else {
            throw root.wrong("currency", "is no known ISO 4217 code")
        }
        self.currency = currency
        guard let zone = TimeZone(identifier: try root.string("time_zone")) else {
            throw root.wrong("time_zone", "is no known time zone")
        }
        timeZone = zone

        let instrument = try root.table("instrument")
        var applications: [[UInt8]] = []
        for text in try instrument.strings("emv_applications") {
            guard let aid = Hex.decode(text), (5...16).contains(aid.count) else {
                throw instrument.wrong("emv_applications", "must hold 5 to 16 bytes in hexadecimal each")
            }
            applications.append(aid)
        }
        self.applications = applications
        try instrument.allKnown()

        let purchase = try root.table("purchase")
        maximumPurchase = try purchase.money("maximum", currency)
        purchasesPerDay = try purchase.count("approved_per_day")
        try purchase.allKnown()

        let offline = try root.table("offline")
        self.offline = OfflineRules(
            allowanceRequired: try offline.flag("allowance_required"),
            deferredAuthorisation: try offline.flag("deferred_authorisation"),
            hostTimeRequired: try offline.flag("host_time_required"),
            maximumAmount: try offline.money("maximum_amount", currency))
        guard !self.offline.deferredAuthorisation else {
            throw offline.wrong("deferred_authorisation", "is not offered by this version; set it to false")
        }
        try offline.allKnown()
        try root.allKnown()
    }
}
