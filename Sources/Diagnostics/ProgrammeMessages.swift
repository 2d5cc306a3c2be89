import Core
import Foundation
import HostProtocol
import Programmes

// Programmes as replies tell them: the data of a file, field by field.

public struct ProgrammeParameters: Codable, Sendable {
    public var programme: String
    /// `en`, `fi` or `sv`.
    public var language: String?

    public init(programme: String, language: String? = nil) {
        self.programme = programme
        self.language = language
    }
}

public struct ProgrammeReply: Codable, Sendable, Equatable {
    public var id: String
    public var name: String
    public var currency: String
    public var file: String

    init(_ loaded: LoadedProgramme) {
        id = loaded.programme.id
        name = loaded.programme.name
        currency = loaded.programme.currency.code
        file = loaded.file
    }
}

public struct ProgrammesReply: Codable, Sendable, Equatable {
    public var programmes: [ProgrammeReply]
}

public struct TextReply: Codable, Sendable, Equatable {
    public var text: [String]
}

public struct PurseReply: Codable, Sendable, Equatable {
    public var id: String
    public var kind: String
    public var name: String
    public var purpose: String?
    public var pointsPerUnit: Int64?
    public var categories: [String]
}

public struct DatedLimitsReply: Codable, Sendable, Equatable {
    public var from: String?
    public var until: String?
    public var minimum: AmountReply?
    public var maximum: AmountReply?
    public var purchasesPerDay: Int?
    public var amountPerDay: AmountReply?
}

public struct TierReply: Codable, Sendable, Equatable {
    public var upTo: AmountReply?
    public var methods: [String]
}

public struct AgedShareReply: Codable, Sendable, Equatable {
    public var olderThanHours: Int64
    public var percent: Int64
}

public struct ProgrammeDataReply: Codable, Sendable, Equatable {
    public var id: String
    public var name: String
    public var currency: String
    public var file: String
    public var timeZone: String
    public var instruments: [String]
    public var purses: [PurseReply]
    public var limits: [DatedLimitsReply]
    public var merchantCategories: [String]
    public var allowed: [String]?
    public var excluded: [String]
    public var cash: Bool
    public var partial: Bool
    public var instrumentExpires: Bool
    public var balanceCap: AmountReply?
    public var holdHours: Int64?
    public var refundCreditDays: Int?
    public var exchangeMarkupPercent: String?
    public var purchaseFee: AmountReply?
    public var purchaseFeePercent: String?
    public var declineFee: AmountReply?
    public var valueDateCutOff: String?
    public var valueDateCalendar: String?
    public var verification: [TierReply]
    public var systematicallyOnline: Bool
    public var allowanceRequired: Bool
    public var hostTimeRequired: Bool
    public var offlineMaximum: AmountReply
    public var deferredMaximum: AmountReply?
    public var counterOnlyMaximum: AmountReply?
    public var aged: [AgedShareReply]
    public var selectionThreshold: AmountReply?
    public var selectionTargetPercent: Int?
    public var selectionMaximumPercent: Int?

    init(_ loaded: LoadedProgramme) {
        let programme = loaded.programme
        id = programme.id
        name = programme.name
        currency = programme.currency.code
        file = loaded.file
        timeZone = programme.timeZone.identifier
        instruments = InstrumentKind.allCases.filter(programme.instruments.kinds.contains).map(\.rawValue)
        purses = programme.purses.map { purse in
            PurseReply(
                id: purse.id, kind: purse.kind.rawValue, name: purse.name, purpose: purse.purpose,
                pointsPerUnit: purse.pointsPerUnit, categories: purse.categories.sorted())
        }
        limits = programme.limits.map { limits in
            DatedLimitsReply(
                from: limits.from?.description, until: limits.until?.description,
                minimum: limits.minimum.map(AmountReply.init), maximum: limits.maximum.map(AmountReply.init),
                purchasesPerDay: limits.purchasesPerDay, amountPerDay: limits.amountPerDay.map(AmountReply.init))
        }
        merchantCategories = programme.goods.merchantCategories.map { range in
            let (first, last) = ("000\(range.lowerBound)".suffix(4), "000\(range.upperBound)".suffix(4))
            return first == last ? "\(first)" : "\(first)-\(last)"
        }
        allowed = programme.goods.allowed?.sorted()
        excluded = programme.goods.excluded.sorted()
        cash = programme.allowsCash
        partial = programme.allowsPartial
        instrumentExpires = programme.checksExpiry
        balanceCap = programme.balanceCap.map(AmountReply.init)
        holdHours = programme.hold.map { $0.validity / 3_600_000 }
        refundCreditDays = programme.refund?.creditDays
        exchangeMarkupPercent = programme.exchange?.markup.description
        purchaseFee = programme.fees.purchase.isPositive ? AmountReply(programme.fees.purchase) : nil
        purchaseFeePercent = programme.fees.percent?.description
        declineFee = programme.fees.decline.isPositive ? AmountReply(programme.fees.decline) : nil
        valueDateCutOff = programme.valueDate.map { "\($0.cutOff) \($0.timeZone.identifier)" }
        valueDateCalendar = programme.valueDate?.calendar.rawValue
        verification = programme.verification.map { tier in
            TierReply(
                upTo: tier.upTo.map(AmountReply.init),
                methods: InstrumentEvidence.Verification.allCases.filter(tier.methods.contains).map(\.rawValue))
        }
        let offline = programme.offline
        systematicallyOnline = offline.systematicallyOnline
        allowanceRequired = offline.allowanceRequired
        hostTimeRequired = offline.hostTimeRequired
        offlineMaximum = AmountReply(offline.maximumAmount)
        deferredMaximum = offline.deferredMaximum.map(AmountReply.init)
        counterOnlyMaximum = offline.counterOnlyMaximum.map(AmountReply.init)
        aged = offline.aged.map { AgedShareReply(olderThanHours: $0.olderThan / 3_600_000, percent: $0.percent) }
        selectionThreshold = offline.selection.map { AmountReply($0.threshold) }
        selectionTargetPercent = offline.selection?.targetPercent
        selectionMaximumPercent = offline.selection?.maximumPercent
    }
}
