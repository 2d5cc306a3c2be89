import Core
import HostProtocol

/// One account on the books of a host that is right because it is simple: the list of everything that ever moved it,
/// in the
/// order of booking. Balances are sums over the list, made anew each time; nothing is kept up to date by the way.
public struct ModelAccount: Sendable {
    struct Effect: Sendable {
        var version: Int64
        /// The terminal whose record it is, with the record's number; nil: the host's own.
        var terminal: Int?
        var sequence: Int64 = 0
        var units: Units
        var day: CivilDate?
        var purchases = 0
    }

    struct Hold: Sendable {
        var terminal: Int
        /// The number of the record that opened it; nil: held from its authorisation on.
        var sequence: Int64?
        var units: Units
        /// Version of the books at which the host let it go.
        var expiredAt: Int64?
        /// The number of the record that ended it.
        var endedBy: Int64?
    }

    struct Authorisation: Sendable, Equatable {
        enum State: Sendable { case booked, reversed }
        var state: State
        var units: Units
        var version: Int64
        var day: CivilDate?
    }

    /// What a record says, as far as books care.
    public struct Entry: Sendable, Equatable {
        public var kind: JournalRecord.Kind
        public var sequence: Int64?
        public var payment: UUIDv7
        public var original: UUIDv7?
        public var units: Units
        public var day: CivilDate?
    }

    let initial: Units
    private(set) var effects: [Effect] = []
    /// By terminal: the numbers of the records that came.
    private(set) var arrived: [Int: Set<Int64>] = [:]
    private(set) var holds: [UUIDv7: Hold] = [:]
    /// Holds whose end came before them.
    private var overtaken: Set<UUIDv7> = []
    private(set) var authorisations: [UUIDv7: Authorisation] = [:]
    /// Version of the newest change.
    private(set) var version: Int64
    public var allowance: OfflineAllowance?

    init(initial: Units, version: Int64, allowance: OfflineAllowance?) {
        self.initial = initial
        self.version = version
        self.allowance = allowance
    }

    // MARK: What the books say

    /// All of it: what the account has when nothing is under way.
    var balance: Units { effects.reduce(initial) { $0 &+ $1.units } }

    func countedThrough(_ terminal: Int) -> Int64 {
        guard let numbers = arrived[terminal] else { return 0 }
        var through: Int64 = 0
        while numbers.contains(through + 1) { through += 1 }
        return through
    }

    /// The balance as a terminal is told: without its own records beyond the counted prefix.
    func balance(for terminal: Int) -> Units {
        let through = countedThrough(terminal)
        return effects.reduce(initial) { sum, effect in
            effect.terminal == terminal && effect.sequence > through ? sum : sum &+ effect.units
        }
    }

    /// Payments of a terminal whose holds ``balance(for:)`` lacks.
    func openHolds(_ terminal: Int) -> [UUIDv7] {
        let through = countedThrough(terminal)
        return holds.filter { _, hold in
            hold.terminal == terminal && hold.expiredAt == nil && (hold.endedBy.map { $0 > through } ?? true)
        }.map(\.key).sorted()
    }

    func purchases(on day: CivilDate, for terminal: Int) -> Int {
        let through = countedThrough(terminal)
        return effects.reduce(0) { sum, effect in
            effect.day != day || (effect.terminal == terminal && effect.sequence > through)
                ? sum : sum + effect.purchases
        }
    }

    func statement(
        for terminal: Int, account: String, layout: PurseLayout, instrument: Pseudonym, today: CivilDate
    ) -> AccountLimit {
        AccountLimit(
            account: account, programme: layout.programme, version: version,
            currency: Currency(code: layout.currencyCode) ?? .eur, purses: layout.purses(balance(for: terminal)),
            status: .active, countedThrough: countedThrough(terminal), countedDay: today,
            purchasesOnCountedDay: purchases(on: today, for: terminal), offlineAllowance: allowance,
            instruments: [InstrumentBinding(pseudonym: instrument, kind: .card)], openHolds: openHolds(terminal))
    }

    // MARK: What moves the books

    mutating func touch(_ version: Int64) { self.version = version }

    /// The host's own: a load, a payment at another terminal, a fee.
    mutating func move(_ units: Units, version: Int64) {
        effects.append(Effect(version: version, terminal: nil, units: units))
        self.version = version
    }

    /// A hold of the host's own is held from its authorisation on.
    mutating func authorise(
        _ payment: UUIDv7, _ units: Units, isHold: Bool = false, terminal: Int = 0, day: CivilDate?, version: Int64
    ) {
        if isHold { holds[payment] = Hold(terminal: terminal, units: units) }
        effects.append(Effect(version: version, terminal: nil, units: Units.zero &- units, day: day, purchases: 1))
        authorisations[payment] = Authorisation(state: .booked, units: units, version: version, day: day)
        self.version = version
    }

    mutating func expire(_ hold: UUIDv7, version: Int64) {
        guard var held = holds[hold], held.expiredAt == nil, held.endedBy == nil else { return }
        held.expiredAt = version
        holds[hold] = held
        // Its terminal hears of what is given back when it hears of what was held: before, it still subtracts the hold itself.
        effects.append(
            Effect(
                version: version, terminal: held.sequence.map { _ in held.terminal }, sequence: held.sequence ?? 0,
                units: held.units))
        self.version = version
    }

    /// Undoes an authorisation (ALL-10), also one that is known by its reversal alone: then it is never booked.
    mutating func reverse(_ payment: UUIDv7, version: Int64) {
        if var booked = authorisations[payment] {
            guard booked.state == .booked else { return }
            booked.state = .reversed
            if holds.removeValue(forKey: payment)?.expiredAt != nil { booked.units = .zero }
            authorisations[payment] = booked
            effects.append(Effect(version: version, terminal: nil, units: booked.units, day: booked.day, purchases: -1))
        } else {
            authorisations[payment] = Authorisation(state: .reversed, units: .zero, version: version)
        }
        self.version = version
    }

    /// Books a record that came for the first time.
    /// - Parameters:
    ///   - declined: of a deferred approval that the host declines, or of what changes one: it moves nothing.
    ///   - expired: of a hold that was past its end when it came.
    mutating func book(_ entry: Entry, of terminal: Int, declined: Bool = false, expired: Bool = false, version: Int64)
    {
        var units = Units.zero
        var purchases = 0
        switch entry.kind {
        case .offlineApproval: (units, purchases) = (Units.zero &- entry.units, 1)
        case .deferredApproval: (units, purchases) = declined ? (.zero, 0) : (Units.zero &- entry.units, 1)
        case .hold:
            purchases = 1
            guard !overtaken.contains(entry.payment) else { break }
            if !expired { units = Units.zero &- entry.units }
            holds[entry.payment] = Hold(
                terminal: terminal, sequence: entry.sequence, units: entry.units, expiredAt: expired ? version : nil)
        case .completion, .release:
            units = entry.kind == .release ? .zero : Units.zero &- entry.units
            guard let original = entry.original else { break }
            if var held = holds[original] {
                if held.expiredAt == nil { units = units &+ held.units }
                held.endedBy = entry.sequence
                holds[original] = held
            } else {
                overtaken.insert(original)
            }
        case .refund, .void: units = declined ? .zero : entry.units
        case .declineAdvice: units = Units.zero &- entry.units
        case .reversal: reverse(entry.payment, version: version)
        case .onlineApproval, .torn: break
        }
        if let sequence = entry.sequence {
            arrived[terminal, default: []].insert(sequence)
            effects.append(
                Effect(
                    version: version, terminal: terminal, sequence: sequence, units: units, day: entry.day,
                    purchases: purchases))
        }
        self.version = version
    }
}
