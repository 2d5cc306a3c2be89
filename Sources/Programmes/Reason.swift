/// Why a payment was decided as it was: stable, machine-readable words (ALL-1).
public enum Reason: String, Sendable, Hashable, Codable, CaseIterable {
    // Approvals
    case approvedOnline, approvedOffline
    // The account
    case insufficientFunds, perTransactionLimit, dailyCountExceeded, expired
    case blocked, lostOrStolen, suspended, unknownInstrument
    // The place
    case merchantNotEnrolled, currencyNotAccepted, amountNotPositive, instrumentNotAccepted
    // Offline
    case onlineRequired, offlineAmountLimit, offlineCountExceeded, offlineAllowanceExceeded
    case terminalExposureExceeded, limitsTooOld, timeUntrusted
    // The card's evidence
    case declinedByCard, cardNotAuthentic, verificationRequired, cardDataInvalid
    case cardRemoved, tryAnotherInterface, applicationNotSupported
    // The host
    case declinedByHost, hostOutcomeUnknown
    // The terminal
    case cancelled, timedOut, storeOutcomeUnknown, storeUnavailable, readerUnavailable, interrupted, referenceReused

    /// True for the two approvals.
    public var isApproval: Bool { self == .approvedOnline || self == .approvedOffline }
}

/// The cashier's sentence in the three languages of the rule book (ALL-1).
public struct Sentence: Sendable, Hashable, Codable {
    public let english: String
    public let finnish: String
    public let swedish: String

    public init(_ english: String, _ finnish: String, _ swedish: String) {
        self.english = english
        self.finnish = finnish
        self.swedish = swedish
    }
}

extension Reason {
    public var sentence: Sentence {
        switch self {
        case .approvedOnline: Sentence("Approved.", "Hyväksytty.", "Godkänt.")
        case .approvedOffline:
            Sentence("Approved without connection.", "Hyväksytty ilman yhteyttä.", "Godkänt utan anslutning.")
        case .insufficientFunds:
            Sentence("Not enough balance on the card.", "Kortilla ei ole riittävästi saldoa.", "För lågt saldo på kortet.")
        case .perTransactionLimit:
            Sentence(
                "The amount is above the card's limit for one purchase.", "Summa ylittää kortin kertaostorajan.",
                "Beloppet är över kortets gräns för ett köp.")
        case .dailyCountExceeded:
            Sentence(
                "The card has been used the most times allowed for today.", "Kortin päivän ostokerrat on käytetty.",
                "Kortets antal köp för i dag är förbrukat.")
        case .expired: Sentence("The card has expired.", "Kortti on vanhentunut.", "Kortet har gått ut.")
        case .blocked: Sentence("The card is blocked.", "Kortti on suljettu.", "Kortet är spärrat.")
        case .lostOrStolen:
            Sentence(
                "The card is reported lost or stolen.", "Kortti on ilmoitettu kadonneeksi tai varastetuksi.",
                "Kortet är anmält förlorat eller stulet.")
        case .suspended:
            Sentence("The card is suspended.", "Kortin käyttö on keskeytetty.", "Kortet är tillfälligt avstängt.")
        case .unknownInstrument:
            Sentence(
                "This terminal does not know the card; it needs a connection.",
                "Pääte ei tunne korttia; tarvitaan yhteys.", "Terminalen känner inte kortet; anslutning krävs.")
        case .merchantNotEnrolled:
            Sentence(
                "This shop does not take the card's programme.", "Tämä liike ei hyväksy kortin etua.",
                "Butiken tar inte emot kortets förmån.")
        case .currencyNotAccepted:
            Sentence("The card does not pay in this currency.", "Kortti ei käy tässä valuutassa.", "Kortet gäller inte i denna valuta.")
        case .amountNotPositive:
            Sentence("The amount must be above zero.", "Summan on oltava suurempi kuin nolla.", "Beloppet måste vara över noll.")
        case .instrumentNotAccepted:
            Sentence("This kind of card is not accepted.", "Tämän tyyppinen kortti ei käy.", "Den här korttypen tas inte emot.")
        case .onlineRequired:
            Sentence(
                "The card needs a connection to the host.", "Kortti vaatii yhteyden palveluun.",
                "Kortet kräver anslutning till värden.")
        case .offlineAmountLimit:
            Sentence(
                "The amount is too large without a connection.", "Summa on liian suuri ilman yhteyttä.",
                "Beloppet är för stort utan anslutning.")
        case .offlineCountExceeded:
            Sentence(
                "Too many payments without a connection; connect first.", "Liian monta maksua ilman yhteyttä; yhdistä ensin.",
                "För många köp utan anslutning; anslut först.")
        case .offlineAllowanceExceeded:
            Sentence(
                "The card's allowance without a connection is used up; connect first.",
                "Kortin yhteydettömän käytön raja on täynnä; yhdistä ensin.",
                "Kortets utrymme utan anslutning är slut; anslut först.")
        case .terminalExposureExceeded:
            Sentence(
                "This terminal must connect before it takes more payments.", "Päätteen on saatava yhteys ennen uusia maksuja.",
                "Terminalen måste ansluta innan den tar fler köp.")
        case .limitsTooOld:
            Sentence(
                "The terminal's limits are too old; connect first.", "Päätteen rajatiedot ovat vanhentuneet; yhdistä ensin.",
                "Terminalens gränser är för gamla; anslut först.")
        case .timeUntrusted:
            Sentence(
                "The terminal's clock must be set by the host first.", "Päätteen kello on ensin tarkistettava palvelusta.",
                "Terminalens klocka måste först ställas av värden.")
        case .declinedByCard: Sentence("Declined by the card.", "Kortti hylkäsi maksun.", "Nekat av kortet.")
        case .cardNotAuthentic:
            Sentence("The card could not be proved genuine.", "Kortin aitoutta ei voitu varmistaa.", "Kortets äkthet kunde inte bekräftas.")
        case .verificationRequired:
            Sentence("The payment needs a verification.", "Maksu vaatii vahvistuksen.", "Köpet kräver verifiering.")
        case .cardDataInvalid:
            Sentence("The card could not be read.", "Korttia ei voitu lukea.", "Kortet kunde inte läsas.")
        case .cardRemoved:
            Sentence(
                "The card was taken away too early; present it again.", "Kortti poistettiin liian aikaisin; näytä uudelleen.",
                "Kortet togs bort för tidigt; visa det igen.")
        case .tryAnotherInterface:
            Sentence("Insert the card instead.", "Syötä kortti lukijaan.", "Sätt in kortet i stället.")
        case .applicationNotSupported:
            Sentence("This card is not accepted here.", "Korttia ei hyväksytä täällä.", "Kortet tas inte emot här.")
        case .declinedByHost: Sentence("Declined by the host.", "Palvelu hylkäsi maksun.", "Nekat av värden.")
        case .hostOutcomeUnknown:
            Sentence(
                "The host did not answer; nothing is paid and a reversal is on its way.",
                "Palvelu ei vastannut; maksua ei tehty ja peruutus on lähtenyt.",
                "Värden svarade inte; inget är betalt och en återföring är på väg.")
        case .cancelled: Sentence("Cancelled.", "Peruutettu.", "Avbrutet.")
        case .timedOut: Sentence("No card was presented.", "Korttia ei näytetty.", "Inget kort visades.")
        case .storeUnavailable:
            Sentence(
                "The terminal cannot store payments; call the technician.", "Pääte ei voi tallentaa maksuja; kutsu huolto.",
                "Terminalen kan inte lagra köp; ring teknikern.")
        case .storeOutcomeUnknown:
            Sentence(
                "The outcome is not known yet; ask for this payment again before the goods are handed over.",
                "Lopputulos ei ole vielä tiedossa; tarkista maksu ennen tuotteiden luovutusta.",
                "Utfallet är inte känt än; fråga efter köpet igen innan varorna lämnas ut.")
        case .readerUnavailable:
            Sentence("There is no working card reader.", "Kortinlukija ei toimi.", "Ingen fungerande kortläsare.")
        case .interrupted:
            Sentence(
                "The terminal was interrupted; nothing was approved.", "Pääte keskeytyi; mitään ei hyväksytty.",
                "Terminalen avbröts; inget godkändes.")
        case .referenceReused:
            Sentence(
                "This reference belongs to another payment.", "Viite kuuluu toiselle maksulle.",
                "Referensen hör till ett annat köp.")
        }
    }
}
