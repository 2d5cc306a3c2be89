/// What would help after a refusal, as a stable word and a sentence for the cashier.
public enum Remedy: String, Sendable, Codable, CaseIterable {
    /// Nothing needs help, or nothing does.
    case none
    case connect
    /// The host must acknowledge what waits, renew the allowance, or set the clock.
    case hostMustReset
    case lowerAmount, raiseAmount, otherInstrument, otherGoods, presentAgain, insertCard
    case verifyPayer, checkIdentity, useApp, payAgainInApp
    /// The till sent what does not fit together.
    case correctRequest
    case askAgain, waitForTomorrow
    case loadMoney
    /// What the host declined later is paid first, or the host decides.
    case payOpenAmount
    case contactIssuer, contactEmployer, askAdministrator, changePassword
    case callTechnician, callSupport

    public var sentence: Sentence {
        switch self {
        case .none: Sentence("Nothing to do.", "Ei vaadi toimia.", "Inget behöver göras.")
        case .connect:
            Sentence("Connect the terminal to the host.", "Yhdistä pääte palveluun.", "Anslut terminalen till värden.")
        case .hostMustReset:
            Sentence(
                "Connect: the host must reset the terminal's or the card's counts.",
                "Yhdistä: palvelun on nollattava päätteen tai kortin laskurit.",
                "Anslut: värden måste nollställa terminalens eller kortets räknare.")
        case .lowerAmount:
            Sentence(
                "Pay a smaller amount, or the rest by other means.", "Maksa pienempi summa tai loput muulla tavalla.",
                "Betala ett lägre belopp, eller resten på annat sätt.")
        case .raiseAmount:
            Sentence("Only a larger amount can be taken.", "Vain suurempi summa käy.", "Bara ett högre belopp går.")
        case .otherInstrument:
            Sentence("Pay with another card or by other means.", "Maksa muulla tavalla.", "Betala på annat sätt.")
        case .otherGoods:
            Sentence("Pay these goods by other means.", "Maksa nämä tuotteet muulla tavalla.", "Betala dessa varor på annat sätt.")
        case .presentAgain: Sentence("Present the card again.", "Näytä kortti uudelleen.", "Visa kortet igen.")
        case .insertCard: Sentence("Insert the card.", "Syötä kortti lukijaan.", "Sätt in kortet.")
        case .verifyPayer:
            Sentence(
                "Let the payer verify: PIN or phone.", "Pyydä maksajaa vahvistamaan: tunnusluku tai puhelin.",
                "Låt betalaren verifiera: PIN-kod eller telefon.")
        case .checkIdentity:
            Sentence("Ask for an identity document.", "Pyydä henkilötodistus.", "Be om en identitetshandling.")
        case .useApp: Sentence("Pay with the phone app.", "Maksa puhelinsovelluksella.", "Betala med appen.")
        case .payAgainInApp: Sentence("Pay anew in the app.", "Maksa uudelleen sovelluksessa.", "Betala på nytt i appen.")
        case .correctRequest:
            Sentence(
                "Check the amount, the goods and the payment that is meant.",
                "Tarkista summa, tuotteet ja tarkoitettu maksu.", "Kontrollera beloppet, varorna och vilket köp som avses.")
        case .askAgain:
            Sentence(
                "Ask for this payment again with the same reference.", "Kysy maksua uudelleen samalla viitteellä.",
                "Fråga efter köpet igen med samma referens.")
        case .waitForTomorrow:
            Sentence("Try tomorrow, or pay by other means.", "Yritä huomenna tai maksa muulla tavalla.", "Försök i morgon eller betala på annat sätt.")
        case .loadMoney:
            Sentence("Load money, or pay by other means.", "Lataa rahaa tai maksa muulla tavalla.", "Ladda pengar eller betala på annat sätt.")
        case .payOpenAmount:
            Sentence(
                "Pay the open amount first, or pay with a connection.", "Maksa ensin avoin summa tai maksa yhteyden aikana.",
                "Betala först det obetalda, eller betala med anslutning.")
        case .contactIssuer:
            Sentence("The payer contacts the issuer.", "Maksaja ottaa yhteyden kortin myöntäjään.", "Betalaren kontaktar utgivaren.")
        case .contactEmployer:
            Sentence("The payer contacts the employer.", "Maksaja ottaa yhteyden työnantajaansa.", "Betalaren kontaktar sin arbetsgivare.")
        case .askAdministrator:
            Sentence("Ask the administrator.", "Kysy pääkäyttäjältä.", "Fråga administratören.")
        case .changePassword:
            Sentence(
                "Change the password with the link that was sent.", "Vaihda salasana lähetetystä linkistä.",
                "Byt lösenord med länken som skickats.")
        case .callTechnician: Sentence("Call the technician.", "Kutsu huolto.", "Ring teknikern.")
        case .callSupport: Sentence("Call support.", "Soita tukeen.", "Ring supporten.")
        }
    }
}

extension Reason {
    /// What would help; ``Remedy/none`` for what is no refusal.
    public var remedy: Remedy {
        switch self {
        case .approvedOnline, .approvedOffline, .approvedDeferred, .released, .voided, .refunded: .none
        // The account
        case .insufficientFunds: .loadMoney
        case .unpaidEarlier: .payOpenAmount
        case .perTransactionLimit, .offlineAmountLimit, .holdExceeded, .refundExceedsPurchase, .balanceCapExceeded:
            .lowerAmount
        case .belowMinimum, .loadBelowMinimum, .redemptionBelowMinimum: .raiseAmount
        case .dailyCountExceeded, .dailyAmountExceeded, .loadDayExceeded: .waitForTomorrow
        case .loadYearExceeded: .otherInstrument
        case .expired, .blocked, .lostOrStolen, .suspended, .notActivated, .pinDisabled: .contactIssuer
        case .benefitPaused, .benefitEnded: .contactEmployer
        case .programmeNotInForce, .merchantNotEnrolled, .merchantCategoryNotAllowed, .cashNotAllowed, .currencyNotAccepted,
            .instrumentNotAccepted, .holdNotAllowed, .declinedByCard, .cardNotAuthentic, .applicationNotSupported,
            .declinedByHost:
            .otherInstrument
        // The purchase
        case .goodsNotAllowed: .otherGoods
        case .basketMismatch, .amountNotPositive, .refundNeedsWholeVouchers, .unknownPurchase, .purchaseChanged, .holdClosed,
            .refundOtherMerchant, .referenceReused, .collectionNotDue:
            .correctRequest
        case .refundNotAllowed: .callSupport
        case .useAppInstead: .useApp
        case .verificationRequired, .pinWrong: .verifyPayer
        // Offline
        case .onlineRequired, .unknownInstrument, .exchangeRateUnknown, .selectedForOnline, .limitsTooOld, .queueFull,
            .queueTooOld, .limitsUntrusted:
            .connect
        case .offlineCountExceeded, .offlineAllowanceExceeded, .terminalExposureExceeded, .timeUntrusted: .hostMustReset
        // The card
        case .cardDataInvalid, .cardRemoved, .timedOut, .cancelled, .interrupted, .hostOutcomeUnknown: .presentAgain
        case .tryAnotherInterface: .insertCard
        // Receipts
        case .receiptExpired, .receiptNotYetValid, .receiptAlreadyUsed, .receiptOtherMerchant, .receiptOtherAmount:
            .payAgainInApp
        case .identityCheckRequired: .checkIdentity
        case .stalePresentation: .useApp
        case .cancellationWindowClosed: .callSupport
        // Signing in
        case .useEmailAddress, .signInFailed: .correctRequest
        case .signInLocked, .permissionDenied: .askAdministrator
        case .passwordChangeRequired: .changePassword
        // The terminal
        case .storeOutcomeUnknown: .askAgain
        case .storeUnavailable, .readerUnavailable: .callTechnician
        }
    }
}
