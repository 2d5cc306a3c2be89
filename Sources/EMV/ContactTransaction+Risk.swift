import Core
import SmartCard

/// From authentication to the first GENERATE AC: restrictions, verification of the holder, terminal risk management and
/// action analysis (EMV Book 3 §10.4 to §10.7).
extension ContactTransaction {
    mutating func assess() -> Step {
        guard let application, let facts else { return end(.noSupportedApplication) }
        tvr.formUnion(
            ProcessingRestrictions(terminal: terminal, application: application, parameters: parameters.transaction)
                .findings(card))
        if parameters.isListed(facts.pan, facts.panSequenceNumber) { tvr.insert(.onExceptionFile) }

        guard profile.contains(.cardholderVerification) else { return manageRisk() }
        guard let bytes = card[EMVTag.verificationMethodList], let list = CVMList(bytes), !list.rules.isEmpty else {
            tvr.insert(.cardDataMissing)
            return manageRisk()
        }
        let transaction = parameters.transaction
        var verification = CardholderVerification(
            list,
            CardholderVerification.Facts(
                capabilities: terminal.capabilities, type: transaction.type, isUnattended: terminal.isUnattended,
                amount: transaction.amount.minorUnits,
                isApplicationCurrency: card[EMVTag.applicationCurrencyCode] == transaction.encodedCurrencyCode))
        let next = verification.next()
        self.verification = verification
        return verifyHolder(next)
    }

    // MARK: Terminal risk management

    mutating func manageRisk() -> Step {
        if parameters.isForcedOnline { tvr.insert(.forcedOnline) }
        guard profile.contains(.terminalRiskManagement) else { return analyse() }
        tsi.insert(.terminalRiskManagementPerformed)
        let isAboveFloor = parameters.transaction.amount.minorUnits >= application?.floorLimit ?? 0
        if isAboveFloor { tvr.insert(.floorLimitExceeded) }
        if parameters.isSelectedAtRandom, !isAboveFloor { tvr.insert(.selectedAtRandom) }
        // §10.6.3: velocity is checked where the card has both limits.
        guard card[EMVTag.lowerOfflineLimit] != nil, card[EMVTag.upperOfflineLimit] != nil else { return analyse() }
        return send(.transactionCounter, 0x80, 0xCA, 0x9F, 0x36, le: 0)
    }

    private static func counter(_ response: ResponseAPDU, _ tag: Tag) -> UInt16? {
        guard response.status == .success, let objects = try? TLV.list(response.data), objects.count == 1,
            let object = objects.first, object.tag == tag, object.value.count == 2
        else { return nil }
        return object.value.reduce(0) { $0 << 8 | UInt16($1) }
    }

    mutating func receivedTransactionCounter(_ response: ResponseAPDU) -> Step {
        let counter = Self.counter(response, EMVTag.applicationTransactionCounter)
        return send(.lastOnlineCounter(counter), 0x80, 0xCA, 0x9F, 0x13, le: 0)
    }

    mutating func receivedLastOnlineCounter(_ response: ResponseAPDU, _ counter: UInt16?) -> Step {
        let last = Self.counter(response, EMVTag.lastOnlineCounter)
        if last == 0 { tvr.insert(.newCard) }
        let lower = card[EMVTag.lowerOfflineLimit].flatMap { $0.count == 1 ? $0.first : nil }
        let upper = card[EMVTag.upperOfflineLimit].flatMap { $0.count == 1 ? $0.first : nil }
        guard let counter, let last, let lower, let upper, counter > last else {
            // Counters that can't be had or can't be true count as exceeded.
            tvr.formUnion([.lowerOfflineLimitExceeded, .upperOfflineLimitExceeded])
            if counter == nil || last == nil { tvr.insert(.cardDataMissing) }
            return analyse()
        }
        if counter - last > UInt16(lower) { tvr.insert(.lowerOfflineLimitExceeded) }
        if counter - last > UInt16(upper) { tvr.insert(.upperOfflineLimitExceeded) }
        return analyse()
    }

    // MARK: Action analysis

    var analysis: TerminalActionAnalysis {
        TerminalActionAnalysis(
            denial: card[EMVTag.issuerActionCodeDenial], online: card[EMVTag.issuerActionCodeOnline],
            whenOffline: card[EMVTag.issuerActionCodeDefault], acquirer: application?.actionCodes ?? ActionCodes())
    }

    private mutating func analyse() -> Step {
        guard let facts else { return end(.noSupportedApplication) }
        let type = analysis.first(tvr, terminal)
        responseCode = Array(type == .aac ? "Z1".utf8 : "Y1".utf8)
        if type == .aac, method == .cda, authentication == .notPerformed {
            // Without a signature to come nothing has been authenticated.
            tvr.insert(.dataAuthenticationNotPerformed)
            tsi.remove(.dataAuthenticationPerformed)
        }
        let isCombined = wantsSignature(type)
        noteDefaultDOL(facts.firstList)
        firstValues = facts.firstList.fill { value(of: $0) }
        do {
            let command = try CommandAPDU(
                0x80, 0xAE, Self.reference(type, isCombined: isCombined), 0x00, data: firstValues, le: 0)
            hasCommitted = true
            phase = .firstCryptogram(type, isCombined: isCombined)
            return remember(.commit(command))
        } catch {
            return failed(error)
        }
    }

    /// CDA signs what may be approved, as long as its keys are good.
    func wantsSignature(_ type: CryptogramType) -> Bool {
        guard method == .cda, cardKey != nil, type != .aac else { return false }
        if case .failed = authentication { return false }
        return true
    }

    static func reference(_ type: CryptogramType, isCombined: Bool) -> UInt8 {
        let control: UInt8 =
            switch type {
            case .aac: 0x00
            case .tc: 0x40
            case .arqc: 0x80
            }
        return control | (isCombined ? 0x10 : 0)
    }
}
