import Core
import SmartCard

/// From the card's first answer to the outcome: signature, issuer, scripts, second GENERATE AC (EMV Book 3 §10.8 to
/// §10.11).
extension ContactTransaction {
    /// Reads an answer and, where a signature was asked for, checks it.
    private mutating func take(
        _ response: ResponseAPDU, isCombined: Bool, secondValues: [UInt8]
    ) throws(EndApplicationReason) -> (type: CryptogramType, failure: AuthenticationFailure?) {
        guard response.status == .success else { throw .status(response.status, .generateCryptogram) }
        let found = try CryptogramAnswer(response.data)
        guard let type = found.type else {
            throw .malformed(.generateCryptogram, .value(EMVTag.cryptogramInformationData))
        }
        tsi.insert(.cardRiskManagementPerformed)
        guard isCombined, type != .aac else {
            guard found.cryptogram != nil else { throw .missing(EMVTag.applicationCryptogram) }
            answer = found
            return (type, nil)
        }
        do throws(AuthenticationFailure) {
            guard let cardKey, let signature = found.signature else { throw .noSignature }
            let combined = try ContactSignature.verifyCombined(
                signature, key: cardKey, unpredictableNumber: parameters.transaction.unpredictableNumber,
                information: found.information,
                transactionData: optionsValues + firstValues + secondValues + found.signedObjects)
            if let plain = found.cryptogram, plain != combined.cryptogram { throw .transactionDataDiffer }
            answer = CryptogramAnswer(found, cryptogram: combined.cryptogram)
            dynamicNumber = combined.number
            authentication = .passed
            return (type, nil)
        } catch {
            answer = found
            note(error)
            return (type, error)
        }
    }

    mutating func receivedFirst(_ response: ResponseAPDU, _ asked: CryptogramType, isCombined: Bool) -> Step {
        let type: CryptogramType
        let failure: AuthenticationFailure?
        do {
            (type, failure) = try take(response, isCombined: isCombined, secondValues: [])
        } catch {
            return end(error)
        }
        // A card may take less than it is offered, never more.
        switch (asked, type) {
        case (_, .aac): return finish(.declined(evidence(), asked == .aac ? .terminal : .card))
        case (.tc, _), (.arqc, .arqc): break
        default: return end(.malformed(.generateCryptogram, .value(EMVTag.cryptogramInformationData)))
        }
        if let failure {
            conclusion = .declined(.authenticationFailed(failure))
            // Book 2 §6.6.2: a card whose request is not its own is closed without asking the issuer.
            return type == .tc ? conclude() : generateSecond(.aac, code: "Z1")
        }
        guard type == .arqc else { return finish(evidence().map { .approved($0) } ?? .torn(nil)) }
        guard !terminal.isOfflineOnly, let evidence = evidence() else { return withoutIssuer() }
        phase = .online
        return remember(
            .goOnline(OnlineRequest(evidence: evidence, hasOnlinePIN: tvr.contains(.onlinePINCaptured))))
    }

    // MARK: Issuer

    /// The issuer can't be asked, or did not answer in time.
    public mutating func unreachable() -> Step {
        guard case .online = phase else { return lastStep ?? start() }
        return withoutIssuer()
    }

    private mutating func withoutIssuer() -> Step {
        let type = analysis.withoutIssuer(tvr, terminal)
        if type == .aac { conclusion = .declined(.issuerUnreachable) }
        return generateSecond(type, code: type == .tc ? "Y3" : "Z3")
    }

    public mutating func answered(_ answer: IssuerAnswer) -> Step {
        guard case .online = phase else { return lastStep ?? start() }
        issuerAnswer = answer
        responseCode = answer.responseCode
        guard let data = answer.authenticationData, profile.contains(.issuerAuthentication) else {
            return runScripts(EMVTag.issuerScriptTemplate1)
        }
        tsi.insert(.issuerAuthenticationPerformed)
        return send(.externalAuthentication, 0x00, 0x82, 0x00, 0x00, data: data)
    }

    mutating func receivedExternalAuthentication(_ response: ResponseAPDU) -> Step {
        if response.status != .success { tvr.insert(.issuerAuthenticationFailed) }
        return runScripts(EMVTag.issuerScriptTemplate1)
    }

    // MARK: Scripts

    private mutating func runScripts(_ template: Tag) -> Step {
        let scripts = issuerAnswer?.scripts.filter { $0.tag == template } ?? []
        isFinal = template == EMVTag.issuerScriptTemplate2
        guard !scripts.isEmpty else { return afterScripts() }
        tsi.insert(.scriptProcessingPerformed)
        return advance(ScriptProcessing(scripts))
    }

    private mutating func advance(_ processing: ScriptProcessing) -> Step {
        var processing = processing
        if let command = processing.next() {
            phase = .script(processing)
            return remember(.transmit(command))
        }
        scriptResults += processing.results
        if processing.hasFailed {
            tvr.insert(isFinal ? .scriptFailedAfterFinalCryptogram : .scriptFailedBeforeFinalCryptogram)
        }
        return afterScripts()
    }

    mutating func receivedScript(_ response: ResponseAPDU, _ processing: ScriptProcessing) -> Step {
        var processing = processing
        processing.received(response.status)
        return advance(processing)
    }

    private mutating func afterScripts() -> Step {
        if isFinal { return conclude() }
        guard let issuerAnswer else { return withoutIssuer() }
        if !issuerAnswer.isApproved { conclusion = .declined(.issuer) }
        return generateSecond(issuerAnswer.isApproved ? .tc : .aac, code: nil)
    }

    // MARK: Second cryptogram

    private mutating func generateSecond(_ type: CryptogramType, code: String?) -> Step {
        guard let facts else { return end(.noSupportedApplication) }
        if let code { responseCode = Array(code.utf8) }
        let isCombined = wantsSignature(type)
        noteDefaultDOL(facts.secondList)
        secondValues = facts.secondList.fill { value(of: $0) }
        return send(
            .secondCryptogram(type, isCombined: isCombined), 0x80, 0xAE, Self.reference(type, isCombined: isCombined), 0x00,
            data: secondValues, le: 0)
    }

    mutating func receivedSecond(_ response: ResponseAPDU, _ asked: CryptogramType, isCombined: Bool) -> Step {
        do {
            let (type, failure) = try take(response, isCombined: isCombined, secondValues: secondValues)
            switch (asked, type) {
            case (.tc, .tc): conclusion = failure.map { .declined(.authenticationFailed($0)) } ?? .approved
            case (.tc, .aac): conclusion = .declined(.card)
            case (.aac, .aac): break
            default: return end(.malformed(.generateCryptogram, .value(EMVTag.cryptogramInformationData)))
            }
        } catch {
            return end(error)
        }
        return runScripts(EMVTag.issuerScriptTemplate2)
    }

    mutating func conclude() -> Step {
        switch conclusion {
        case .approved:
            guard let evidence = evidence() else { return finish(.torn(nil)) }
            return finish(.approved(evidence))
        case .declined(let reason): return finish(.declined(evidence(), reason))
        case nil: return finish(.torn(evidence()))
        }
    }
}
