import HostProtocol

/// The second line behind the link's own checks: a page that is the host's may still be absurd.
extension LimitPage {
    /// The first field that can't be stored, without its value; nil when all can.
    var malformedField: String? {
        guard Bounds.number.contains(incarnation), incarnation > 0 else { return "incarnation" }
        guard Bounds.number.contains(version) else { return "version" }
        guard Bounds.number.contains(base) else { return "base" }
        guard base == 0 || (position == nil && next == nil) else { return "position" }
        guard [position, next].allSatisfy({ $0.map { $0.at == version && $0.after.utf8.count <= 256 } ?? true }) else {
            return "next"
        }
        guard merchant.utf8.count <= 64 else { return "merchant" }
        guard enrolledProgrammes.count <= 256, enrolledProgrammes.allSatisfy(Bounds.isID) else { return "enrolledProgrammes" }
        guard merchantCategory.map(Bounds.isMerchantCategory) ?? true else { return "merchantCategory" }
        guard risk.exposureCap >= 0, risk.maximumCacheAge >= 0 else { return "risk" }
        guard rates.count <= 1024, rates.allSatisfy({ $0.rate.utf8.count <= 32 }) else { return "rates" }
        guard removed.allSatisfy(Bounds.isID) else { return "removed" }
        guard clearedDeclines?.count ?? 0 <= LimitPage.maximumClearedDeclines else { return "clearedDeclines" }
        guard stops.isWellFormed else { return "stops" }
        let enrolled = Set(enrolledProgrammes)
        for account in accounts {
            if let field = account.malformedField { return "accounts.\(field)" }
            guard enrolled.contains(account.programme) else { return "accounts.programme" }
            // The pages of a snapshot are read one after another: an account may have moved on since the first.
            guard base == 0 || account.version <= version else { return "accounts.version" }
        }
        return nil
    }
}

extension AccountLimit {
    var malformedField: String? {
        guard Bounds.isID(account) else { return "account" }
        guard Bounds.isID(programme) else { return "programme" }
        guard Bounds.number.contains(version) else { return "version" }
        guard purses.count <= 64, Set(purses.map { Purse(id: $0.purse, denomination: $0.denomination) }).count == purses.count,
            purses.allSatisfy({ purse in
                Bounds.isID(purse.purse) && Bounds.isAmount(purse.balance)
                    && (purse.denomination.map { $0 > 0 && Bounds.isAmount($0) } ?? true)
            })
        else { return "purses" }
        guard Bounds.number.contains(countedThrough) else { return "countedThrough" }
        guard purchasesOnCountedDay >= 0, Bounds.number.contains(Int64(purchasesOnCountedDay)) else {
            return "purchasesOnCountedDay"
        }
        guard Bounds.isAmount(amountOnCountedDay) else { return "amountOnCountedDay" }
        if let offlineAllowance {
            guard Bounds.number.contains(offlineAllowance.amount), Bounds.number.contains(Int64(offlineAllowance.count)),
                Bounds.number.contains(offlineAllowance.perTransaction)
            else { return "offlineAllowance" }
        }
        guard openHolds.count <= 256 else { return "openHolds" }
        guard instruments.count <= 256 else { return "instruments" }
        guard pin?.verifier.map({ $0.utf8.count <= 1024 && $0.utf8.allSatisfy { $0 > 0x20 } }) ?? true else { return "pin" }
        return nil
    }

    private struct Purse: Hashable {
        var id: String
        var denomination: Int64?
    }
}

extension [PurseShare] {
    /// Whether an online answer's split can be stored.
    var isSound: Bool {
        count <= 64
            && allSatisfy { Bounds.isID($0.purse) && Bounds.number.contains($0.units) && Bounds.number.contains($0.money) }
            && indices.allSatisfy { place in !self[..<place].contains { $0.isOfSamePurse(as: self[place]) } }
    }
}

private enum Bounds {
    static let number: ClosedRange<Int64> = 0...1_000_000_000_000_000

    static func isAmount(_ amount: Int64) -> Bool { number.contains(amount) || (amount < 0 && amount >= -number.upperBound) }

    /// 1…64 bytes without control characters.
    static func isID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 0x20 }
    }

    static func isMerchantCategory(_ text: String) -> Bool {
        text.utf8.count == 4 && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
