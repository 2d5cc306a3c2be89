import Core
import SmartCard

/// Initiation, records and offline data authentication (EMV Book 3 §10.1 to §10.3).
extension ContactTransaction {
    mutating func receivedApplication(_ response: ResponseAPDU, _ candidate: Candidate) -> Step {
        guard response.status == .success, let control = try? FileControlInformation(response.data),
            let name = control.dedicatedFileName, name.elementsEqual(candidate.name)
        else { return choose() }
        var card = CardData()
        let list = control.processingOptionsDataObjectList.map(Array.init)
        do {
            try card.insert(TLV(tag: EMVTag.dedicatedFileName, value: name))
            if let list { try card.insert(TLV(EMVTag.processingOptionsDataObjectList, list)) }
        } catch {
            return end(error)
        }
        application = candidate.application
        applicationIdentifier = candidate.name
        self.card = card
        guard let wanted = try? DataObjectList(list ?? []) else { return choose() }
        optionsValues = wanted.fill { terminalValue(of: $0) }
        return send(
            .options, 0x80, 0xA8, 0x00, 0x00, data: TLV(EMVTag.commandTemplate, optionsValues).encoded, le: 0)
    }

    mutating func receivedOptions(_ response: ResponseAPDU) -> Step {
        // §10.1: this application can't serve here, another may.
        if response.status == .conditionsNotSatisfied { return choose() }
        guard response.status == .success else { return end(.status(response.status, .getProcessingOptions)) }
        do throws(EndApplicationReason) {
            try card.insert(try Self.options(response.data))
            let profile = try card.required(EMVTag.applicationInterchangeProfile, lengths: 2...2, in: .getProcessingOptions)
            self.profile = ApplicationInterchangeProfile(bytes: profile) ?? []
            let locator = try card.required(EMVTag.applicationFileLocator, lengths: 4...252, in: .getProcessingOptions)
            do throws(DataFault) {
                unread = try ApplicationFileLocator(locator).records[...]
            } catch {
                throw EndApplicationReason.malformed(.getProcessingOptions, error)
            }
        } catch {
            return end(error)
        }
        return readNext()
    }

    /// Format 1 is the profile and the locator without tags, format 2 objects.
    private static func options(_ data: [UInt8]) throws(EndApplicationReason) -> [TLV] {
        do throws(DataFault) {
            let outer = try DataFault.list(data[...])
            guard outer.count == 1, let template = outer.first else {
                throw DataFault.template(expected: EMVTag.responseTemplateFormat2)
            }
            switch template.tag {
            case EMVTag.responseTemplateFormat1:
                guard template.value.count >= 6 else { throw DataFault.value(template.tag) }
                return [
                    TLV(tag: EMVTag.applicationInterchangeProfile, value: template.value.prefix(2)),
                    TLV(tag: EMVTag.applicationFileLocator, value: template.value.dropFirst(2)),
                ]
            case EMVTag.responseTemplateFormat2: return try DataFault.list(template.value)
            default: throw DataFault.template(expected: EMVTag.responseTemplateFormat2)
            }
        } catch {
            throw .malformed(.getProcessingOptions, error)
        }
    }

    // MARK: Records

    private mutating func readNext() -> Step {
        guard let record = unread.popFirst() else { return authenticate() }
        return send(.reading(record), 0x00, 0xB2, record.number, record.file << 3 | 0x04, le: 0)
    }

    mutating func receivedRecord(_ response: ResponseAPDU, _ record: ApplicationFileLocator.Record) -> Step {
        let command = CardCommand.readRecord(file: record.file, record: record.number)
        guard response.status == .success else { return end(.status(response.status, command)) }
        if record.isAuthenticated { staticData.append(response.data, file: record.file) }
        // Files 11–30 are the issuer's own: never read (§10.2).
        guard record.file <= 10 else { return readNext() }
        let objects: [TLV]
        do {
            let outer = try DataFault.list(response.data[...])
            guard outer.count == 1, let template = outer.first, template.tag == EMVTag.recordTemplate else {
                return end(.malformed(command, .template(expected: EMVTag.recordTemplate)))
            }
            objects = try DataFault.list(template.value)
        } catch {
            return end(.malformed(command, error))
        }
        do {
            try card.insert(objects)
        } catch {
            return end(error)
        }
        return readNext()
    }

    // MARK: Offline data authentication

    private mutating func authenticate() -> Step {
        do {
            facts = try ContactCardFacts(card)
        } catch {
            return end(error)
        }
        method = .best(card: profile, terminal: terminal.capabilities)
        guard let method else {
            tvr.insert(.dataAuthenticationNotPerformed)
            return assess()
        }
        tsi.insert(.dataAuthenticationPerformed)
        if method == .sda { tvr.insert(.staticDataAuthenticationSelected) }
        do throws(AuthenticationFailure) {
            let chain = AuthenticationChain(
                caKeys: caKeys, applicationIdentifier: applicationIdentifier, date: parameters.transaction.validityDate)
            let issuer = try chain.issuerKey(card)
            issuerKey = issuer
            let data = try staticData.completed(for: card)
            guard method != .sda else {
                let signature = try AuthenticationChain.required(EMVTag.signedStaticApplicationData, of: card)
                authenticationCode = try ContactSignature.verifyStatic(signature, issuer: issuer, staticData: data)
                authentication = .passed
                return assess()
            }
            cardKey = try chain.cardKey(card, issuer: issuer, staticData: data)
        } catch {
            return authenticationFailed(error)
        }
        // With CDA the signature comes with the cryptogram.
        return method == .dda ? internalAuthenticate() : assess()
    }

    private mutating func internalAuthenticate() -> Step {
        let bytes = card[EMVTag.dynamicDataObjectList] ?? application?.defaultDynamicDOL ?? []
        guard let list = try? DataObjectList(bytes), list.contains(EMVTag.unpredictableNumber) else {
            return authenticationFailed(.numberNotSigned)
        }
        let values = list.fill { terminalValue(of: $0) ?? card[$0] }
        return send(.authenticating(values: values), 0x00, 0x88, 0x00, 0x00, data: values, le: 0)
    }

    mutating func receivedSignature(_ response: ResponseAPDU, values: [UInt8]) -> Step {
        guard response.status == .success else { return end(.status(response.status, .internalAuthenticate)) }
        guard let cardKey, let signature = Self.signature(response.data) else { return authenticationFailed(.noSignature) }
        do {
            dynamicNumber = try ContactSignature.verifyDynamic(signature, key: cardKey, values: values)
        } catch {
            return authenticationFailed(error)
        }
        authentication = .passed
        return assess()
    }

    private static func signature(_ data: [UInt8]) -> [UInt8]? {
        guard let outer = try? TLV.list(data), outer.count == 1, let template = outer.first else { return nil }
        switch template.tag {
        case EMVTag.responseTemplateFormat1: return Array(template.value)
        case EMVTag.responseTemplateFormat2:
            let found = (try? TLV.list(template.value))?.filter { $0.tag == EMVTag.signedDynamicApplicationData } ?? []
            return found.count == 1 ? found.first.map { Array($0.value) } : nil
        default: return nil
        }
    }

    private mutating func authenticationFailed(_ failure: AuthenticationFailure) -> Step {
        note(failure)
        return assess()
    }

    mutating func note(_ failure: AuthenticationFailure) {
        authentication = .failed(failure)
        if let method { tvr.insert(method.failureBit) }
        // §7.5: what the profile promises and the records lack.
        if case .missing = failure { tvr.insert(.cardDataMissing) }
    }
}
