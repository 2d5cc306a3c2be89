import Core
import Foundation
import HostProtocol

/// Rates, fees and value dates; what proves the payer; what may happen offline.
extension ProgrammeSummary {
    var money: [String] {
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

    var verification: [String] {
        programme.verification.map { tier in
            let bound =
                tier.upTo.map { say("up to ", "enintään ", "högst ") + "\($0)" }
                ?? (programme.verification.count > 1 ? say(
                    "above", "yli sen",
                    "däröver") : say("any amount", "kaikki summat", "alla belopp"))
            return say("Verification, ", "Vahvistus, ", "Verifiering, ") + bound + ": \(names(tier.methods)) (ALL-9)"
        }
    }

    var offline: [String] {
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

    var others: [String] {
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
