import Core

/// A cardholder verification method as a rule names it, the low six bits of its first byte (EMV Book 3 annex C3).
public struct CVMCode: RawRepresentable, Sendable, Hashable {
    /// 0–3F
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue & 0x3F }

    public static let fail = CVMCode(rawValue: 0x00)
    public static let plaintextPIN = CVMCode(rawValue: 0x01)
    public static let onlinePIN = CVMCode(rawValue: 0x02)
    public static let plaintextPINAndSignature = CVMCode(rawValue: 0x03)
    public static let encipheredPIN = CVMCode(rawValue: 0x04)
    public static let encipheredPINAndSignature = CVMCode(rawValue: 0x05)
    public static let signature = CVMCode(rawValue: 0x1E)
    public static let noneRequired = CVMCode(rawValue: 0x1F)
    /// In the CVM results only: nothing was performed.
    public static let notPerformed = CVMCode(rawValue: 0x3F)

    /// Nil for a code without a meaning of its own.
    public var name: String? {
        switch self {
        case .fail: "fail CVM processing"
        case .plaintextPIN: "plaintext PIN verification performed by ICC"
        case .onlinePIN: "enciphered PIN verified online"
        case .plaintextPINAndSignature: "plaintext PIN verification performed by ICC and signature"
        case .encipheredPIN: "enciphered PIN verification performed by ICC"
        case .encipheredPINAndSignature: "enciphered PIN verification performed by ICC and signature"
        case .signature: "signature (paper)"
        case .noneRequired: "no CVM required"
        case .notPerformed: "no CVM performed"
        default: nil
        }
    }
}

/// When a rule applies, its second byte (EMV Book 3 annex C3).
public struct CVMCondition: RawRepresentable, Sendable, Hashable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let always = CVMCondition(rawValue: 0x00)
    public static let unattendedCash = CVMCondition(rawValue: 0x01)
    public static let neitherCashNorCashback = CVMCondition(rawValue: 0x02)
    public static let terminalSupportsMethod = CVMCondition(rawValue: 0x03)
    public static let manualCash = CVMCondition(rawValue: 0x04)
    public static let cashback = CVMCondition(rawValue: 0x05)
    public static let underX = CVMCondition(rawValue: 0x06)
    public static let overX = CVMCondition(rawValue: 0x07)
    public static let underY = CVMCondition(rawValue: 0x08)
    public static let overY = CVMCondition(rawValue: 0x09)

    /// Nil for a condition without a meaning of its own.
    public var name: String? {
        switch self {
        case .always: "always"
        case .unattendedCash: "if unattended cash"
        case .neitherCashNorCashback: "if not unattended cash and not manual cash and not purchase with cashback"
        case .terminalSupportsMethod: "if terminal supports the CVM"
        case .manualCash: "if manual cash"
        case .cashback: "if purchase with cashback"
        case .underX: "if transaction is in the application currency and is under X value"
        case .overX: "if transaction is in the application currency and is over X value"
        case .underY: "if transaction is in the application currency and is under Y value"
        case .overY: "if transaction is in the application currency and is over Y value"
        default: nil
        }
    }
}

/// One cardholder verification rule.
public struct CVMRule: Sendable, Hashable {
    public let code: CVMCode
    public let condition: CVMCondition
    /// Bit 7 of the first byte: a method that fails hands over to the next rule instead of ending verification.
    public let continuesOnFailure: Bool

    public init(_ first: UInt8, _ second: UInt8) {
        code = CVMCode(rawValue: first)
        condition = CVMCondition(rawValue: second)
        continuesOnFailure = first & 0x40 != 0
    }

    public var bytes: [UInt8] { [code.rawValue | (continuesOnFailure ? 0x40 : 0), condition.rawValue] }
}

/// Cardholder verification method list, tag 8E (EMV Book 3 §10.5): amounts X and Y, then the rules by rank.
public struct CVMList: Sendable, Hashable {
    /// Minor units of the application's currency.
    public let amountX: Int64
    public let amountY: Int64
    public let rules: [CVMRule]

    /// Nil for less than the two amounts, half a rule, or more than a card's list can hold (252 bytes).
    public init?(_ bytes: [UInt8]) {
        guard (8...252).contains(bytes.count), bytes.count % 2 == 0 else { return nil }
        func amount(_ part: ArraySlice<UInt8>) -> Int64 { part.reduce(0) { $0 << 8 | Int64($1) } }
        amountX = amount(bytes[0..<4])
        amountY = amount(bytes[4..<8])
        rules = stride(from: 8, to: bytes.count, by: 2).map { CVMRule(bytes[$0], bytes[$0 + 1]) }
    }
}
