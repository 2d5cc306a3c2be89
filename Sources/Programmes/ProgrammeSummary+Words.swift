import HostProtocol

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
