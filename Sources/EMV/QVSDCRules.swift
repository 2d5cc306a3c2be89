import Core

/// What kernel 3 decides, apart from how its inputs come about (Book C-3 §5.4.3.2 to §5.8): the reader's qualifiers, the
/// card's, and what was found out about the card, in; the outcome's kind, out.
public struct QVSDCRules: Sendable, Hashable {
    /// What usage control 9F07 says of this transaction.
    public enum Usage: Sendable, Hashable, CaseIterable {
        case allowed, cashForbidden, cashbackForbidden
    }

    /// How the qualifiers compare with the copy in 9F69, which the card signed.
    public enum SignedCopy: Sendable, Hashable, CaseIterable {
        case absent, equal, different
    }

    /// 9F66 as the card got it.
    public var reader: TerminalTransactionQualifiers
    /// 9F6C, nil when the card has none.
    public var card: CardTransactionQualifiers?
    /// Nil for a cryptogram of no known type.
    public var cryptogram: CryptogramType?
    /// 5F24 is there and not past.
    public var isInDate: Bool
    public var usage: Usage
    public var signedCopy: SignedCopy
    /// The card can sign (AIP B1b6) and has (9F4B).
    public var hasSigned: Bool

    public init(
        reader: TerminalTransactionQualifiers, card: CardTransactionQualifiers?, cryptogram: CryptogramType?, isInDate: Bool,
        usage: Usage, signedCopy: SignedCopy, hasSigned: Bool
    ) {
        self.reader = reader
        self.card = card
        self.cryptogram = cryptogram
        self.isInDate = isInDate
        self.usage = usage
        self.signedCopy = signedCopy
        self.hasSigned = hasSigned
    }

    public enum Verdict: Sendable, Hashable {
        case approved
        case online
        case declined(DeclineReason)
        case anotherInterface
    }

    public struct Ruling: Sendable, Hashable {
        public var verdict: Verdict
        public var verification = VerificationMethod.notPerformed
        public var authentication = AuthenticationResult.notPerformed
    }

    /// - Parameters:
    ///   - isListed: the exception file; asked only when it counts.
    ///   - authenticate: offline data authentication; done only when it counts.
    public func rule(isListed: () -> Bool, authenticate: () -> AuthenticationResult) -> Ruling {
        // 5.4.3.2
        var online: Bool
        switch cryptogram {
        case nil: return Ruling(verdict: .declined(.unknownCryptogramType))
        case .aac: return Ruling(verdict: .declined(.cardDeclined))
        case .arqc: online = true
        case .tc: online = reader.contains(.onlineCryptogramRequired)
        }

        // 5.5.1
        if !online {
            switch restriction(isListed) {
            case .none: break
            case .goOnline: online = true
            case .end(let verdict): return Ruling(verdict: verdict)
            }
        }

        // 5.6
        var authentication = AuthenticationResult.notPerformed
        if !online || authenticatesForOnline { authentication = authenticate() }
        if !online, case .failed(let failure) = authentication {
            if wishes.contains(.onlineIfAuthenticationFails), !reader.contains(.offlineOnly) {
                online = true
            } else if wishes.contains(.switchInterfaceIfAuthenticationFails), reader.contains(.contactChip) {
                return Ruling(verdict: .anotherInterface, authentication: authentication)
            } else {
                return Ruling(verdict: .declined(.authenticationFailed(failure)), authentication: authentication)
            }
        }

        // 5.7
        switch verification {
        case .failure(let refusal): return Ruling(verdict: .declined(refusal.reason), authentication: authentication)
        case .success(let method):
            if method == .onlinePIN { online = true }
            // 5.8
            let verdict: Verdict =
                if !online { .approved } else if reader.contains(.offlineOnly) { .declined(.onlineNotPossible) } else { .online }
            return Ruling(verdict: verdict, verification: method, authentication: authentication)
        }
    }

    private var wishes: CardTransactionQualifiers { card ?? [] }

    // MARK: 5.5 processing restrictions

    private enum Restriction {
        case none
        case goOnline
        case end(Verdict)
    }

    private func restriction(_ isListed: () -> Bool) -> Restriction {
        // 5.5.1.1
        let goesOnline = !isInDate
        if !isInDate {
            guard wishes.contains(.onlineIfExpired), !reader.contains(.offlineOnly) else { return .end(.declined(.expired)) }
        }
        // 5.5.1.2
        if isListed() { return .end(.declined(.listed)) }
        // 5.5.1.3
        let wish: CardTransactionQualifiers
        switch usage {
        case .allowed: return goesOnline ? .goOnline : .none
        case .cashForbidden: wish = .switchInterfaceForCash
        case .cashbackForbidden: wish = .switchInterfaceForCashback
        }
        let mayInsert = wishes.contains(wish) && reader.contains(.contactChip)
        return .end(mayInsert ? .anotherInterface : .declined(.usageNotAllowed))
    }

    // MARK: 5.6 offline data authentication

    /// For an online request: when the reader asks for it and the card signed (ALL-7 builds on it).
    private var authenticatesForOnline: Bool {
        cryptogram == .arqc && reader.contains(.dataAuthenticationForOnline) && hasSigned
    }

    // MARK: 5.7 cardholder verification

    private struct Refusal: Error {
        let reason: DeclineReason
    }

    private var verification: Result<VerificationMethod, Refusal> {
        let isRequired = reader.contains(.verificationRequired)
        guard let card else {
            if !isRequired { return .success(.none) }
            if reader.contains(.signature) { return .success(.signature) }
            if reader.isSuperset(of: [.onlinePIN, .deviceVerification]) { return .success(.onlinePIN) }
            return .failure(Refusal(reason: .verificationNotPossible))
        }
        if card.contains(.onlinePINRequired), reader.contains(.onlinePIN) { return .success(.onlinePIN) }
        if card.contains(.deviceVerificationPerformed) {
            switch signedCopy {
            case .equal: return .success(.device)
            case .different: return .failure(Refusal(reason: .qualifiersNotAuthenticated))
            // Only the issuer, who sees the cryptogram, can then tell whether the claim is the card's own.
            case .absent:
                return cryptogram == .arqc ? .success(.device) : .failure(Refusal(reason: .qualifiersNotAuthenticated))
            }
        }
        if card.contains(.signatureRequired), reader.contains(.signature) { return .success(.signature) }
        return isRequired ? .failure(Refusal(reason: .verificationNotPossible)) : .success(.none)
    }
}
