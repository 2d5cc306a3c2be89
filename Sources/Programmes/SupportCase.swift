import Core
import Verification

/// MOB-6: what support needs to take back a payment that is too old to be cancelled at the till. It is forwarded like a
/// transaction. It can't be encoded as it is: the holder's name leaves the terminal only sealed to the host (ALL-5).
public struct SupportCase: Sendable, Hashable {
    /// Minted in the commit that creates the case; told to the till.
    public let id: UUIDv7
    public let holder: HolderName
    public let paidAt: UTCInstant
    public let code: VerificationCode
    public let amount: Money

    public init(id: UUIDv7, holder: HolderName, paidAt: UTCInstant, code: VerificationCode, amount: Money) {
        self.id = id
        self.holder = holder
        self.paidAt = paidAt
        self.code = code
        self.amount = amount
    }
}

extension SupportCase: CustomStringConvertible, CustomDebugStringConvertible {
    public var description: String { "support case \(id), \(amount)" }
    public var debugDescription: String { description }
}

extension SupportCase: CustomReflectable {
    public var customMirror: Mirror { Mirror(self, children: ["id": id, "amount": amount]) }
}

/// The name of a payer, for the identity check and for support: shown to the cashier, never printed otherwise (ALL-5).
public struct HolderName: Sendable, Hashable {
    private let name: String

    public init(_ name: String) { self.name = name }

    /// For the cashier's screen and for sealing to the host.
    public func revealed() -> String { name }
}

extension HolderName: CustomStringConvertible, CustomDebugStringConvertible {
    public var description: String { "(name withheld)" }
    public var debugDescription: String { description }
}

extension HolderName: CustomReflectable {
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
