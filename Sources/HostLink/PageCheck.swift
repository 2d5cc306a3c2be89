import Core
import HostProtocol

/// A limit page is the answer to its request, and nothing in it is beyond what a host can mean: a page that is signed may
/// still come of a broken host.
extension AnswerCheck {
    /// Bounds of one page and of its fields.
    enum PageBound {
        static let accounts = 10_000
        static let removed = 100_000
        static let programmes = 64
        static let rates = 1000
        static let purses = 64
        static let instruments = 256
        static let openHolds = 256
        /// Bytes of ids.
        static let id = 64
        /// Bytes of a host's mark in a snapshot.
        static let mark = 256
        /// Bytes of a PIN verifier in base64.
        static let verifier = 1024
        /// Minor units, points, or what vouchers are worth.
        static let amount: Int64 = 1_000_000_000_000_000
        static let count = 1_000_000_000
        /// The last millisecond of the year 9999.
        static let time: Int64 = 253_402_300_799_999
        /// Of versions and incarnations: a terminal that had taken a larger one would take nothing after it.
        static let version: Int64 = 1_000_000_000_000_000
        /// Changes of the books while a snapshot is fetched.
        static let changesMeanwhile: Int64 = 1_000_000_000
        /// Ten years in milliseconds.
        static let cacheAge: Int64 = 315_360_000_000
    }

    static func page(
        _ bytes: [UInt8], terminal: String, request: LimitRequest
    ) throws(LinkFailure) -> LimitPage {
        let page = try decode(LimitPage.self, bytes)
        try requireAnswer(page.type == .limits, of: (page.terminal, page.nonce), to: (terminal, request.nonce))
        try require((1...PageBound.time).contains(page.issuedAt.milliseconds), "issuedAt")
        try place(page, request)
        try terms(page)
        try require(page.accounts.count <= PageBound.accounts, "accounts")
        let enrolled = Set(page.enrolledProgrammes)
        for (index, account) in page.accounts.enumerated() {
            try check(account, at: index, of: page, enrolled: enrolled)
        }
        try require(page.removed.count <= PageBound.removed, "removed")
        for (index, id) in page.removed.enumerated() { try require(isID(id), "removed[\(index)]") }
        try require(page.stops.isWellFormed, "stops")
        return page
    }

    /// Where the page stands among the host's versions, against what was asked for.
    private static func place(_ page: LimitPage, _ request: LimitRequest) throws(LinkFailure) {
        try require((1...PageBound.version).contains(page.incarnation), "incarnation")
        try require(page.base == 0 || page.base == request.since, "base")
        try require(page.version >= page.base && page.version <= PageBound.version, "version")
        if page.base == 0 {
            try require(!page.more, "more")
            if let position = page.position {
                try require(position == request.snapshot && position.at == page.version, "position")
            }
            if let next = page.next {
                try require(next.at == page.version && next != page.position, "next")
                try require(isText(next.after, most: PageBound.mark), "next")
            }
        } else {
            try require(page.incarnation == request.incarnation, "incarnation")
            try require(page.position == nil, "position")
            try require(page.next == nil, "next")
            // More to come without a step forward would never end.
            try require(!page.more || page.version > page.base, "more")
        }
    }

    /// What a page says of the terminal itself.
    private static func terms(_ page: LimitPage) throws(LinkFailure) {
        try require(isText(page.merchant, most: PageBound.id), "merchant")
        try require(page.enrolledProgrammes.count <= PageBound.programmes, "enrolledProgrammes")
        try require(page.enrolledProgrammes.allSatisfy { isID($0) }, "enrolledProgrammes")
        try require((0...PageBound.amount).contains(page.risk.exposureCap), "risk")
        try require((0...PageBound.cacheAge).contains(page.risk.maximumCacheAge), "risk")
        if let category = page.merchantCategory {
            try require(category.utf8.count == 4 && category.utf8.allSatisfy(isDigit), "merchantCategory")
        }
        try require(page.rates.count <= PageBound.rates, "rates")
        for (index, rate) in page.rates.enumerated() {
            try require(rate.from != rate.to && isPositiveDecimal(rate.rate), "rates[\(index)]")
        }
    }

    private static func check(
        _ account: AccountLimit, at index: Int, of page: LimitPage, enrolled: Set<String>
    ) throws(LinkFailure) {
        func require(_ holds: Bool, _ field: String) throws(LinkFailure) {
            try AnswerCheck.require(holds, "accounts[\(index)].\(field)")
        }
        let amounts = 0...PageBound.amount
        try require(isID(account.account), "account")
        try require(enrolled.contains(account.programme), "programme")
        // The pages of a snapshot are made one after another: an account may have moved on since the first.
        let newest = page.base == 0 ? page.version + PageBound.changesMeanwhile : page.version
        try require((0...newest).contains(account.version), "version")
        try require((0...PageBound.version).contains(account.countedThrough), "countedThrough")
        try require((0...PageBound.count).contains(account.purchasesOnCountedDay), "purchasesOnCountedDay")
        try require(amounts.contains(account.amountOnCountedDay), "amountOnCountedDay")
        if let allowance = account.offlineAllowance {
            try require(
                amounts.contains(allowance.amount) && (0...PageBound.count).contains(allowance.count)
                    && amounts.contains(allowance.perTransaction), "offlineAllowance")
        }
        try require(account.openHolds.count <= PageBound.openHolds, "openHolds")
        if let pin = account.pin {
            try require(pin.verifier.map { isText($0, most: PageBound.verifier) } ?? true, "pin")
            try require(pin.enabledFrom.map { (0...PageBound.time).contains($0.milliseconds) } ?? true, "pin")
        }
        try require(account.instruments.count <= PageBound.instruments, "instruments")
        try require(account.purses.count <= PageBound.purses, "purses")
        for purse in account.purses { try require(isPurse(purse), "purses") }
        // One entry for a purse, one for each denomination of its vouchers.
        if account.purses.count > 1 {
            let keys = Set(
                account.purses.map { PurseBalance(purse: $0.purse, denomination: $0.denomination, balance: 0) })
            try require(keys.count == account.purses.count, "purses")
        }
    }

    private static func isPurse(_ purse: PurseBalance) -> Bool {
        guard isID(purse.purse), (-PageBound.amount...PageBound.amount).contains(purse.balance) else { return false }
        guard let denomination = purse.denomination else { return true }
        let (worth, overflow) = denomination.multipliedReportingOverflow(by: purse.balance)
        return denomination > 0 && denomination <= PageBound.amount && !overflow
            && (-PageBound.amount...PageBound.amount).contains(worth)
    }

    /// Visible ASCII without spaces.
    private static func isID(_ text: String) -> Bool {
        (1...PageBound.id).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// Printable ASCII.
    private static func isText(_ text: String, most: Int) -> Bool {
        (1...most).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isPositiveDecimal(_ text: String) -> Bool {
        guard let number = try? DecimalNumber(text) else { return false }
        return number.mantissa > 0
    }
}
