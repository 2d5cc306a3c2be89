import Core
import SmartCard

/// Kernel 3, qVSDC: what ``QVSDCRules`` decide on, taken from the card once it has been read, and the data of the outcome
/// (Book C-3 §5.4 to §5.8).
struct VisaKernel: Sendable {
    let parameters: TransactionParameters
    /// As sent to the card.
    var qualifiers: TerminalTransactionQualifiers
    let applicationIdentifier: [UInt8]
    let caKeys: CAPublicKeyStore
    /// The exception file.
    let isListed: @Sendable (PrimaryAccountNumber, UInt8?) -> Bool

    func outcome(_ card: CardData, staticData: StaticData) -> ContactlessOutcome {
        let facts: VisaCardFacts
        do {
            facts = try VisaCardFacts(card, currency: parameters.amount.currency)
        } catch {
            return .endApplication(error, nil)
        }
        let rules = QVSDCRules(
            reader: qualifiers, card: facts.qualifiers, cryptogram: facts.cryptogramType,
            isInDate: facts.expiry.map { !isPast($0) } ?? false, usage: usage(card), signedCopy: signedCopy(card, facts),
            hasSigned: facts.supportsDynamicAuthentication && card[EMVTag.signedDynamicApplicationData] != nil)
        let ruling = rules.rule(
            isListed: { isListed(facts.pan, facts.panSequenceNumber) }, authenticate: { authenticate(card, staticData) })
        let evidence = evidence(card, facts, ruling.verification, ruling.authentication)
        switch ruling.verdict {
        case .declined(let reason): return .declined(evidence, reason)
        case .anotherInterface: return .tryAnotherInterface(evidence)
        case .approved, .online:
            // A cryptogram of no known type leaves no evidence, and is declined above.
            guard let evidence else { return .declined(nil, .unknownCryptogramType) }
            return ruling.verdict == .approved ? .approved(evidence) : .onlineRequest(evidence)
        }
    }

    /// What can be said of a card that was not read to its end; nil when the mandatory data is not all there.
    func partialEvidence(_ card: CardData) -> CardEvidence? {
        guard let facts = try? VisaCardFacts(card, currency: parameters.amount.currency) else { return nil }
        return evidence(card, facts, .notPerformed, .notPerformed)
    }

    // MARK: 5.5 processing restrictions

    /// CARD-6: by the day in 5F24, or through the last instant of its month where the programme counts months.
    private func isPast(_ expiry: CivilDate) -> Bool {
        let today = parameters.validityDate
        return parameters.expiryIsMonth
            ? (expiry.year, expiry.month) < (today.year, today.month) : expiry < today
    }

    /// Cash and cashback against usage control 9F07, domestic or international by 5F28; without both nothing is checked.
    private func usage(_ card: CardData) -> QVSDCRules.Usage {
        let isCash = parameters.type == 0x01
        let isCashback = parameters.type == 0x09
        guard isCash || isCashback, let control = card[EMVTag.applicationUsageControl], control.count == 2,
            let country = card[EMVTag.issuerCountryCode], country.count == 2
        else { return .allowed }
        let isDomestic = country == parameters.encodedCountryCode
        // Cash in byte 1, cashback in byte 2; b8 domestic, b7 international, in both.
        let byte = isCash ? control.first ?? 0 : control.last ?? 0
        if byte & (isDomestic ? 0x80 : 0x40) != 0 { return .allowed }
        return isCash ? .cashForbidden : .cashbackForbidden
    }

    // MARK: 5.6 offline data authentication

    private func authenticate(_ card: CardData, _ staticData: StaticData) -> AuthenticationResult {
        let authentication = OfflineDataAuthentication(
            caKeys: caKeys, applicationIdentifier: applicationIdentifier, date: parameters.validityDate,
            unpredictableNumber: parameters.unpredictableNumber, amount: parameters.encodedAmount,
            currencyCode: parameters.encodedCurrencyCode)
        do {
            _ = try authentication.verify(card, staticData: staticData)
            return .passed
        } catch {
            return .failed(error)
        }
    }

    // MARK: 5.7 cardholder verification

    /// Bytes 6 and 7 of 9F69 against the qualifiers.
    private func signedCopy(_ card: CardData, _ facts: VisaCardFacts) -> QVSDCRules.SignedCopy {
        guard let related = card[EMVTag.cardAuthenticationRelatedData] else { return .absent }
        let copy = related.dropFirst(5).prefix(2)
        return facts.qualifiers.map { copy.elementsEqual($0.bytes) } ?? false ? .equal : .different
    }

    // MARK: 5.8 outcome data

    private func evidence(
        _ card: CardData, _ facts: VisaCardFacts, _ verification: VerificationMethod,
        _ authentication: AuthenticationResult
    ) -> CardEvidence? {
        guard let type = facts.cryptogramType else { return nil }
        return CardEvidence(
            aid: applicationIdentifier, pan: facts.pan, panSequenceNumber: facts.panSequenceNumber,
            expiry: facts.expiry ?? facts.track2.expiry, atc: facts.atc, cryptogram: facts.cryptogram,
            cryptogramType: type, availableOfflineSpending: facts.availableOfflineSpending,
            verification: verification, authentication: authentication, dataRecord: dataRecord(card))
    }

    /// Card and terminal objects in the order of the book's list; what neither side has is left out.
    private func dataRecord(_ card: CardData) -> [TLV] {
        Self.recordTags.compactMap { tag in
            if tag == EMVTag.formFactorIndicator {
                return card[tag].map { TLV(tag, Self.maskedFormFactor($0)) }
            }
            if tag == EMVTag.amountOther, parameters.otherAmount == nil { return nil }
            // The terminal's own comes first; CardData refuses such tags from a card besides.
            let value = parameters.value(of: tag, qualifiers: qualifiers) ?? card[tag]
            return value.map { TLV(tag, $0) }
        }
    }

    /// The high nibble of byte 4 says how the device spoke to this reader and is not for the host.
    private static func maskedFormFactor(_ bytes: [UInt8]) -> [UInt8] {
        bytes.enumerated().map { $0.offset == 3 ? $0.element & 0x0F : $0.element }
    }

    private static let recordTags: [Tag] = [
        EMVTag.amountAuthorised, EMVTag.amountOther, EMVTag.applicationCryptogram, EMVTag.applicationInterchangeProfile,
        EMVTag.applicationTransactionCounter, EMVTag.panSequenceNumber, EMVTag.customerExclusiveData,
        EMVTag.issuerApplicationData, EMVTag.posEntryMode, EMVTag.terminalCountryCode, EMVTag.terminalCapabilities,
        EMVTag.track2EquivalentData, EMVTag.transactionCurrencyCode, EMVTag.transactionDate, EMVTag.transactionType,
        EMVTag.unpredictableNumber, EMVTag.terminalVerificationResults, EMVTag.formFactorIndicator,
    ]
}
