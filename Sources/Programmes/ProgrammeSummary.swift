import Core
import Foundation
import HostProtocol

extension Programme {
    /// The programme's rules in words, a line for each, for who wants to know what its file says.
    /// - Parameter on: the day whose limits are called those in force.
    public func explained(in language: Language, on day: CivilDate) -> [String] {
        ProgrammeSummary(programme: self, language: language).lines(on: day)
    }

    /// Nil for an id that is no purse of this programme.
    public func name(ofPurse id: String) -> String? { purses.first { $0.id == id }?.name }
}

/// Words for a programme's data; amounts, dates and ids stay as they are.
struct ProgrammeSummary {
    let programme: Programme
    let language: Language

    func lines(on day: CivilDate) -> [String] {
        let title = "\(programme.id): \(programme.name), \(programme.currency.code), \(programme.timeZone.identifier)"
        return [title] + instruments + purses + limits(on: day) + goods + amendments + money + verification + offline + others
    }

    func say(_ english: String, _ finnish: String, _ swedish: String) -> String {
        Sentence(english, finnish, swedish)[language]
    }

    func list(_ words: [String]) -> String { words.joined(separator: ", ") }

    func names(_ methods: Set<InstrumentEvidence.Verification>) -> String {
        list(InstrumentEvidence.Verification.allCases.filter(methods.contains).map { $0.name[language] })
    }

    private var instruments: [String] {
        let rules = programme.instruments
        let kinds = InstrumentKind.allCases.filter(rules.kinds.contains).map { $0.name[language] }
        var lines = [say("Paid with: ", "Maksuvälineet: ", "Betalmedel: ") + list(kinds)]
        if !rules.applications.isEmpty {
            lines.append(say(
                "Card applications: ", "Korttisovellukset: ",
                "Kortapplikationer: ") + list(rules.applications.map(Hex.encode)))
        }
        for kind in InstrumentKind.allCases {
            if let proofs = rules.proofs[kind] {
                lines.append("\(kind.name[language]): " + say(
                    "proved by ", "todiste ",
                    "bevis ") + names(proofs) + " (ALL-7)")
            }
            if let reason = rules.instead[kind] {
                lines.append("\(kind.name[language]): " + say(
                    "refused: ", "ei käy: ",
                    "nekas: ") + reason.sentence[language] + " (SMA-1)")
            }
        }
        if programme.checksExpiry {
            lines.append(
                say(
                    "The card's expiry counts", "Kortin voimassaolo tarkistetaan",
                    "Kortets giltighetstid kontrolleras") + " (CARD-6)")
        }
        return lines
    }

    private var purses: [String] {
        programme.purses.enumerated().map { place, purse in
            var line = say("Purse", "Kukkaro", "Börs") + " \(place + 1): \(purse.name), \(purse.kind.name[language])"
            if let purpose = purse.purpose { line += " (\(purpose))" }
            if let points = purse.pointsPerUnit {
                let unit = Money(minorUnits: programme.currency.minorUnitsPerUnit, currency: programme.currency)
                line += "; \(points) " + say("points", "pistettä", "poäng") + " = \(unit) (WAL-3)"
            }
            if !purse.categories.isEmpty {
                line += "; " + say("pays for ", "maksaa: ", "betalar ") + list(purse.categories.sorted()) + " (CARD-9)"
            }
            return line
        }
    }

    private func limits(on day: CivilDate) -> [String] {
        let inForce = programme.limits(on: day)
        var lines = [String]()
        if inForce == nil {
            lines.append(Reason.programmeNotInForce.sentence[language] + " (\(day))")
        }
        for limits in programme.limits {
            let isNow = limits == inForce
            let isLater = limits.from.map { $0 > day } ?? false
            guard isNow || isLater else { continue }
            var parts: [String] = []
            if let minimum = limits.minimum { parts.append(say("at least ", "vähintään ", "minst ") + "\(minimum)") }
            if let maximum = limits.maximum {
                parts.append(say(
                    "at most ", "enintään ",
                    "högst ") + "\(maximum)" + say(" a purchase", " ostolta", " per köp") + " (CARD-4)")
            }
            if let count = limits.purchasesPerDay {
                parts.append("\(count) " + say("purchases a day", "ostoa päivässä", "köp per dag") + " (CARD-3)")
            }
            if let sum = limits.amountPerDay { parts.append("\(sum)" + say(
                " a day", " päivässä",
                " per dag") + " (CARD-3)") }
            if parts.isEmpty { parts.append(say("none", "ei ole", "inga")) }
            let head =
                isNow
                ? say("Limits in force", "Voimassa olevat rajat", "Gällande gränser")
                : say("Later limits", "Myöhemmät rajat", "Senare gränser")
            let dates = [
                limits.from.map { "\(InputLabel.from.name[language]) \($0)" },
                limits.until.map { "\(InputLabel.until.name[language]) \($0)" },
            ].compactMap { $0 }
            lines.append(head + (dates.isEmpty ? "" : " (\(list(dates)))") + ": " + list(parts))
        }
        return lines
    }

    private var goods: [String] {
        var lines: [String] = []
        let goods = programme.goods
        if !goods.merchantCategories.isEmpty {
            let codes = goods.merchantCategories.map { range in
                let (first, last) = ("000\(range.lowerBound)".suffix(4), "000\(range.upperBound)".suffix(4))
                return first == last ? "\(first)" : "\(first)-\(last)"
            }
            lines.append(say("Merchant categories: ", "Toimialat: ", "Branscher: ") + list(codes) + " (CARD-9)")
        }
        if let allowed = goods.allowed {
            lines.append(say("Pays for: ", "Maksaa: ", "Betalar: ") + list(allowed.sorted()) + " (CARD-9)")
        }
        if !goods.excluded.isEmpty {
            lines.append(say(
                "Never pays for: ", "Ei koskaan maksa: ",
                "Betalar aldrig: ") + list(goods.excluded.sorted()) + " (CARD-9)")
        }
        lines.append(
            (programme.allowsCash
                ? say(
                    "Cash is allowed", "Käteistä voi nostaa",
                    "Kontanter tillåts") : say("No cash", "Ei käteistä", "Inga kontanter"))
                + " (CARD-10)")
        lines.append(
            (programme.allowsPartial
                ? say(
                    "A part may be paid, where the till takes it", "Osamaksu käy, jos kassa hyväksyy sen",
                    "Delbetalning går, om kassan tillåter det")
                : say("No part payment", "Ei osamaksua", "Ingen delbetalning")) + " (CARD-11)")
        return lines
    }

    private var amendments: [String] {
        var lines: [String] = []
        if let hold = programme.hold {
            lines.append(
                say(
                    "Holds end after ", "Varaus päättyy, kun on kulunut ",
                    "Reservationer upphör efter ") + "\(hold.validity / 3_600_000) h (CARD-12)")
        } else {
            lines.append(say("No holds", "Ei varauksia", "Inga reservationer") + " (CARD-12)")
        }
        if let refund = programme.refund {
            lines.append(
                say(
                    "Refunds are credited within days: ", "Hyvitys on tilillä viimeistään, päivää: ",
                    "Återbetalning krediteras inom dagar: ")
                    + "\(refund.creditDays) (CARD-13)")
        } else {
            lines.append(say("No refunds", "Ei hyvityksiä", "Inga återbetalningar") + " (CARD-13)")
        }
        if let cap = programme.balanceCap {
            lines.append(say("Balance at most ", "Saldo enintään ", "Saldo högst ") + "\(cap) (CARD-2)")
        }
        return lines
    }
}
