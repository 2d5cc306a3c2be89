import Core
import EMV
import SmartCard
import Testing

/// One situation in plain bytes, as the book's clauses name them.
private struct Situation: Sendable {
    var ttq: [UInt8]
    /// Nil: the card has no 9F6C.
    var ctq: [UInt8]?
    /// "AAC", "TC", "ARQC", "?".
    var cryptogram: String
    var expired = false
    var listed = false
    /// "", "cash", "cashback".
    var forbidden = ""
    /// "none", "same", "other".
    var copy = "same"
    var signed = true
    var odaPasses = true

    func ttq(_ byte: Int, _ bit: Int) -> Bool { ttq[byte - 1] & UInt8(1 << (bit - 1)) != 0 }
    func ctq(_ byte: Int, _ bit: Int) -> Bool { (ctq?[byte - 1] ?? 0) & UInt8(1 << (bit - 1)) != 0 }
}

/// The clauses once more, as a list to be read from the top: the first row whose condition holds names the outcome or
/// changes where the terminal stands. Written from the clauses alone; shares no code with the kernel.
private enum Book {
    struct Row: Sendable {
        let clause: String
        let when: @Sendable (Situation) -> Bool
        let then: String
    }

    /// Rows that end the transaction or send it online before cardholder verification.
    static let before: [Row] = [
        Row(clause: "5.4.3.2", when: { s in s.cryptogram == "?" }, then: "declined unknown"),
        Row(clause: "5.4.3.2", when: { s in s.cryptogram == "AAC" }, then: "declined card"),
        Row(clause: "5.4.3.2", when: { s in s.cryptogram == "ARQC" }, then: "online"),
        Row(clause: "5.4.3.2", when: { s in s.cryptogram == "TC" && s.ttq(2, 8) }, then: "online"),
        Row(clause: "5.5.1.1", when: { s in s.expired && !(s.ctq(1, 4) && !s.ttq(1, 4)) }, then: "declined expired"),
        Row(clause: "5.5.1.2", when: { s in s.listed }, then: "declined listed"),
        Row(clause: "5.5.1.3", when: { s in s.forbidden == "cash" && s.ctq(1, 3) && s.ttq(1, 5) }, then: "interface"),
        Row(clause: "5.5.1.3", when: { s in s.forbidden == "cashback" && s.ctq(1, 2) && s.ttq(1, 5) }, then: "interface"),
        Row(clause: "5.5.1.3", when: { s in s.forbidden != "" }, then: "declined usage"),
        Row(clause: "5.5.1.1", when: { s in s.expired }, then: "online"),
        Row(clause: "5.6", when: { s in s.odaPasses }, then: "authenticated"),
        Row(clause: "5.6", when: { s in s.ctq(1, 6) && !s.ttq(1, 4) }, then: "failed online"),
        Row(clause: "5.6", when: { s in s.ctq(1, 5) && s.ttq(1, 5) }, then: "failed interface"),
        Row(clause: "5.6", when: { _ in true }, then: "failed declined"),
    ]

    static let verification: [(when: @Sendable (Situation) -> Bool, then: String)] = [
        ({ $0.ctq == nil && !$0.ttq(2, 7) }, "none"),
        ({ $0.ctq == nil && $0.ttq(1, 2) }, "signature"),
        ({ $0.ctq == nil && $0.ttq(1, 3) && $0.ttq(3, 7) }, "onlinePIN"),
        ({ $0.ctq == nil }, "impossible"),
        ({ $0.ctq(1, 8) && $0.ttq(1, 3) }, "onlinePIN"),
        ({ $0.ctq(2, 8) && $0.copy == "same" }, "device"),
        ({ $0.ctq(2, 8) && $0.copy == "none" && $0.cryptogram == "ARQC" }, "device"),
        ({ $0.ctq(2, 8) }, "unauthentic"),
        ({ $0.ctq(1, 7) && $0.ttq(1, 2) }, "signature"),
        ({ $0.ttq(2, 7) }, "impossible"),
        ({ _ in true }, "none"),
    ]

    /// `outcome/verification/authentication`.
    static func outcome(_ s: Situation) -> String {
        guard let row = before.first(where: { $0.when(s) }) else { return "" }
        var online = false
        var authentication = "-"
        switch row.then {
        case "online":
            online = true
            // 5.6, ODA for online authorisations: the reader asks for it, and the card has signed an ARQC.
            if s.cryptogram == "ARQC", s.ttq(1, 1), s.signed { authentication = s.odaPasses ? "ok" : "failed" }
        case "authenticated": authentication = "ok"
        case "failed online":
            online = true
            authentication = "failed"
        case "failed interface": return "interface/notPerformed/failed"
        case "failed declined": return "declined authentication/notPerformed/failed"
        default: return "\(row.then)/notPerformed/-"
        }
        let method = verification.first { $0.when(s) }?.then ?? ""
        switch method {
        case "impossible": return "declined verification/notPerformed/\(authentication)"
        case "unauthentic": return "declined qualifiers/notPerformed/\(authentication)"
        default: break
        }
        if method == "onlinePIN" { online = true }
        let outcome = !online ? "approved" : s.ttq(1, 4) ? "declined online" : "online"
        return "\(outcome)/\(method)/\(authentication)"
    }
}

/// The kernel's ruling in the same words.
private func kernel(_ s: Situation) -> String {
    let types: [String: CryptogramType] = ["AAC": .aac, "TC": .tc, "ARQC": .arqc]
    let rules = QVSDCRules(
        reader: TerminalTransactionQualifiers(rawValue: s.ttq.reduce(0) { $0 << 8 | UInt32($1) }),
        card: s.ctq.flatMap { CardTransactionQualifiers($0) }, cryptogram: types[s.cryptogram], isInDate: !s.expired,
        usage: s.forbidden == "cash" ? .cashForbidden : s.forbidden == "cashback" ? .cashbackForbidden : .allowed,
        signedCopy: s.copy == "same" ? .equal : s.copy == "other" ? .different : .absent, hasSigned: s.signed)
    let ruling = rules.rule(
        isListed: { s.listed }, authenticate: { s.odaPasses ? .passed : .failed(.notSupportedByCard) })
    let verdict =
        switch ruling.verdict {
        case .approved: "approved"
        case .online: "online"
        case .anotherInterface: "interface"
        case .declined(let reason):
            switch reason {
            case .cardDeclined: "declined card"
            case .unknownCryptogramType: "declined unknown"
            case .expired: "declined expired"
            case .listed: "declined listed"
            case .usageNotAllowed: "declined usage"
            case .authenticationFailed: "declined authentication"
            case .onlineNotPossible: "declined online"
            case .verificationNotPossible: "declined verification"
            case .qualifiersNotAuthenticated: "declined qualifiers"
            }
        }
    let authentication =
        switch ruling.authentication {
        case .notPerformed: "-"
        case .passed: "ok"
        case .failed: "failed"
        }
    return "\(verdict)/\(ruling.verification.rawValue)/\(authentication)"
}

@Suite("Every combination of what card and reader can say, against the book's clauses")
struct DecisionTableTests {
    /// Byte 1 of the CTQ with every bit, byte 2 with and without CDCVM; and no CTQ.
    private static let cards: [[UInt8]?] = [nil] + (0...255).flatMap { first in [[UInt8(first), 0x00], [UInt8(first), 0x80]] }

    /// Contact chip, offline-only, online PIN, signature, ODA for online; online cryptogram, CVM required; CDCVM.
    private static let readers: [[UInt8]] = (0...255).map { bits in
        func bit(_ position: Int, _ value: UInt8) -> UInt8 { bits >> position & 1 == 1 ? value : 0 }
        return [
            0x20 | bit(0, 0x10) | bit(1, 0x08) | bit(2, 0x04) | bit(3, 0x02) | bit(4, 0x01), bit(5, 0x80) | bit(6, 0x40),
            bit(7, 0x40), 0x80,
        ]
    }

    /// Compares all cards and readers in one situation; says the first that differ, and how often each outcome came.
    private func compare(_ change: (inout Situation) -> Void) -> [String: Int] {
        var outcomes: [String: Int] = [:]
        var differing = 0
        for reader in Self.readers {
            for card in Self.cards {
                var situation = Situation(ttq: reader, ctq: card, cryptogram: "TC")
                change(&situation)
                let (expected, found) = (Book.outcome(situation), kernel(situation))
                outcomes[found, default: 0] += 1
                if expected != found {
                    differing += 1
                    if differing <= 3 { Issue.record("\(situation): the book \(expected), the kernel \(found)") }
                }
            }
        }
        #expect(differing == 0)
        return outcomes
    }

    @Test("513 cards × 256 readers × cryptogram × authentication × signed copy", arguments: [
        ("TC", true), ("TC", false), ("ARQC", true), ("ARQC", false), ("AAC", true), ("?", true),
    ])
    func qualifiers(cryptogram: String, passes: Bool) {
        for copy in ["none", "same", "other"] {
            let outcomes = compare {
                $0.cryptogram = cryptogram
                $0.odaPasses = passes
                $0.copy = copy
            }
            #expect(outcomes.values.reduce(0, +) == 513 * 256)
            let approved = outcomes.contains { $0.key.hasPrefix("approved") }
            #expect(approved == (cryptogram == "TC" && passes))
            #expect(!outcomes.keys.contains { $0.hasPrefix("approved") && !$0.hasSuffix("/ok") })
        }
    }

    @Test("513 cards × 256 readers × expiry × exception file × usage, on a TC", arguments: [
        (false, false, "cash"), (false, false, "cashback"), (false, true, ""), (true, false, ""), (true, false, "cash"),
        (true, true, ""), (true, true, "cashback"),
    ])
    func restrictions(expired: Bool, listed: Bool, forbidden: String) {
        for passes in [true, false] {
            let outcomes = compare {
                $0.expired = expired
                $0.listed = listed
                $0.forbidden = forbidden
                $0.odaPasses = passes
            }
            #expect(!outcomes.keys.contains { $0.hasPrefix("approved") })
        }
    }

    @Test("An ARQC is not restricted, and authenticated only when card and reader both want it", arguments: [true, false])
    func online(signed: Bool) {
        let outcomes = compare {
            $0.cryptogram = "ARQC"
            $0.expired = true
            $0.listed = true
            $0.forbidden = "cash"
            $0.signed = signed
        }
        #expect(outcomes.keys.contains { $0.hasSuffix("/ok") } == signed)
    }

    /// §3.1.1 in plain numbers: the flags of table 5-3, then TTQ byte 2; nil where contactless is not allowed.
    private struct Limits {
        var transaction: Int64?, floor: Int64?, terminalFloor: Int64?, verification: Int64?
        var statusCheck: Bool, zeroAllowed: Bool, offlineOnly: Bool, asked: Bool

        func book(_ amount: Int64) -> UInt8? {
            if amount == 0, !zeroAllowed || offlineOnly { return nil }
            if let transaction, !(amount < transaction) { return nil }
            var byte: UInt8 = asked ? 0x80 : 0
            if let floor {
                if !(amount <= floor) { byte |= 0x80 }
            } else if let terminalFloor, !(amount <= terminalFloor) {
                byte |= 0x80
            }
            if amount == 100, statusCheck { byte |= 0x80 }
            if amount == 0 { byte |= 0x80 }
            if let verification, !(amount < verification) { byte |= 0x40 }
            return byte
        }
    }

    @Test("Amounts around every limit × limits × flags, against §3.1.1")
    func limits() throws {
        let date = CivilDate(daysSince1970: 20_000)
        var all: [Limits] = []
        for transaction in [nil, 100, 200] as [Int64?] {
            for floor in [nil, 0, 100] as [Int64?] {
                for terminalFloor in [nil, 50] as [Int64?] {
                    for verification in [nil, 0, 100] as [Int64?] {
                        for bits in 0..<16 {
                            all.append(Limits(
                                transaction: transaction, floor: floor, terminalFloor: terminalFloor, verification: verification,
                                statusCheck: bits & 1 != 0, zeroAllowed: bits & 2 != 0, offlineOnly: bits & 4 != 0,
                                asked: bits & 8 != 0))
                        }
                    }
                }
            }
        }
        var differing = 0
        for amount in [0, 1, 49, 50, 51, 99, 100, 101, 199, 200, 201] as [Int64] {
            let plain = try TransactionParameters(
                amount: Money(minorUnits: amount, currency: .eur), date: date, countryCode: 246, unpredictableNumber: [0, 0, 0, 0])
            let asking = try TransactionParameters(
                amount: Money(minorUnits: amount, currency: .eur), date: date, countryCode: 246, unpredictableNumber: [0, 0, 0, 0],
                onlineCryptogramRequired: true)
            for limits in all {
                let combination = Combination(
                    applicationIdentifier: Combination.visaCreditDebit,
                    qualifiers: limits.offlineOnly ? [.emvMode, .offlineOnly] : [.emvMode], transactionLimit: limits.transaction,
                    floorLimit: limits.floor, terminalFloorLimit: limits.terminalFloor, verificationLimit: limits.verification,
                    supportsStatusCheck: limits.statusCheck, allowsZeroAmount: limits.zeroAllowed)
                let found = Preprocessing.indicators(combination, limits.asked ? asking : plain)
                let byte: UInt8? = found.notAllowed ? nil : found.qualifiers.bytes[1]
                if byte != limits.book(amount) { differing += 1 }
                // The same limits by a card's application program say the same.
                let other = Combination(applicationIdentifier: Combination.visaCreditDebit, qualifiers: combination.qualifiers)
                if Preprocessing.indicators(other, limits.asked ? asking : plain, limits: combination.limits) != found { differing += 1 }
            }
        }
        #expect(all.count == 864)
        #expect(differing == 0)
    }
}
