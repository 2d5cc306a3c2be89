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
private struct ProgrammeSummary {
    let programme: Programme
    let language: Language

    func lines(on day: CivilDate) -> [String] {
        let title = "\(programme.id): \(programme.name), \(programme.currency.code), \(programme.timeZone.identifier)"
        return [title] + instruments + purses + limits(on: day) + goods + amendments + money + verification + offline + others
    }

    private func say(_ english: String, _ finnish: String, _ swedish: String) -> String {
        Sentence(english, finnish, swedish)[language]
    }

    private func list(_ words: [String]) -> String { words.joined(separator: ", ") }

    private func names(_ methods: Set<InstrumentEvidence.Verification>) -> String {
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

    private var money: [String] {
        var lines: [String] = []
        if let exchange = programme.exchange {
            let which =
                exchange.currencies.isEmpty
                ? say(
                    "any with a rate", "kaikki, joille on kurssi",
                    "alla med kurs") : list(exchange.currencies.map(\.code).sorted())
            lines.append(say(
                "Other currencies: ", "Muut valuutat: ",
                "Andra valutor: ") + which + "; + \(exchange.markup) % (CARD-16)")
        } else {
            lines.append(say("No other currency", "Ei muita valuuttoja", "Inga andra valutor") + " (CARD-16)")
        }
        let fees = programme.fees
        var parts: [String] = []
        if fees.purchase.isPositive { parts.append("\(fees.purchase)" + say(" a purchase", " ostolta", " per köp")) }
        if let percent = fees.percent { parts.append("\(percent) %" + say(" of a purchase", " ostosta", " av köpet")) }
        if fees.decline.isPositive { parts.append("\(fees.decline)" + say(
            " a decline", " hylkäykseltä",
            " per nekat köp")) }
        lines.append(say(
            "Fees: ", "Palkkiot: ",
            "Avgifter: ") + (parts.isEmpty ? say("none", "ei ole", "inga") : list(parts)) + " (CARD-19)")
        if let rules = programme.valueDate {
            lines.append(
                say(
                    "Value date: until ", "Arvopäivä: klo ",
                    "Valutadag: till kl. ") + "\(rules.cutOff) \(rules.timeZone.identifier)"
                    + say(
                        " the same business day, later the next one", " asti sama pankkipäivä, sen jälkeen seuraava",
                        " samma bankdag, därefter nästa") + " (\(rules.calendar.rawValue), CARD-15)")
        }
        return lines
    }

    private var verification: [String] {
        programme.verification.map { tier in
            let bound =
                tier.upTo.map { say("up to ", "enintään ", "högst ") + "\($0)" }
                ?? (programme.verification.count > 1 ? say(
                    "above", "yli sen",
                    "däröver") : say("any amount", "kaikki summat", "alla belopp"))
            return say("Verification, ", "Vahvistus, ", "Verifiering, ") + bound + ": \(names(tier.methods)) (ALL-9)"
        }
    }

    private var offline: [String] {
        let rules = programme.offline
        var lines: [String] = [
            (rules.systematicallyOnline
                ? say(
                    "Every payment asks the host that answers", "Jokainen maksu kysytään palvelulta, kun se vastaa",
                    "Varje köp frågas hos värden när den svarar")
                : say(
                    "The terminal decides by itself", "Pääte päättää itse",
                    "Terminalen beslutar själv")) + " (CARD-21)",
            say(
                "Without connection: at most ", "Ilman yhteyttä: enintään ",
                "Utan anslutning: högst ") + "\(rules.maximumAmount)"
                + say(" a payment", " maksulta", " per köp") + " (ALL-4)",
        ]
        if rules.allowanceRequired {
            lines.append(
                say(
                    "Without connection: only accounts with an allowance",
                    "Ilman yhteyttä: vain tilit, joilla on siihen raja",
                    "Utan anslutning: bara konton med utrymme") + " (CARD-21)")
        }
        if rules.hostTimeRequired {
            lines.append(
                say(
                    "Without connection: only after the host has set the clock",
                    "Ilman yhteyttä: vasta kun palvelu on tarkistanut kellon",
                    "Utan anslutning: först när värden har ställt klockan") + " (ALL-4)")
        }
        if let most = rules.deferredMaximum {
            lines.append(
                say(
                    "The host may decide later, up to ", "Palvelu voi päättää myöhemmin, enintään ",
                    "Värden kan besluta senare, högst ") + "\(most) (ALL-7)")
        }
        if let most = rules.counterOnlyMaximum {
            lines.append(say(
                "Tag with a counter alone: up to ", "Pelkän laskurin tunniste: enintään ",
                "Tagg med enbart räknare: högst ") + "\(most) (ALL-7)")
        }
        for step in rules.aged {
            lines.append(
                say(
                    "Limits older than ", "Rajatiedot vanhempia kuin ",
                    "Gränser äldre än ") + "\(step.olderThan / 3_600_000) h: "
                    + "\(step.percent) %" + say(
                        " of them are left", " niistä jäljellä",
                        " av dem återstår") + " (ALL-4)")
        }
        if let selection = rules.selection {
            lines.append(
                say(
                    "Random selection for the host: ", "Satunnaisesti palvelulta kysytään: ",
                    "Slumpmässigt till värden: ")
                    + "\(selection.targetPercent) %" + say(
                        " below ", ", kun alle ",
                        " under ") + "\(selection.threshold)"
                    + say(", rising to ", "; kasvaa arvoon ", ", stigande till ") + "\(selection.maximumPercent) % ("
                    + "\(rules.maximumAmount)) (ALL-4)")
        }
        return lines
    }

    private var others: [String] {
        var lines: [String] = []
        if let receipt = programme.receipt {
            lines.append(
                say(
                    "Receipts are valid for ", "Kuitti on voimassa ",
                    "Kvitton gäller i ") + "\(receipt.validity) s (MOB-1)"
                    + (receipt.identityCheck
                        ? say(
                            "; with an identity check", "; henkilöllisyys tarkistetaan",
                            "; med identitetskontroll") + " (MOB-2)" : ""))
        }
        if let pin = programme.pin {
            lines.append(say(
                "Wrong PINs that disable: ", "Väärät tunnusluvut, jotka lukitsevat: ",
                "Fel PIN-koder som spärrar: ") + "\(pin.tries) (CARD-5)")
        }
        return lines
    }
}

extension InstrumentKind {
    var name: Sentence {
        switch self {
        case .card: Sentence("card", "kortti", "kort")
        case .tag: Sentence("tag", "tunniste", "tagg")
        case .phone: Sentence("phone number", "puhelinnumero", "telefonnummer")
        case .email: Sentence("e-mail address", "sähköpostiosoite", "e-postadress")
        case .app: Sentence("app", "sovellus", "app")
        }
    }
}

extension InstrumentEvidence.Verification {
    var name: Sentence {
        switch self {
        case .none: Sentence("none", "ei vahvistusta", "ingen")
        case .device: Sentence("device", "laite", "enhet")
        case .signature: Sentence("signature", "allekirjoitus", "underskrift")
        case .pin: Sentence("PIN", "tunnusluku", "PIN-kod")
        case .onlinePIN: Sentence("PIN checked by the host", "palvelun tarkistama tunnusluku", "PIN-kod kontrollerad av värden")
        case .receipt: Sentence("receipt", "kuitti", "kvitto")
        }
    }
}

extension Programme.Purse.Kind {
    var name: Sentence {
        switch self {
        case .benefit: Sentence("benefit", "etu", "förmån")
        case .ownMoney: Sentence("own money", "oma raha", "egna pengar")
        case .points: Sentence("points", "pisteet", "poäng")
        case .vouchers: Sentence("vouchers", "setelit", "kuponger")
        case .prepaid: Sentence("prepaid", "ennalta ladattu", "förbetalt")
        }
    }
}
