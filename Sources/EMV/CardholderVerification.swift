import Core

/// The rules of a CVM list by rank (EMV Book 3 §10.5), without the PIN entry itself: it stops at each PIN and goes on
/// with what came of it.
struct CardholderVerification: Sendable {
    /// What the conditions look at.
    struct Facts: Sendable {
        var capabilities: TerminalCapabilities
        /// Tag 9C.
        var type: UInt8
        var isUnattended: Bool
        /// Minor units, the cashback part included.
        var amount: Int64
        /// 9F42 is there and equals 5F2A.
        var isApplicationCurrency: Bool
    }

    enum Next: Sendable, Equatable {
        /// Plaintext, enciphered or online.
        case pin(CVMCode)
        case finished
    }

    private let list: CVMList
    private let facts: Facts
    private var rank = 0
    /// Whoever left out one PIN is not asked for the next.
    private var isBypassed = false
    private(set) var results = CVMResults.noRuleApplied
    private(set) var findings: TVR = []

    init(_ list: CVMList, _ facts: Facts) {
        self.list = list
        self.facts = facts
    }

    /// A signature is to be taken.
    var wantsSignature: Bool {
        guard results.result != CVMResults.Result.failed.rawValue else { return false }
        return [.signature, .plaintextPINAndSignature, .encipheredPINAndSignature].contains(results.code)
    }

    /// The PIN asked for by the last ``next()`` was right, or has been captured for the issuer.
    mutating func succeeded() -> Next {
        guard let rule = current else { return fail() }
        switch rule.code {
        case .onlinePIN:
            findings.insert(.onlinePINCaptured)
            results = CVMResults(rule, .unknown)
        case .plaintextPINAndSignature, .encipheredPINAndSignature: results = CVMResults(rule, .unknown)
        default: results = CVMResults(rule, .successful)
        }
        return .finished
    }

    /// It was wrong, or could not be asked for.
    mutating func failed(_ found: TVR = []) -> Next {
        guard let rule = current else { return fail() }
        if found.contains(.pinNotEntered) { isBypassed = true }
        findings.formUnion(found)
        results = CVMResults(rule, .failed)
        return after(rule)
    }

    /// Goes through the rules from the present one to a PIN or to the end.
    mutating func next() -> Next {
        while let rule = current {
            guard applies(rule) else {
                rank += 1
                continue
            }
            switch attempt(rule) {
            case .pin(let code): return .pin(code)
            case .passed(let result):
                results = CVMResults(rule, result)
                return .finished
            case .failed(let found, let isPerformed):
                findings.formUnion(found)
                if isPerformed { results = CVMResults(rule, .failed) }
                guard rule.continuesOnFailure else { return fail() }
                rank += 1
            }
        }
        return fail()
    }

    // MARK: One rule

    private var current: CVMRule? { rank < list.rules.count ? list.rules[rank] : nil }

    private mutating func after(_ rule: CVMRule) -> Next {
        guard rule.continuesOnFailure else { return fail() }
        rank += 1
        return next()
    }

    private mutating func fail() -> Next {
        rank = list.rules.count
        findings.insert(.verificationFailed)
        return .finished
    }

    private func applies(_ rule: CVMRule) -> Bool {
        let isCash = facts.type == 0x01
        let isCashback = facts.type == 0x09
        switch rule.condition {
        case .always: return true
        case .unattendedCash: return isCash && facts.isUnattended
        case .neitherCashNorCashback: return !isCash && !isCashback
        case .terminalSupportsMethod: return supports(rule.code)
        case .manualCash: return isCash && !facts.isUnattended
        case .cashback: return isCashback
        case .underX: return facts.isApplicationCurrency && facts.amount < list.amountX
        case .overX: return facts.isApplicationCurrency && facts.amount > list.amountX
        case .underY: return facts.isApplicationCurrency && facts.amount < list.amountY
        case .overY: return facts.isApplicationCurrency && facts.amount > list.amountY
        default: return false
        }
    }

    private enum Attempt {
        case pin(CVMCode)
        case passed(CVMResults.Result)
        case failed(TVR, isPerformed: Bool)
    }

    private func attempt(_ rule: CVMRule) -> Attempt {
        switch rule.code {
        case .fail: return .failed([], isPerformed: true)
        case .signature where supports(.signature): return .passed(.unknown)
        case .noneRequired where supports(.noneRequired): return .passed(.successful)
        case .signature, .noneRequired: return .failed([], isPerformed: false)
        case .plaintextPIN, .onlinePIN, .plaintextPINAndSignature, .encipheredPIN, .encipheredPINAndSignature:
            guard let needed = Self.pinCapability(rule.code), facts.capabilities.contains(needed) else {
                return .failed(.pinPadMissing, isPerformed: false)
            }
            guard supports(rule.code) else { return .failed([], isPerformed: false) }
            return isBypassed ? .failed(.pinNotEntered, isPerformed: true) : .pin(rule.code)
        default: return .failed(.unrecognisedVerificationMethod, isPerformed: false)
        }
    }

    private func supports(_ code: CVMCode) -> Bool {
        let capabilities = facts.capabilities
        switch code {
        case .fail: return true
        case .signature: return capabilities.contains(.signature)
        case .noneRequired: return capabilities.contains(.noVerification)
        case .plaintextPINAndSignature: return capabilities.isSuperset(of: [.plaintextPIN, .signature])
        case .encipheredPINAndSignature: return capabilities.isSuperset(of: [.encipheredPIN, .signature])
        default: return Self.pinCapability(code).map { capabilities.contains($0) } ?? false
        }
    }

    private static func pinCapability(_ code: CVMCode) -> TerminalCapabilities? {
        switch code {
        case .plaintextPIN, .plaintextPINAndSignature: .plaintextPIN
        case .encipheredPIN, .encipheredPINAndSignature: .encipheredPIN
        case .onlinePIN: .onlinePIN
        default: nil
        }
    }
}
