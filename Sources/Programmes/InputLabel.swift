/// The names of what rules look at, told in the cashier's language.
public enum InputLabel: String, Sendable, Codable, CaseIterable {
    case asked
    case available
    case limit
    case minimum
    case today
    case expiry
    case status
    case programme
    case currency
    case approvedToday
    case spentToday
    case category
    case eligible
    case excluded
    case basket
    case kind
    case instrument
    case cryptogram
    case authentication
    case verification
    case allowance
    case used
    case count
    case exposure
    case cap
    case age
    case share
    case host
    case clock
    case draw
    case target
    case rate
    case converted
    case fee
    case total
    case purse
    case takes
    case units
    case remaining
    case due
    case loss
    case hold
    case final
    case refunded
    case purchase
    case merchant
    case received
    case valueDate
    case lastDay
    case from
    case until
    case tries
    case enabledFrom
    case paidAt
    case now
    case step
    case right
    case note
    case application

    public var name: Sentence {
        switch self {
        case .asked: Sentence("asked", "pyydetty", "begärt")
        case .available: Sentence("available", "käytettävissä", "disponibelt")
        case .limit: Sentence("limit", "raja", "gräns")
        case .minimum: Sentence("least", "vähintään", "minst")
        case .today: Sentence("today", "tänään", "i dag")
        case .expiry: Sentence("good through", "voimassa", "giltigt till")
        case .status: Sentence("status", "tila", "status")
        case .programme: Sentence("programme", "etu", "förmån")
        case .currency: Sentence("currency", "valuutta", "valuta")
        case .approvedToday: Sentence("approved today", "hyväksytty tänään", "godkända i dag")
        case .spentToday: Sentence("spent today", "käytetty tänään", "använt i dag")
        case .category: Sentence("merchant category", "toimiala", "bransch")
        case .eligible: Sentence("eligible", "etuun kuuluu", "förmånsgillt")
        case .excluded: Sentence("not for the benefit", "ei kuulu etuun", "ej förmånsgillt")
        case .basket: Sentence("basket", "ostoskori", "varukorg")
        case .kind: Sentence("kind", "laji", "slag")
        case .instrument: Sentence("instrument", "maksuväline", "betalmedel")
        case .cryptogram: Sentence("cryptogram", "kryptogrammi", "kryptogram")
        case .authentication: Sentence("authentication", "aitous", "äkthet")
        case .verification: Sentence("verification", "vahvistus", "verifiering")
        case .allowance: Sentence("allowance offline", "yhteydetön raja", "offlineutrymme")
        case .used: Sentence("used", "käytetty", "använt")
        case .count: Sentence("count", "määrä", "antal")
        case .exposure: Sentence("exposure", "avoinna", "utestående")
        case .cap: Sentence("cap", "katto", "tak")
        case .age: Sentence("age of limits", "rajojen ikä", "gränsernas ålder")
        case .share: Sentence("share of limits", "osuus rajoista", "andel av gränserna")
        case .host: Sentence("host", "palvelu", "värd")
        case .clock: Sentence("clock", "kello", "klocka")
        case .draw: Sentence("draw", "arvonta", "lottning")
        case .target: Sentence("target", "tavoite", "mål")
        case .rate: Sentence("rate", "kurssi", "kurs")
        case .converted: Sentence("converted", "muunnettu", "omräknat")
        case .fee: Sentence("fee", "palkkio", "avgift")
        case .total: Sentence("total", "yhteensä", "totalt")
        case .purse: Sentence("purse", "kukkaro", "börs")
        case .takes: Sentence("takes", "ottaa", "tar")
        case .units: Sentence("units", "yksiköt", "enheter")
        case .remaining: Sentence("remaining", "jäljellä", "återstår")
        case .due: Sentence("due", "maksamatta", "att betala")
        case .loss: Sentence("lost", "menetetään", "går förlorat")
        case .hold: Sentence("hold", "varaus", "reservation")
        case .final: Sentence("final amount", "lopullinen", "slutbelopp")
        case .refunded: Sentence("refunded", "hyvitetty", "återbetalt")
        case .purchase: Sentence("purchase", "ostos", "köp")
        case .merchant: Sentence("merchant", "liike", "handlare")
        case .received: Sentence("received", "vastaanotettu", "mottaget")
        case .valueDate: Sentence("value date", "arvopäivä", "valutadag")
        case .lastDay: Sentence("last day", "viimeinen päivä", "sista dag")
        case .from: Sentence("from", "alkaen", "från")
        case .until: Sentence("until", "asti", "till")
        case .tries: Sentence("tries", "yritykset", "försök")
        case .enabledFrom: Sentence("enabled from", "käytössä alkaen", "aktiv från")
        case .paidAt: Sentence("paid", "maksettu", "betalt")
        case .now: Sentence("now", "nyt", "nu")
        case .step: Sentence("step", "askel", "steg")
        case .right: Sentence("right", "oikeus", "rättighet")
        case .note: Sentence("note", "huomautus", "anmärkning")
        case .application: Sentence("card offers", "kortilla on", "kortet har")
        }
    }
}
