/// What to do next, where the reason's own sentence does not say it (POS-1, POS-3, POS-5).
extension Sentence {
    static let numberNoLonger = Sentence(
        "A customer or case number no longer signs in; use the e-mail address of your account.",
        "Asiakas- tai tapausnumerolla ei enää kirjauduta; käytä tilisi sähköpostiosoitetta.",
        "Kund- eller ärendenummer gäller inte längre; använd kontots e-postadress.")
    static let waitFirst = Sentence(
        "Too many wrong tries; wait, then try again.", "Liian monta väärää yritystä; odota ja yritä uudelleen.",
        "För många felaktiga försök; vänta och försök igen.")
    static let codeNotGood = Sentence(
        "The link is not good any more; ask your administrator for a new one, as an administrator ask support.",
        "Linkki ei enää kelpaa; pyydä uusi pääkäyttäjältä, pääkäyttäjänä asiakastuesta.",
        "Länken gäller inte längre; be din administratör om en ny, som administratör supporten.")
    /// Who is locked out has not proved who it is: both are told.
    static let locked = Sentence(
        "The account is locked; ask your administrator, as an administrator ask support.",
        "Tili on lukittu; kysy pääkäyttäjältä, pääkäyttäjänä asiakastuesta.",
        "Kontot är låst; fråga din administratör, som administratör supporten.")
    static let deniedAskSupport = Sentence(
        "You do not have this right; ask support.", "Sinulla ei ole tätä oikeutta; kysy asiakastuesta.",
        "Du har inte denna rättighet; fråga supporten.")
}
