import Core
import Foundation
import GRDB
import HostProtocol

/// Bounds of one page.
public struct LimitPageSize: Sendable {
    public var accounts: Int
    public var stops: Int
    /// Rows looked at, those that the terminal may not see included.
    public var scanned: Int
    /// Of the encoded page, less what every page carries.
    public var bytes: Int

    public init(accounts: Int = 2_000, stops: Int = 100_000, scanned: Int = 100_000, bytes: Int = 3_500_000) {
        self.accounts = max(1, accounts)
        self.stops = min(max(1, stops), StopChanges.maximumCount)
        self.scanned = max(1, scanned)
        self.bytes = bytes
    }
}

extension SQLiteLedger {
    /// The page that brings a terminal up to date: what changed since its version; or a page of a snapshot when it has
    /// none, when its version is not of these books or too old, or when what it may see has changed.
    public func limits(
        for terminal: String, _ request: LimitRequest, now: UTCInstant, size: LimitPageSize = LimitPageSize()
    ) async throws(LedgerError) -> LimitPage {
        try await page(for: terminal, request, now: now, size: size).page
    }

    public func page(
        for terminal: String, _ request: LimitRequest, now: UTCInstant, size: LimitPageSize
    ) async throws(LedgerError) -> LimitNews {
        try await expireHolds(now: now)
        return try await read { try $0.page(for: terminal, request, now: now, size: size) }
    }
}

/// A page, and whether it says anything.
public struct LimitNews: Sendable {
    public var page: LimitPage
    /// False for a page that tells the terminal nothing that it has not heard.
    public var isNews: Bool
    /// The books' data version before the page was read, as ``LimitWatch`` asks for it.
    public var dataVersion: Int64

    public init(page: LimitPage, isNews: Bool, dataVersion: Int64) {
        self.page = page
        self.isNews = isNews
        self.dataVersion = dataVersion
    }
}

extension LedgerTransaction {
    func page(for terminal: String, _ request: LimitRequest, now: UTCInstant, size: LimitPageSize) throws -> LimitNews {
        // Before anything is read: what is written meanwhile makes another number.
        let dataVersion = try number(SQLiteLedger.dataVersionQuery) ?? 0
        let holder = try self.terminal(terminal)
        guard let ledger = try row("SELECT * FROM ledger") else { throw LedgerError.unavailable("ledger row") }
        let (version, incarnation): (Int64, Int64) = (ledger["version"], ledger["incarnation"])
        let oldest = max(holder.changed, ledger["horizon"] as Int64)
        var page = LimitPage(
            terminal: terminal, nonce: request.nonce, version: version, base: 0, issuedAt: now, merchant: holder.merchant,
            enrolledProgrammes: holder.programmes, risk: holder.risk, accounts: [],
            merchantCategory: holder.merchantCategory, rates: try rates(), incarnation: incarnation)
        let since = request.since
        let isDelta = since > 0 && since <= version && since >= oldest && request.incarnation == incarnation
        if isDelta, request.snapshot == nil {
            page.base = since
            try fillDelta(&page, size: size, now: now)
            page.clearedDeclines = try clearedDeclines(for: terminal, after: since, through: page.version)
            let isNews = page.clearedDeclines != nil || page.more || !page.accounts.isEmpty || !page.removed.isEmpty || !page.stops.isEmpty
                || ledger["rates_changed"] as Int64 > since
            return LimitNews(page: page, isNews: isNews, dataVersion: dataVersion)
        }
        var mark = SnapshotMark.accounts(after: "")
        if let position = request.snapshot, position.at > 0, position.at <= version, position.at >= oldest,
            let found = SnapshotMark(position.after, incarnation: incarnation)
        {
            page.version = position.at
            page.position = position
            mark = found
        }
        let next = try fillSnapshot(&page, from: mark, size: size, now: now)
        page.next = next.map { SnapshotPosition(at: page.version, after: $0.text(incarnation: incarnation)) }
        if next == nil { page.clearedDeclines = try clearedDeclines(for: terminal, after: 0, through: page.version) }
        return LimitNews(page: page, isNews: true, dataVersion: dataVersion)
    }

    /// At most this many bytes of JSON, whatever is in the strings.
    static func weight(_ limit: AccountLimit) -> Int {
        let texts = limit.account.utf8.count + limit.programme.utf8.count + (limit.pin?.verifier?.utf8.count ?? 0)
        let purses = limit.purses.reduce(0) { $0 + 120 + 6 * $1.purse.utf8.count }
        return 600 + 6 * texts + purses + 100 * limit.instruments.count + 40 * limit.openHolds.count
    }

    /// Base64 of an added entry, or of a removed one.
    static let stopWeight = 23
}

/// Where a snapshot goes on: through the accounts by id, then through the stop list by pseudonym.
enum SnapshotMark {
    case accounts(after: String)
    case stops(after: [UInt8])

    init?(_ text: String, incarnation: Int64) {
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, parts[0] == String(incarnation) else { return nil }
        switch parts[1] {
        case "a": self = .accounts(after: parts[2])
        case "s":
            guard let bytes = Hex.decode(parts[2]), bytes.isEmpty || bytes.count == 16 else { return nil }
            self = .stops(after: bytes)
        default: return nil
        }
    }

    func text(incarnation: Int64) -> String {
        switch self {
        case .accounts(let id): "\(incarnation):a:\(id)"
        case .stops(let bytes): "\(incarnation):s:\(Hex.encode(bytes))"
        }
    }
}
