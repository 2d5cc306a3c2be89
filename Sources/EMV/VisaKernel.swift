import Core
import SmartCard

/// Kernel 3, qVSDC: everything the reader decides once the card has been read (Book C-3 §5.4 to §5.8).
struct VisaKernel: Sendable {
    let parameters: TransactionParameters
    /// As sent to the card.
    var qualifiers: TerminalTransactionQualifiers
    let applicationIdentifier: [UInt8]
    let caKeys: CAPublicKeyStore
    /// The exception file.
    let isListed: @Sendable (PrimaryAccountNumber, UInt8?) -> Bool

    func outcome(_ card: CardData, staticData: [UInt8]) -> ContactlessOutcome {
        let facts: VisaCardFacts
        do {
            facts = try VisaCardFacts(card)
        } catch {
            return .endApplication(error, nil)
        }
        func evidence(
            _ verification: VerificationMethod = .notPerformed, _ authentication: AuthenticationResult = .notPerformed
        ) -> CardEvidence? {
            self.evidence(card, facts, verification, authentication)
        }

        // 5.4.3.2
        var online: Bool
        switch facts.cryptogramType {
        case nil: return .declined(nil, .unknownCryptogramType)
        case .aac: return .declined(evidence(), .cardDeclined)
        case .arqc: online = true
        case .tc: online = qualifiers.contains(.onlineCryptogramRequired)
        }

        // 5.5.1
        if !online {
            switch restriction(card, facts) {
            case .none: break
            case .goOnline: online = true
            case .anotherInterface: return .tryAnotherInterface(evidence())
            case .decline(let reason): return .declined(evidence(), reason)
            }
        }

        // 5.6
        var authentication = AuthenticationResult.notPerformed
        if !online || authenticatesForOnline(card, facts) { authentication = authenticate(card, staticData) }
        if !online, case .failed(let failure) = authentication {
            let wishes = facts.qualifiers ?? []
            if wishes.contains(.onlineIfAuthenticationFails), !qualifiers.contains(.offlineOnly) {
                online = true
            } else if wishes.contains(.switchInterfaceIfAuthenticationFails), qualifiers.contains(.contactChip) {
                return .tryAnotherInterface(evidence(.notPerformed, authentication))
            } else {
                return .declined(evidence(.notPerformed, authentication), .authenticationFailed(failure))
            }
        }

        // 5.7
        let verification: VerificationMethod
        switch verify(card, facts) {
        case .success(let method): verification = method
        case .failure(let refusal): return .declined(evidence(.notPerformed, authentication), refusal.reason)
        }
        if verification == .onlinePIN { online = true }

        // 5.8
        guard let found = evidence(verification, authentication) else {
            return .declined(nil, .unknownCryptogramType)
        }
        guard online else { return .approved(found) }
        return qualifiers.contains(.offlineOnly) ? .declined(found, .onlineNotPossible) : .onlineRequest(found)
    }

    /// What can be said of a card that was not read to its end; nil when the mandatory data is not all there.
    func partialEvidence(_ card: CardData) -> CardEvidence? {
        guard let facts = try? VisaCardFacts(card) else { return nil }
        return evidence(card, facts, .notPerformed, .notPerformed)
    }

    // MARK: 5.5 processing restrictions

    private enum Restriction {
        case none
        case goOnline
        case anotherInterface
        case decline(DeclineReason)
    }

    private func restriction(_ card: CardData, _ facts: VisaCardFacts) -> Restriction {
        let wishes = facts.qualifiers ?? []
        var online = false
        if facts.expiry.map(isPast) ?? true {
            guard wishes.contains(.onlineIfExpired), !qualifiers.contains(.offlineOnly) else { return .decline(.expired) }
            online = true
        }
        if isListed(facts.pan, facts.panSequenceNumber) { return .decline(.listed) }
        if let refusal = usageRestriction(card, wishes) { return refusal }
        return online ? .goOnline : .none
    }

    /// CARD-6: by the day in 5F24, or through the last instant of its month where the programme counts months.
    private func isPast(_ expiry: CivilDate) -> Bool {
        let today = parameters.validityDate
        return parameters.expiryIsMonth
            ? (expiry.year, expiry.month) < (today.year, today.month) : expiry < today
    }

    /// Cash and cashback against usage control 9F07, domestic or international by 5F28; without both nothing is checked.
    private func usageRestriction(_ card: CardData, _ wishes: CardTransactionQualifiers) -> Restriction? {
        let isCash = parameters.type == 0x01
        let isCashback = parameters.type == 0x09
        guard isCash || isCashback, let control = card[EMVTag.applicationUsageControl], control.count == 2,
            let country = card[EMVTag.issuerCountryCode], country.count == 2
        else { return nil }
        let isDomestic = country == parameters.encodedCountryCode
        // Cash in byte 1, cashback in byte 2; b8 domestic, b7 international, in both.
        let byte = isCash ? control.first ?? 0 : control.last ?? 0
        let allowed = byte & (isDomestic ? 0x80 : 0x40) != 0
        if allowed { return nil }
        let mayInsert = wishes.contains(isCash ? .switchInterfaceForCash : .switchInterfaceForCashback)
        return mayInsert && qualifiers.contains(.contactChip) ? .anotherInterface : .decline(.usageNotAllowed)
    }

    // MARK: 5.6 offline data authentication

    /// For an online request: when the reader asks for it and the card signed (ALL-7 builds on it).
    private func authenticatesForOnline(_ card: CardData, _ facts: VisaCardFacts) -> Bool {
        facts.cryptogramType == .arqc && qualifiers.contains(.dataAuthenticationForOnline)
            && facts.supportsDynamicAuthentication && card[EMVTag.signedDynamicApplicationData] != nil
    }

    private func authenticate(_ card: CardData, _ staticData: [UInt8]) -> AuthenticationResult {
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

    private struct Refusal: Error {
        let reason: DeclineReason
    }

    private func verify(_ card: CardData, _ facts: VisaCardFacts) -> Result<VerificationMethod, Refusal> {
        let isRequired = qualifiers.contains(.verificationRequired)
        guard let wishes = facts.qualifiers else {
            if !isRequired { return .success(.none) }
            if qualifiers.contains(.signature) { return .success(.signature) }
            if qualifiers.isSuperset(of: [.onlinePIN, .deviceVerification]) { return .success(.onlinePIN) }
            return .failure(Refusal(reason: .verificationNotPossible))
        }
        if wishes.contains(.onlinePINRequired), qualifiers.contains(.onlinePIN) { return .success(.onlinePIN) }
        if wishes.contains(.deviceVerificationPerformed) {
            guard let related = card[EMVTag.cardAuthenticationRelatedData] else {
                // Only the issuer, who sees the cryptogram, can then tell whether the claim is the card's own.
                return facts.cryptogramType == .arqc
                    ? .success(.device) : .failure(Refusal(reason: .qualifiersNotAuthenticated))
            }
            return related.dropFirst(5).prefix(2).elementsEqual(wishes.bytes)
                ? .success(.device) : .failure(Refusal(reason: .qualifiersNotAuthenticated))
        }
        if wishes.contains(.signatureRequired), qualifiers.contains(.signature) { return .success(.signature) }
        return isRequired ? .failure(Refusal(reason: .verificationNotPossible)) : .success(.none)
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
