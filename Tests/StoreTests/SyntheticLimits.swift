import Core
import Foundation
import HostProtocol

/// Limit pages of any size, as a host would send them: for measurements. Uses public interfaces alone, so that a benchmark
/// can take this file as it is.
public struct SyntheticLimits: Sendable {
    public var accounts: Int
    public var stops: Int
    public var accountsPerPage = 5_000
    public var stopsPerPage = 200_000

    public init(accounts: Int, stops: Int) {
        self.accounts = accounts
        self.stops = stops
    }

    /// The instrument of an account: in no order, as keyed pseudonyms are.
    public func instrument(_ account: Int) -> Pseudonym? { pseudonym(mixed(UInt64(account)), UInt64(account)) }

    /// A stopped instrument; ascending, as the host sends them.
    public func stopped(_ entry: Int) -> Pseudonym? {
        pseudonym(UInt64(entry) &* (UInt64.max / UInt64(max(stops, 1))), mixed(UInt64(entry)))
    }

    /// Applies a whole snapshot, page by page.
    public func snapshot(version: Int64, at issued: UTCInstant, apply: (LimitPage) throws -> Void) throws {
        var from: SnapshotPosition?
        let pages = pageCount
        for page in 0..<pages {
            let next = page + 1 < pages ? SnapshotPosition(at: version, after: "\(page)") : nil
            try apply(
                LimitPage(
                    terminal: "T1", nonce: UUIDv7(milliseconds: Int64(page), random: []), version: version, base: 0,
                    issuedAt: issued, merchant: "M1", enrolledProgrammes: ["epassi-card"],
                    risk: TerminalRiskLimits(exposureCap: 100_000, maximumCacheAge: 86_400_000),
                    accounts: accounts(page, version), stops: stops(page), position: from, next: next))
            from = next
        }
    }

    /// One page with `count` accounts changed.
    public func delta(base: Int64, count: Int, at issued: UTCInstant) -> LimitPage {
        LimitPage(
            terminal: "T1", nonce: UUIDv7(milliseconds: base, random: []), version: base + 1, base: base, issuedAt: issued,
            merchant: "M1", enrolledProgrammes: ["epassi-card"],
            risk: TerminalRiskLimits(exposureCap: 100_000, maximumCacheAge: 86_400_000),
            accounts: (0..<count).compactMap { account($0 * max(accounts / max(count, 1), 1), version: base + 1) })
    }

    private var pageCount: Int {
        max(
            (accounts + accountsPerPage - 1) / accountsPerPage + (stops + stopsPerPage - 1) / stopsPerPage, 1)
    }

    private func accounts(_ page: Int, _ version: Int64) -> [AccountLimit] {
        let start = min(page * accountsPerPage, accounts)
        return (start..<min(start + accountsPerPage, accounts)).compactMap { account($0, version: version) }
    }

    private func stops(_ page: Int) -> StopChanges {
        let start = (page - (accounts + accountsPerPage - 1) / accountsPerPage) * stopsPerPage
        guard start >= 0, start < stops else { return StopChanges() }
        return StopChanges(
            added: (start..<min(start + stopsPerPage, stops)).compactMap { entry in
                stopped(entry).map { StopEntry(instrument: $0, reason: .lostOrStolen) }
            })
    }

    private func account(_ number: Int, version: Int64) -> AccountLimit? {
        instrument(number).map { instrument in
            AccountLimit(
                account: "A\(10_000_000 + number)", programme: "epassi-card", version: version, currency: .sek,
                balance: 100_000, status: .active, countedThrough: 0, countedDay: nil, purchasesOnCountedDay: 0,
                offlineAllowance: OfflineAllowance(amount: 50_000, count: 5, perTransaction: 30_000),
                instruments: [instrument])
        }
    }

    private func mixed(_ number: UInt64) -> UInt64 {
        var z = number &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    private func pseudonym(_ high: UInt64, _ low: UInt64) -> Pseudonym? {
        Pseudonym(bytes: [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) } })
    }
}
