extension Reason {
    public var sentence: Sentence {
        switch self {
        case .approvedOnline: Sentence("Approved.", "Hyväksytty.", "Godkänt.")
        case .approvedOffline:
            Sentence("Approved without connection.", "Hyväksytty ilman yhteyttä.", "Godkänt utan anslutning.")
        case .approvedDeferred:
            Sentence(
                "Approved without connection; the host may still decline.",
                "Hyväksytty ilman yhteyttä; palvelu voi vielä hylätä.", "Godkänt utan anslutning; värden kan ännu neka.")
        case .released: Sentence("The hold is released.", "Varaus on vapautettu.", "Reservationen är släppt.")
        case .voided: Sentence("The payment is taken back.", "Maksu on peruttu.", "Köpet är återtaget.")
        case .refunded: Sentence("Refunded.", "Hyvitetty.", "Återbetalt.")
        case .belowMinimum:
            Sentence("The amount is below the least one.", "Summa alittaa pienimmän sallitun.", "Beloppet är under det minsta.")
        case .dailyAmountExceeded:
            Sentence(
                "The amount is above what is left for today.", "Summa ylittää päivän jäljellä olevan rajan.",
                "Beloppet är över det som återstår för i dag.")
        case .notActivated:
            Sentence("The card is not activated yet.", "Korttia ei ole vielä aktivoitu.", "Kortet är inte aktiverat än.")
        case .benefitPaused:
            Sentence(
                "The benefit is paused; contact your employer.", "Etu on keskeytetty; ota yhteys työnantajaasi.",
                "Förmånen är pausad; kontakta din arbetsgivare.")
        case .benefitEnded:
            Sentence(
                "The benefit has ended; contact your employer.", "Etu on päättynyt; ota yhteys työnantajaasi.",
                "Förmånen har upphört; kontakta din arbetsgivare.")
        case .balanceCapExceeded:
            Sentence(
                "The balance would pass its cap.", "Saldo ylittäisi enimmäismäärän.", "Saldot skulle gå över sitt tak.")
        case .programmeNotInForce:
            Sentence("The benefit is not in force today.", "Etu ei ole voimassa tänään.", "Förmånen gäller inte i dag.")
        case .merchantCategoryNotAllowed:
            Sentence(
                "The benefit can't be used in this kind of shop.", "Etu ei käy tämän tyyppisessä liikkeessä.",
                "Förmånen gäller inte i den här typen av butik.")
        case .goodsNotAllowed:
            Sentence(
                "The benefit does not pay for any of these goods.", "Etu ei käy näihin ostoksiin.",
                "Förmånen betalar ingen av dessa varor.")
        case .basketMismatch:
            Sentence(
                "The goods do not add up to the amount.", "Ostosrivit eivät täsmää summaan.",
                "Varorna stämmer inte med beloppet.")
        case .cashNotAllowed: Sentence("No cash from this card.", "Kortilla ei voi nostaa käteistä.", "Inga kontanter på kortet.")
        case .exchangeRateUnknown:
            Sentence(
                "There is no rate for this currency; connect first.", "Valuutalle ei ole kurssia; yhdistä ensin.",
                "Det finns ingen kurs för valutan; anslut först.")
        case .useAppInstead:
            Sentence(
                "This user pays with the phone app.", "Tämä käyttäjä maksaa puhelinsovelluksella.",
                "Den här användaren betalar med appen.")
        case .holdNotAllowed:
            Sentence("The card can't reserve amounts.", "Kortilla ei voi tehdä varausta.", "Kortet kan inte reservera belopp.")
        case .holdExceeded:
            Sentence("The amount is above the reserved one.", "Summa ylittää varauksen.", "Beloppet är över det reserverade.")
        case .holdClosed:
            Sentence("The reservation has ended.", "Varaus on päättynyt.", "Reservationen har upphört.")
        case .refundNotAllowed:
            Sentence("This payment can't be refunded.", "Tätä maksua ei voi hyvittää.", "Köpet kan inte återbetalas.")
        case .refundExceedsPurchase:
            Sentence(
                "The refund is above what is left of the purchase.", "Hyvitys ylittää ostoksesta jäljellä olevan summan.",
                "Återbetalningen är över det som återstår av köpet.")
        case .refundOtherMerchant:
            Sentence(
                "The purchase was made at another merchant.", "Ostos on tehty toisessa liikkeessä.",
                "Köpet gjordes hos en annan handlare.")
        case .refundNeedsWholeVouchers:
            Sentence(
                "Vouchers can only be given back whole.", "Setelit voi hyvittää vain kokonaisina.",
                "Kuponger kan bara återlämnas hela.")
        case .unknownPurchase:
            Sentence("The purchase is not known here.", "Ostosta ei tunneta täällä.", "Köpet är inte känt här.")
        case .purchaseChanged:
            Sentence(
                "The purchase has been refunded or taken back already.", "Ostos on jo hyvitetty tai peruttu.",
                "Köpet är redan återbetalt eller återtaget.")
        case .selectedForOnline:
            Sentence(
                "This payment was chosen to be checked by the host.", "Tämä maksu valittiin palvelun tarkistettavaksi.",
                "Köpet valdes ut för kontroll hos värden.")
        case .receiptExpired:
            Sentence(
                "The receipt is too old; pay again in the app.", "Kuitti on liian vanha; maksa sovelluksessa uudelleen.",
                "Kvittot är för gammalt; betala på nytt i appen.")
        case .receiptNotYetValid:
            Sentence("The receipt is dated ahead.", "Kuitin aika on tulevaisuudessa.", "Kvittot är daterat framåt.")
        case .receiptAlreadyUsed:
            Sentence("The receipt has been used already.", "Kuitti on jo käytetty.", "Kvittot är redan använt.")
        case .receiptOtherMerchant:
            Sentence("The receipt names another merchant.", "Kuitti on toiselle liikkeelle.", "Kvittot gäller en annan handlare.")
        case .receiptOtherAmount:
            Sentence("The receipt names another amount.", "Kuitissa on toinen summa.", "Kvittot gäller ett annat belopp.")
        case .identityCheckRequired:
            Sentence(
                "Compare the name with an identity document.", "Tarkista nimi henkilötodistuksesta.",
                "Jämför namnet med en identitetshandling.")
        case .stalePresentation:
            Sentence(
                "Show the receipt in the app, not a picture of it.", "Näytä kuitti sovelluksesta, ei kuvaa siitä.",
                "Visa kvittot i appen, inte en bild av det.")
        case .cancellationWindowClosed:
            Sentence(
                "Too late to cancel; a support case is opened.", "Peruutusaika on ohi; tukipyyntö on avattu.",
                "För sent att avbryta; ett supportärende är öppnat.")
        case .pinDisabled: Sentence("The PIN is disabled.", "Tunnusluku on lukittu.", "PIN-koden är spärrad.")
        case .pinWrong: Sentence("The PIN is wrong.", "Väärä tunnusluku.", "Fel PIN-kod.")
        case .loadBelowMinimum:
            Sentence("The load is below the least one.", "Lataus alittaa pienimmän sallitun.", "Laddningen är under den minsta.")
        case .loadDayExceeded:
            Sentence("The loads of this day pass their limit.", "Päivän latausraja ylittyy.", "Dagens laddningsgräns överskrids.")
        case .loadYearExceeded:
            Sentence("The loads of this year pass their limit.", "Vuoden latausraja ylittyy.", "Årets laddningsgräns överskrids.")
        case .redemptionBelowMinimum:
            Sentence("Too little to pay out.", "Summa on liian pieni maksettavaksi.", "Beloppet är för litet att betala ut.")
        case .useEmailAddress:
            Sentence(
                "Sign in with your e-mail address.", "Kirjaudu sähköpostiosoitteella.", "Logga in med din e-postadress.")
        case .signInFailed:
            Sentence("Wrong e-mail address or password.", "Väärä sähköpostiosoite tai salasana.", "Fel e-postadress eller lösenord.")
        case .signInLocked:
            Sentence(
                "The account is locked; ask your administrator.", "Tili on lukittu; kysy pääkäyttäjältä.",
                "Kontot är låst; fråga din administratör.")
        case .passwordChangeRequired:
            Sentence(
                "Change the password first, with the link you were sent.", "Vaihda ensin salasana saamastasi linkistä.",
                "Byt först lösenord med länken du har fått.")
        case .permissionDenied:
            Sentence(
                "You do not have this right; ask your administrator.", "Sinulla ei ole tätä oikeutta; kysy pääkäyttäjältä.",
                "Du har inte denna rättighet; fråga din administratör.")
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
        case .unpaidEarlier:
            Sentence(
                "An earlier payment with this card was declined later and is still open.",
                "Aiempi maksu tällä kortilla hylättiin jälkikäteen ja on yhä avoinna.",
                "Ett tidigare köp med kortet nekades i efterhand och är ännu obetalt.")
        case .collectionNotDue:
            Sentence(
                "Nothing is open of this payment with this card.", "Tästä maksusta ei ole mitään avoinna tällä kortilla.",
                "Inget är obetalt av det köpet med det här kortet.")
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
        case .queueFull:
            Sentence(
                "Too many payments wait to be forwarded; connect first.",
                "Liian monta maksua odottaa lähettämistä; yhdistä ensin.",
                "För många köp väntar på att skickas; anslut först.")
        case .queueTooOld:
            Sentence(
                "Payments have waited too long to be forwarded; connect first.",
                "Maksut ovat odottaneet lähettämistä liian kauan; yhdistä ensin.",
                "Köp har väntat för länge på att skickas; anslut först.")
        case .limitsTooOld:
            Sentence(
                "The terminal's limits are too old; connect first.", "Päätteen rajatiedot ovat vanhentuneet; yhdistä ensin.",
                "Terminalens gränser är för gamla; anslut först.")
        case .limitsUntrusted:
            Sentence(
                "The terminal was restored and needs new limits; connect first.",
                "Pääte on palautettu ja tarvitsee uudet rajatiedot; yhdistä ensin.",
                "Terminalen är återställd och behöver nya gränser; anslut först.")
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
