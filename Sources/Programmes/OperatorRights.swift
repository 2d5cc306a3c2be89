/// Somebody who has signed in, as the rules see them (POS-3, POS-4).
public struct OperatorAccount: Sendable, Hashable {
    public var isAdministrator: Bool
    /// Granted one by one, to administrators too.
    public var rights: Set<String>
    public var signIn: SignInState

    public init(isAdministrator: Bool, rights: Set<String>, signIn: SignInState) {
        self.isAdministrator = isAdministrator
        self.rights = rights
        self.signIn = signIn
    }
}

/// POS-3: whom a refused user should ask.
public enum WhomToAsk: String, Sendable, Codable, CaseIterable {
    case administrator, support
}

public struct PermitVerdict: Sendable, Hashable {
    public let ruling: Ruling
    /// POS-4; nil when no right is missing.
    public let missingRight: String?
    /// POS-3; nil when nothing is refused, or when no one else can help: a password to be changed.
    public let ask: WhomToAsk?
    /// Nil when nothing is refused.
    public let guidance: Sentence?
}

extension SignInRules {
    /// Whether an operator may use a service now. A service that the file does not name is refused: the missing right
    /// is then the service itself.
    public func permit(_ service: String, for account: OperatorAccount) -> PermitVerdict {
        decide(account) { trail in
            let right = services[service]
            let granted = right.map(account.rights.contains) ?? false
            return trail.check(
                "POS-4", .permissionDenied, granted, RuleInput(.target, service), RuleInput(.right, right ?? service))
                ? nil : right ?? service
        }
    }

    /// The right to grant and remove rights, which goes with being an administrator and can't be granted by itself.
    public static let grantingRights = "rights.grant"

    /// POS-3: whether an operator may grant or remove a right.
    public func mayGrant(_ right: String, by account: OperatorAccount) -> PermitVerdict {
        decide(account) { trail in
            guard
                trail.check(
                    "POS-3", .permissionDenied, account.isAdministrator, RuleInput(.right, Self.grantingRights))
            else { return Self.grantingRights }
            // Only what a service asks for can be granted: a typing error would be a right that nobody ever checks.
            return trail.check("POS-4", .permissionDenied, services.values.contains(right), RuleInput(.right, right))
                ? nil : right
        }
    }

    /// A lock stops guessing at the sign-in; who has signed in before it works on, or strangers could stop anybody's
    /// work.
    /// - Parameter missing: the right that is missing, nil when none is.
    private func decide(_ account: OperatorAccount, missing: (inout RuleTrail) -> String?) -> PermitVerdict {
        var trail = RuleTrail()
        guard mayDoMore(account.signIn, &trail) else {
            return PermitVerdict(
                ruling: Ruling(trail), missingRight: nil, ask: nil, guidance: Reason.passwordChangeRequired.sentence)
        }
        guard let right = missing(&trail) else {
            return PermitVerdict(ruling: Ruling(trail), missingRight: nil, ask: nil, guidance: nil)
        }
        let ask: WhomToAsk = account.isAdministrator ? .support : .administrator
        return PermitVerdict(
            ruling: Ruling(trail), missingRight: right, ask: ask,
            guidance: ask == .support ? .deniedAskSupport : Reason.permissionDenied.sentence)
    }
}
