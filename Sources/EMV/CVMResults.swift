/// CVM results, tag 9F34 (EMV Book 4 annex A4): the last method performed, the condition it stood under, and what came
/// of it.
public struct CVMResults: Sendable, Hashable {
    public enum Result: UInt8, Sendable, Hashable {
        /// Signature and online PIN: somebody else finds out.
        case unknown = 0x00
        case failed = 0x01
        case successful = 0x02
    }

    /// The first byte of the rule, its bit 7 included.
    public let method: UInt8
    public let condition: CVMCondition
    public let result: UInt8

    public init(method: UInt8, condition: CVMCondition, result: Result) {
        self.method = method
        self.condition = condition
        self.result = result.rawValue
    }

    public init(_ rule: CVMRule, _ result: Result) {
        self.init(method: rule.bytes[0], condition: rule.condition, result: result)
    }

    /// Nil unless there are three bytes.
    public init?(bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count == 3 else { return nil }
        (method, condition, result) = (bytes[0], CVMCondition(rawValue: bytes[1]), bytes[2])
    }

    /// The card asks for no verification, or has no list.
    public static let notPerformed = CVMResults(method: 0x3F, condition: .always, result: .unknown)
    /// No rule applied.
    public static let noRuleApplied = CVMResults(method: 0x3F, condition: .always, result: .failed)

    public var bytes: [UInt8] { [method, condition.rawValue, result] }
    public var code: CVMCode { CVMCode(rawValue: method) }
    /// Nil for a byte without a meaning.
    public var resultName: String? {
        switch Result(rawValue: result) {
        case .unknown: "unknown"
        case .failed: "failed"
        case .successful: "successful"
        case nil: nil
        }
    }
}
