/// What each rule demands, for the cashier and the technician. The rule book has the whole of it.
extension RuleID {
    /// Rules that nothing is decided by at a terminal: the binding of instruments to persons is the host's, the keeping of
    /// personal data and the audit log are no matter of one payment.
    public static let notOfPayments: Set<RuleID> = ["WAL-8", "SMA-2", "ALL-5", "ALL-6"]

    /// Nil for ``notOfPayments`` and for ids that are none of the rule book's.
    public var sentence: Sentence? {
        switch rawValue.prefix(while: { $0 != "-" }) {
        case "CARD": cardSentence
        case "MOB": mobileSentence
        case "WAL": walletSentence
        case "SMA": voucherSentence
        case "POS": userSentence
        case "ALL": generalSentence
        default: nil
        }
    }

    private var mobileSentence: Sentence? {
        switch rawValue {
        case "MOB-1":
            Sentence(
                "A receipt must be shown soon after the payment.", "Kuitti on näytettävä pian maksun jälkeen.",
                "Kvittot måste visas snart efter betalningen.")
        case "MOB-2":
            Sentence(
                "The name must match an identity document.", "Nimen on vastattava henkilötodistusta.",
                "Namnet måste stämma med en identitetshandling.")
        case "MOB-3":
            Sentence(
                "The receipt must be live in the app, no picture of it.", "Kuitin on oltava elävänä sovelluksessa, ei kuvana.",
                "Kvittot måste visas levande i appen, inte som bild.")
        case "MOB-4":
            Sentence(
                "A receipt is taken once, by its merchant, for its amount.",
                "Kuitti kelpaa kerran, omassa liikkeessään ja omasta summastaan.",
                "Ett kvitto gäller en gång, hos sin handlare och för sitt belopp.")
        case "MOB-5":
            Sentence(
                "The verification code must be the payment's.", "Tarkistuskoodin on kuuluttava maksuun.",
                "Kontrollkoden måste höra till betalningen.")
        case "MOB-6":
            Sentence(
                "The merchant can cancel only for a limited time.", "Liike voi perua maksun vain rajatun ajan.",
                "Handlaren kan avbryta betalningen bara under en begränsad tid.")
        case "MOB-7":
            Sentence(
                "A user is a phone number or an e-mail address.", "Käyttäjä on puhelinnumero tai sähköpostiosoite.",
                "En användare är ett telefonnummer eller en e-postadress.")
        case "MOB-8":
            Sentence(
                "The employer must not have paused or ended the benefit.",
                "Työnantaja ei ole saanut keskeyttää tai päättää etua.",
                "Arbetsgivaren får inte ha pausat eller avslutat förmånen.")
        default: nil
        }
    }

    private var walletSentence: Sentence? {
        switch rawValue {
        case "WAL-1":
            Sentence(
                "A payment starts from the app, a phone number or a tag.",
                "Maksu alkaa sovelluksesta, puhelinnumerosta tai tunnisteesta.",
                "Ett köp börjar i appen, med ett telefonnummer eller en tagg.")
        case "WAL-2":
            Sentence(
                "Several purses together may pay one price.", "Useat kukkarot voivat yhdessä maksaa yhden hinnan.",
                "Flera börsar kan tillsammans betala ett pris.")
        case "WAL-3":
            Sentence(
                "Points pay at the partner's ratio and come back as points.",
                "Pisteet maksavat kumppanin kurssilla ja palautuvat pisteinä.",
                "Poäng betalar till partnerns kurs och återgår som poäng.")
        case "WAL-4":
            Sentence(
                "No more is spent than the balances shown.", "Enempää ei käytetä kuin saldot näyttävät.",
                "Mer än de visade saldona används inte.")
        case "WAL-5":
            Sentence(
                "Loads have a least amount and limits per day and year.", "Latauksella on vähimmäismäärä sekä päivä- ja vuosiraja.",
                "Laddningar har ett minsta belopp och gränser per dag och år.")
        case "WAL-6":
            Sentence(
                "A loss report stops every instrument of the person.", "Katoamisilmoitus sulkee henkilön kaikki maksuvälineet.",
                "En förlustanmälan spärrar personens alla betalmedel.")
        case "WAL-7":
            Sentence(
                "Paying own money out costs a fee and has a least amount.",
                "Oman rahan maksattamisesta menee palkkio, ja sillä on vähimmäismäärä.",
                "Utbetalning av egna pengar kostar en avgift och har ett minsta belopp.")
        case "WAL-9":
            Sentence(
                "The programme sets the order of the purses.", "Etuohjelma määrää kukkaroiden järjestyksen.",
                "Förmånen bestämmer börsarnas ordning.")
        default: nil
        }
    }

    private var voucherSentence: Sentence? {
        switch rawValue {
        case "SMA-1":
            Sentence(
                "The instrument must be of the system that is paid with.",
                "Maksuvälineen on kuuluttava siihen järjestelmään, jolla maksetaan.",
                "Betalmedlet måste höra till det system som det betalas med.")
        case "SMA-3":
            Sentence(
                "The employer must keep the person on its list.", "Henkilön on oltava työnantajan etulistalla.",
                "Personen måste finnas på arbetsgivarens lista.")
        case "SMA-4":
            Sentence(
                "Vouchers are used whole, once, and give no change.",
                "Setelit käytetään kokonaisina, kerran, eikä niistä anneta vaihtorahaa.",
                "Kuponger används hela, en gång, och ger ingen växel.")
        default: nil
        }
    }

    private var userSentence: Sentence? {
        switch rawValue {
        case "POS-1":
            Sentence("Sign in by e-mail address.", "Kirjaudu sähköpostiosoitteella.", "Logga in med e-postadress.")
        case "POS-2":
            Sentence(
                "A renewal that was ordered comes before all else.", "Määrätty salasanan vaihto on tehtävä ensin.",
                "Ett beordrat lösenordsbyte måste göras först.")
        case "POS-3":
            Sentence("The administrator grants rights.", "Pääkäyttäjä antaa oikeudet.", "Administratören ger rättigheter.")
        case "POS-4":
            Sentence("Each service needs its right.", "Jokainen palvelu vaatii oikeutensa.", "Varje tjänst kräver sin rättighet.")
        case "POS-5":
            Sentence(
                "Wrong passwords lock the account.", "Väärät salasanat lukitsevat tilin.", "Felaktiga lösenord låser kontot.")
        default: nil
        }
    }

    private var generalSentence: Sentence? {
        switch rawValue {
        case "ALL-1":
            Sentence("Every decision names its reason.", "Jokainen päätös kertoo syynsä.", "Varje beslut anger sitt skäl.")
        case "ALL-2":
            Sentence(
                "Nothing is approved before it is safely stored.", "Mitään ei hyväksytä ennen kuin se on tallessa.",
                "Inget godkänns innan det är säkert lagrat.")
        case "ALL-3":
            Sentence(
                "What the host has not counted yet is subtracted.", "Palvelun vielä laskematta jättämät ostokset vähennetään.",
                "Köp som värden ännu inte har räknat dras av.")
        case "ALL-4":
            Sentence(
                "Without connection amount, count, sum and age are limited.",
                "Ilman yhteyttä summa, määrä, yhteissumma ja tietojen ikä ovat rajatut.",
                "Utan anslutning är belopp, antal, summa och ålder begränsade.")
        case "ALL-7":
            Sentence(
                "The instrument and the limits must both agree.", "Sekä maksuvälineen että rajojen on sallittava maksu.",
                "Både betalmedlet och gränserna måste tillåta köpet.")
        case "ALL-8":
            Sentence(
                "One reference stands for one payment.", "Yksi viite tarkoittaa yhtä maksua.", "En referens står för ett köp.")
        case "ALL-9":
            Sentence(
                "The amount decides which verification is needed.", "Summa ratkaisee, mikä vahvistus tarvitaan.",
                "Beloppet avgör vilken verifiering som krävs.")
        case "ALL-10":
            Sentence(
                "No answer is no decline: the payment is reversed first.",
                "Vastauksen puute ei ole hylkäys: maksu perutaan ensin.",
                "Uteblivet svar är inget nekande: köpet återförs först.")
        case "ALL-11":
            Sentence(
                "The PIN of a scheme card is entered on certified devices only.",
                "Korttiyhtiön kortin tunnusluku annetaan vain hyväksytyllä laitteella.",
                "PIN-koden för ett kortnätverks kort anges bara på godkända enheter.")
        default: nil
        }
    }
}
