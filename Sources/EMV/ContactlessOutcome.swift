import SmartCard

/// How a contactless transaction ended (Book A §6). Where the card had already answered GET PROCESSING OPTIONS, its
/// evidence comes along as far as it could be read: the card's own counters have moved (ALL-7).
public enum ContactlessOutcome: Sendable, Equatable {
    /// The card approved offline and proved itself.
    case approved(CardEvidence)
    case onlineRequest(CardEvidence)
    case declined(CardEvidence?, DeclineReason)
    case tryAnotherInterface(CardEvidence?)
    /// Nothing was spent: the payer may present the card again.
    case tryAgain(TryAgainReason)
    case endApplication(EndApplicationReason, CardEvidence?)
    /// The card was lost after GET PROCESSING OPTIONS had been sent: it may have spent. Without evidence even the answer
    /// to that command is unknown.
    case torn(CardEvidence?)

    public var evidence: CardEvidence? {
        switch self {
        case .approved(let evidence), .onlineRequest(let evidence): evidence
        case .declined(let evidence, _), .tryAnotherInterface(let evidence), .endApplication(_, let evidence),
            .torn(let evidence): evidence
        case .tryAgain: nil
        }
    }
}

public enum DeclineReason: Sendable, Hashable {
    /// AAC.
    case cardDeclined
    /// Cryptogram information of no known type.
    case unknownCryptogramType
    /// The card is expired, or says nothing of its expiry.
    case expired
    /// On the exception file.
    case listed
    /// Usage control forbids cash or cashback here.
    case usageNotAllowed
    case authenticationFailed(AuthenticationFailure)
    /// The card or a rule wants the issuer's word and this reader is offline-only.
    case onlineNotPossible
    /// Verification is required and card and reader have no method in common.
    case verificationNotPossible
    /// The card's qualifiers are not those it signed (9F69).
    case qualifiersNotAuthenticated
}

public enum TryAgainReason: Sendable, Hashable {
    case communication(CardError)
    /// 6986: the payer is to look at the phone.
    case seePhone
}

/// The command an answer belongs to.
public enum CardCommand: Sendable, Hashable {
    case selectDirectory
    case selectApplication
    case getProcessingOptions
    case readRecord(file: UInt8, record: UInt8)
    case getData
    case internalAuthenticate
    case generateCryptogram
}

public enum EndApplicationReason: Error, Sendable, Hashable {
    /// Nothing in common between card and reader, or the card refused each.
    case noSupportedApplication
    /// The card's applications are for kernels, or of schemes, that this reader has not: these.
    case otherApplicationsOnly([OfferedApplication])
    case status(StatusWord, CardCommand)
    case malformed(CardCommand, DataFault)
    /// GET PROCESSING OPTIONS answered in format 1: magnetic stripe mode or legacy.
    case legacyFormat
    case missing(Tag)
    case repeated(Tag)
    /// The card returned an object that only the terminal has, such as 9F37: nothing it says may take the place of what
    /// the terminal sent.
    case terminalDataFromCard(Tag)
    /// 57 and 5A carry two numbers.
    case accountNumbersDiffer
}
