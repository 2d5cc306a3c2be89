/// The rules of prepaid cards.
extension RuleID {
    var cardSentence: Sentence? {
        switch rawValue {
        case "CARD-1":
            Sentence(
                "The balance must cover the payment.", "Saldon on riitettävä maksuun.", "Saldot måste räcka till köpet.")
        case "CARD-2":
            Sentence(
                "The balance must not pass its cap.", "Saldo ei saa ylittää enimmäismäärää.",
                "Saldot får inte gå över sitt tak.")
        case "CARD-3":
            Sentence(
                "Number and sum of one day's purchases are limited.", "Päivän ostosten määrä ja summa ovat rajatut.",
                "Antalet köp och deras summa per dag är begränsade.")
        case "CARD-4":
            Sentence(
                "The amount must be within the limits of one purchase.", "Summan on oltava kertaoston rajoissa.",
                "Beloppet måste vara inom gränserna för ett köp.")
        case "CARD-5":
            Sentence(
                "Too many wrong PINs in a row disable the PIN.", "Liian monta väärää tunnuslukua peräkkäin lukitsee sen.",
                "För många felaktiga PIN-koder i rad spärrar koden.")
        case "CARD-6":
            Sentence(
                "The card is valid through its expiry month.", "Kortti on voimassa viimeisen voimassaolokuukautensa loppuun.",
                "Kortet gäller till slutet av sin sista giltighetsmånad.")
        case "CARD-7":
            Sentence(
                "The user must have activated the card.", "Käyttäjän on ensin aktivoitava kortti.",
                "Användaren måste ha aktiverat kortet.")
        case "CARD-8":
            Sentence(
                "Blocked, lost and suspended instruments do not pay.",
                "Suljettu, kadonnut tai keskeytetty maksuväline ei käy.",
                "Spärrade, förlorade och avstängda betalmedel gäller inte.")
        case "CARD-9":
            Sentence(
                "Only goods and shops of the benefit are paid.", "Vain etuun kuuluvat tuotteet ja liikkeet maksetaan.",
                "Bara varor och butiker som hör till förmånen betalas.")
        case "CARD-10":
            Sentence(
                "Cash needs a programme that allows it.", "Käteistä saa vain, jos etu sallii sen.",
                "Kontanter kräver en förmån som tillåter det.")
        case "CARD-11":
            Sentence(
                "A short balance may pay a part where the till takes that.",
                "Vajaa saldo voi maksaa osan, jos kassa hyväksyy osamaksun.",
                "Ett för lågt saldo kan betala en del om kassan tillåter det.")
        case "CARD-12":
            Sentence(
                "A hold is completed at most once and never above its amount.",
                "Varauksen voi veloittaa vain kerran eikä yli varatun summan.",
                "En reservation slutförs bara en gång och aldrig över sitt belopp.")
        case "CARD-13":
            Sentence(
                "Refunds belong to a purchase of this merchant and stay within it.",
                "Hyvitys kuuluu tämän liikkeen ostokseen eikä ylitä sitä.",
                "En återbetalning hör till ett köp hos samma handlare och håller sig inom det.")
        case "CARD-14":
            Sentence(
                "Only the merchant can take a payment back, and only whole.", "Vain liike voi perua maksun, ja vain kokonaan.",
                "Bara handlaren kan återta ett köp, och bara helt.")
        case "CARD-15":
            Sentence(
                "After the cut-off the next business day counts.", "Määräajan jälkeen arvopäivä on seuraava pankkipäivä.",
                "Efter bryttiden räknas nästa bankdag.")
        case "CARD-16":
            Sentence(
                "Other currencies need a rate; limits apply to the converted total.",
                "Muu valuutta vaatii kurssin; rajat koskevat muunnettua summaa.",
                "Andra valutor kräver en kurs; gränserna gäller det omräknade beloppet.")
        case "CARD-17":
            Sentence(
                "How the payer consented is recorded.", "Maksajan hyväksymistapa kirjataan.",
                "Hur betalaren samtyckte registreras.")
        case "CARD-18":
            Sentence(
                "A virtual card is never asked for a PIN.", "Virtuaalikortilta ei koskaan kysytä tunnuslukua.",
                "Ett virtuellt kort frågas aldrig efter PIN-kod.")
        case "CARD-19":
            Sentence(
                "The balance must cover the fees too.", "Saldon on riitettävä myös palkkioihin.",
                "Saldot måste räcka även till avgifterna.")
        case "CARD-20":
            Sentence(
                "Refunds go back where the money came from.", "Hyvitys palaa sinne, mistä raha tuli.",
                "En återbetalning går dit pengarna kom ifrån.")
        case "CARD-21":
            Sentence(
                "Without connection only accounts with an allowance pay.",
                "Ilman yhteyttä maksaa vain tili, jolle on annettu siihen raja.",
                "Utan anslutning betalar bara konton som har fått utrymme för det.")
        case "CARD-22":
            Sentence(
                "The merchant must be enrolled with the programme.", "Liikkeen on oltava etuohjelmassa mukana.",
                "Handlaren måste vara ansluten till förmånen.")
        default: nil
        }
    }
}
