import Core
import Crypto
import HostProtocol
import Programmes

/// What a host that serves terminals asks of its books. ``HostService`` knows nothing else of them; the tests that speak of
/// this protocol alone (`LedgerContract`) are what an implementation has to pass.
///
/// For every operation:
/// * *Exactly once*: it either happened as a whole or not at all. Asked again with the same content it changes nothing more,
///   and gives the answer that it gave.
/// * *Isolation*: operations behave as if they came one after another, whoever calls, from whatever process.
/// * *Durability*: when it returns, what it changed survives a crash of the process and of the machine.
/// * *Versions*: each change of what a terminal may see gets the next version. Whoever has read a version has read every
///   change below it; versions never become visible out of their order.
/// * ``LedgerError/unavailable(_:)`` says nothing of what happened: the caller asks again.
///
/// Instants come from the caller. The books hold no clock.
public protocol LedgerPort: Sendable {
    // MARK: Terminals

    /// The key that the terminal's requests are signed with.
    /// - Throws: ``LedgerError/unknownTerminal``.
    func terminalKey(_ terminal: String) async throws(LedgerError) -> Curve25519.Signing.PublicKey

    /// Ids of the programmes that the terminal's merchant is enrolled with (CARD-22).
    /// - Throws: ``LedgerError/unknownTerminal``.
    func programmes(of terminal: String) async throws(LedgerError) -> [String]

    /// How many terminals these books know, for the pace that they are asked to keep.
    func terminalCount() async throws(LedgerError) -> Int

    /// The last record that the books hold of the terminal's present journal; nil when they hold none. Of several with one
    /// number the one that came first: whoever holds another has been set back.
    func journalPosition(of terminal: String) async throws(LedgerError) -> JournalPosition?

    // MARK: Limits

    /// The page that brings a terminal up to date: what changed since its version; or a page of a snapshot when it has none,
    /// when its version is not of these books or too old, or when what it may see has changed. Read at one instant of the
    /// books: it shows all of a change or nothing of it. Holds whose time is over are given back before.
    ///
    /// What this terminal's records did to an account counts from its first missing number on at the terminal, not in the
    /// page (ALL-3).
    func page(
        for terminal: String, _ request: LimitRequest, now: UTCInstant, size: LimitPageSize
    ) async throws(LedgerError) -> LimitNews

    /// Where requests for limits wait for news; told of each change once it is durable.
    var watch: LimitWatch { get }

    // MARK: Money

    /// Decides an online authorisation at the true balances, and books an approval. The same bytes for the same content; a
    /// reversal that came first makes it a decline (ALL-10).
    /// - Returns: the encoded ``AuthorisationAnswer``.
    /// - Throws: ``LedgerError/paymentReused`` when the id was used with other content or by another terminal.
    func authorise(_ request: AuthorisationRequest, terminal: String, now: UTCInstant) async throws(LedgerError) -> [UInt8]

    /// Books what a terminal forwarded: each record once for ever, known by its id and the hash of its body, whatever becomes
    /// of the others in its batch.
    /// - Returns: a result for each record, in their order.
    func apply(_ batch: RecordBatch, terminal: String, now: UTCInstant) async throws(LedgerError) -> [RecordResult]

    /// Gives back what holds reserve whose time is over (CARD-12).
    /// - Returns: how many ended.
    @discardableResult
    func expireHolds(now: UTCInstant) async throws(LedgerError) -> Int

    /// Compares what a terminal holds of a scope of its present journal with what the books hold, and names what they hold
    /// when it differs.
    func reconcile(
        _ request: ReconciliationRequest, terminal: String, now: UTCInstant
    ) async throws(LedgerError) -> ReconciliationAnswer
}

/// What the issuer's people ask of the books, as far as any implementation has it: who pays from where, and what was booked.
public protocol LedgerDesk: LedgerPort {
    /// Adds a terminal, or changes what it may: its next page is then a snapshot. A new key means a new journal.
    func setTerminal(
        _ id: String, merchant: String, signingKey: Curve25519.Signing.PublicKey, programmes: [String],
        risk: TerminalRiskLimits, merchantCategory: String?, now: UTCInstant
    ) async throws(LedgerError)

    /// Opens an account with what is in its purses, and books what was held for want of it.
    /// - Throws: ``LedgerError/exists``, ``LedgerError/duplicatePerson`` (SMA-2).
    func addAccount(_ account: NewAccount, now: UTCInstant) async throws(LedgerError)

    /// CARD-21: the issuer's consent to offline approvals at one terminal; nil withdraws it.
    func setAllowance(_ allowance: OfflineAllowance?, account: String, terminal: String) async throws(LedgerError)

    /// CARD-8.
    func setStatus(_ status: AccountStatus, account: String) async throws(LedgerError)

    /// What the books hold of one payment, purse by purse.
    /// - Throws: ``LedgerError/refused(_:)`` `unknownPurchase` when nothing was booked under it.
    func receipt(of payment: UUIDv7) async throws(LedgerError) -> LedgerReceipt

    /// What each side has of each unit: the lines of a unit add up to zero.
    func trialBalance() async throws(LedgerError) -> [TrialLine]
}
