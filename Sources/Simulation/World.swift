import Core
import HostProtocol
import Programmes
import Store

/// One account with its lanes, on both sides: one interleaving.
struct World {
    struct Payment {
        enum State { case held, paid, closed }
        var id: UUIDv7
        var isOnline: Bool
        var isDeferred = false
        /// The record that took it back.
        var void: UUIDv7?
        /// By the host, whether the terminal knows or not.
        var isDeclined = false
        var state: State
        /// Held or paid.
        var take: Take
        /// The number of its record.
        var sequence: Int64?
        var isHold: Bool
        var day: CivilDate
        var refunded = Take()
        /// Of an online payment: the version of the books that has it.
        var bookedAt: Int64?

        var asEnded: ModelTerminal.Ended {
            ModelTerminal.Ended(payment: id, sequence: sequence, take: take, bookedAt: bookedAt)
        }
    }

    enum Lane {
        case idle
        case open(UUIDv7, isHold: Bool, amount: Int64)
        /// The host has been asked; nil: it has not heard it.
        case asked(UUIDv7, isHold: Bool, amount: Int64, answer: AuthorisationAnswer?, take: Take)
    }

    let number: Int
    let layout: PurseLayout
    let account: String
    let instrument: Pseudonym
    var books: ModelAccount
    var terminal = ModelTerminal()
    /// The statement that a snapshot under way will bring.
    var staged: AccountLimit?
    /// Version of the books since which the host lacks the account; nil: it has it.
    var removedAt: Int64?
    var lanes: [Lane]
    var payments: [Payment] = []
    /// What the host moved by itself, and fees: with the payments, all that ever moved.
    var others = Units.zero
    var history: [SimulatedEvent] = []
    var lastAmendment: Amended?

    /// An amendment that was approved: it may be asked for again (ALL-8).
    struct Amended {
        var payment: UUIDv7
        var kind: Amendment.Kind
        var original: UUIDv7
        var amount: Int64
    }

    init?(_ number: Int, lanes: Int, version: Int64, allowance: OfflineAllowance) {
        self.number = number
        layout = PurseLayout.all[number % PurseLayout.all.count]
        account = "A\(number)"
        var bytes = [UInt8](repeating: 0xA5, count: 16)
        bytes[0] = UInt8(truncatingIfNeeded: number)
        bytes[1] = UInt8(truncatingIfNeeded: number >> 8)
        guard let instrument = Pseudonym(bytes: bytes) else { return nil }
        self.instrument = instrument
        books = ModelAccount(initial: layout.initial, version: version, allowance: allowance)
        self.lanes = [Lane](repeating: .idle, count: lanes)
    }

    // MARK: What is left, seen from everywhere

    /// Whether a newer statement than the terminal's has been made for it, which may be older than a reversal.
    private var isStatementUnderWay: Bool {
        staged != nil || lanes.contains { if case .asked = $0 { true } else { false } }
    }

    /// What the host has authorised that the terminal can't know of: in flight, or lost.
    var hidden: Units {
        let known = terminal.statement?.version ?? 0
        return books.authorisations.reduce(.zero) { sum, entry in
            let (payment, authorisation) = entry
            guard authorisation.state == .booked || isStatementUnderWay, authorisation.version > known,
                !payments.contains(where: { $0.id == payment })
            else { return sum }
            return sum &+ authorisation.units
        }
    }

    /// What the terminal may spend without anybody being short later.
    func spendable() -> Units { (terminal.available(layout) ?? .zero) &- hidden }

    /// What would be available if the newest statement were here.
    func available(under fresh: AccountLimit) -> Units {
        var ahead = terminal
        ahead.statement = fresh
        return ahead.available(layout) ?? .zero
    }

    /// Takes `amount` from what is there, purse by purse.
    /// - Returns: nil when that is not enough.
    func take(_ amount: Int64, from available: Units, acceptsLoss: Bool) -> Take? {
        var left = amount
        var take = Take()
        for (place, line) in layout.lines.enumerated() where left > 0 && available[place] > 0 {
            if let face = line.denomination {
                var count = min(available[place], left / face)
                var money = count * face
                if acceptsLoss, left - money > 0, left - money < face, available[place] > count {
                    count += 1
                    money = left
                }
                (take.units[place], take.money[place]) = (count, money)
                left -= money
            } else {
                let money = min(left, available[place] / line.unitsPerMinor)
                (take.units[place], take.money[place]) = (money * line.unitsPerMinor, money)
                left -= money
            }
        }
        return left == 0 ? take : nil
    }

    /// A part of a split, down to nothing of each purse.
    func part(of take: Take, random: inout SplitMix64) -> Take {
        var part = Take()
        for (place, line) in layout.lines.enumerated() where take.units[place] > 0 {
            if line.denomination != nil {
                guard random.one(in: 2) else { continue }
                (part.units[place], part.money[place]) = (take.units[place], take.money[place])
            } else {
                let money = random.below(take.money[place] + 1)
                (part.units[place], part.money[place]) = (money * line.unitsPerMinor, money)
            }
        }
        return part
    }

    /// What everything that the tills were told adds up to, whatever the books say.
    var truth: Units {
        payments.reduce(books.initial &+ others) { sum, payment in
            switch payment.state {
            case .held: books.holds[payment.id]?.expiredAt == nil ? sum &- payment.take.units : sum
            case .paid: sum &- payment.take.units &+ payment.refunded.units
            case .closed: sum
            }
        }
    }
}

extension SplitMix64 {
    /// 0..<bound; 0 for a bound that is not positive.
    mutating func below(_ bound: Int64) -> Int64 { bound > 0 ? Int64(next() % UInt64(bound)) : 0 }
    mutating func below(_ bound: Int) -> Int { Int(below(Int64(bound))) }
    mutating func one(in count: Int) -> Bool { below(count) == 0 }
}
