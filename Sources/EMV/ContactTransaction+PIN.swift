import Core
import SmartCard

/// PIN entry (EMV Book 3 §10.5.1 and §10.5.2; Book 2 §7). With an enciphered PIN the challenge is fetched before the payer is
/// asked, so that the PIN waits for nothing.
extension ContactTransaction {
    /// More than any card allows.
    static let greatestAttemptCount = 15

    mutating func verifyHolder(_ next: CardholderVerification.Next) -> Step {
        switch next {
        case .finished:
            if let verification {
                verificationResults = verification.results
                tvr.formUnion(verification.findings)
            }
            tsi.insert(.verificationPerformed)
            return manageRisk()
        case .pin(.onlinePIN):
            phase = .enteringPIN(.onlinePIN, challenge: [])
            return remember(.askPIN(PINRequest(method: .online, triesLeft: nil, isRetry: false)))
        case .pin(let code):
            attempts = 0
            triesLeft = nil
            return send(.pinTryCounter(code), 0x80, 0xCA, 0x9F, 0x17, le: 0)
        }
    }

    private static func isEnciphered(_ code: CVMCode) -> Bool { code == .encipheredPIN || code == .encipheredPINAndSignature }

    mutating func receivedTryCounter(_ response: ResponseAPDU, _ code: CVMCode) -> Step {
        // A card may keep it to itself.
        if response.status == .success, let object = (try? TLV.list(response.data))?.first,
            object.tag == EMVTag.pinTryCounter, object.value.count == 1
        {
            triesLeft = object.value.first
        }
        return triesLeft == 0 ? failedPIN(.pinTryLimitExceeded) : preparePIN(code)
    }

    private mutating func preparePIN(_ code: CVMCode) -> Step {
        guard Self.isEnciphered(code) else { return askPIN(code, challenge: []) }
        return send(.challenge(code), 0x00, 0x84, 0x00, 0x00, le: 0)
    }

    mutating func receivedChallenge(_ response: ResponseAPDU, _ code: CVMCode) -> Step {
        guard response.status == .success, response.data.count == 8, pinKey() != nil else { return failedPIN() }
        return askPIN(code, challenge: response.data)
    }

    private mutating func askPIN(_ code: CVMCode, challenge: [UInt8]) -> Step {
        phase = .enteringPIN(code, challenge: challenge)
        return remember(
            .askPIN(
                PINRequest(
                    method: Self.isEnciphered(code) ? .enciphered : .plaintext, triesLeft: triesLeft, isRetry: attempts > 0)))
    }

    private func pinKey() -> RSAPublicKey? {
        let chain = AuthenticationChain(
            caKeys: caKeys, applicationIdentifier: applicationIdentifier, date: parameters.transaction.validityDate)
        guard let issuer = issuerKey ?? (try? chain.issuerKey(card)), let data = try? staticData.completed(for: card) else {
            return nil
        }
        return try? chain.pinKey(card, issuer: issuer, staticData: data)
    }

    // MARK: Answers of the PIN pad

    /// The PIN for the card. It goes into the next step and nowhere else.
    /// - Parameter generator: fills an enciphered PIN up to the key's length.
    public mutating func entered(_ pin: consuming PINBlock, using generator: inout some RandomNumberGenerator) -> Step {
        guard case .enteringPIN(let code, let challenge) = phase, code != .onlinePIN else { return lastStep ?? start() }
        attempts += 1
        let command: PINCommand?
        do {
            if Self.isEnciphered(code) {
                guard let key = pinKey() else { return failedPIN() }
                command = try pin.encipheredCommand(key: key, challenge: challenge, using: &generator)
            } else {
                command = try pin.plaintextCommand()
            }
        } catch {
            // No memory for a secret: this terminal takes no PIN now.
            return failedPIN(.pinPadMissing)
        }
        guard let command else { return failedPIN() }
        phase = .verifying(code)
        return remember(.verify(command))
    }

    /// The PIN for the issuer lies enciphered where it was entered.
    public mutating func captured() -> Step {
        guard case .enteringPIN(.onlinePIN, _) = phase, var verification else { return lastStep ?? start() }
        let next = verification.succeeded()
        self.verification = verification
        return verifyHolder(next)
    }

    /// The payer or the cashier leaves the PIN out.
    public mutating func bypassed() -> Step {
        guard case .enteringPIN = phase else { return lastStep ?? start() }
        return failedPIN(.pinNotEntered)
    }

    public mutating func pinPadFailed() -> Step {
        guard case .enteringPIN = phase else { return lastStep ?? start() }
        return failedPIN(.pinPadMissing)
    }

    mutating func receivedVerification(_ response: ResponseAPDU, _ code: CVMCode) -> Step {
        guard var verification else { return failedPIN() }
        switch (response.status.sw1, response.status.sw2) {
        case (0x90, 0x00):
            let next = verification.succeeded()
            self.verification = verification
            return verifyHolder(next)
        case (0x63, 0xC1...0xCF):
            triesLeft = response.status.sw2 & 0x0F
            // A card that never stops counting holds nobody here.
            return attempts < Self.greatestAttemptCount ? preparePIN(code) : failedPIN(.pinTryLimitExceeded)
        case (0x63, 0xC0), (0x69, 0x83), (0x69, 0x84): return failedPIN(.pinTryLimitExceeded)
        default: return failedPIN()
        }
    }

    private mutating func failedPIN(_ found: TVR = []) -> Step {
        guard var verification else { return manageRisk() }
        let next = verification.failed(found)
        self.verification = verification
        return verifyHolder(next)
    }
}
