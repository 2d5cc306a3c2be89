import Core
import EMV
import SmartCard
import Testing

/// One situation in plain bytes, as the book's clauses name them.
private struct Situation: Sendable {
    /// Bytes 1 to 3 of 9F66.
    var ttq: (UInt8, UInt8, UInt8)
    /// Nil: the card has no 9F6C.
    var ctq: (UInt8, UInt8)?
    /// Nil: of no known type.
    var cryptogram: CryptogramType? = .tc
    var expired = false
    var listed = false
    var forbidden = QVSDCRules.Usage.allowed
    var copy = QVSDCRules.SignedCopy.equal
    var signed = true
    var odaPasses = true

    func ttq(_ byte: Int, _ bit: Int) -> Bool {
        (byte == 1 ? ttq.0 : byte == 2 ? ttq.1 : ttq.2) >> UInt8(bit - 1) & 1 == 1
    }

    func ctq(_ byte: Int, _ bit: Int) -> Bool {
        guard let ctq else { return false }
        return (byte == 1 ? ctq.0 : ctq.1) >> UInt8(bit - 1) & 1 == 1
    }
}

/// The clauses once more, as a list to be read from the top: the first row whose condition holds names the outcome or
/// changes where the terminal stands. Written from the clauses alone; shares no code with the kernel.
private enum Book {
    enum Word: String, Sendable, CaseIterable {
        case approved, online, interface
        case unknown, card, expired, listed, usage, authentication, onlineNotPossible, verification, qualifiers
    }

    struct Outcome: Equatable {
        var word: Word
        var method = VerificationMethod.notPerformed
        /// Nil: not performed.
        var authenticated: Bool?
    }

    enum Then: Sendable {
        case declined(Word), goOnline, interface
        case authenticated, failedGoOnline, failedInterface, failedDeclined
    }

    struct Row: Sendable {
        let clause: String
        let when: @Sendable (Situation) -> Bool
        let then: Then
    }

    /// Rows that end the transaction or send it online before cardholder verification.
    static let before: [Row] = [
        Row(clause: "5.4.3.2", when: { s in s.cryptogram == nil }, then: .declined(.unknown)),
        Row(clause: "5.4.3.2", when: { s in s.cryptogram == .aac }, then: .declined(.card)),
        Row(clause: "5.4.3.2", when: { s in s.cryptogram == .arqc }, then: .goOnline),
        Row(clause: "5.4.3.2", when: { s in s.cryptogram == .tc && s.ttq(2, 8) }, then: .goOnline),
        Row(clause: "5.5.1.1", when: { s in s.expired && !(s.ctq(1, 4) && !s.ttq(1, 4)) }, then: .declined(.expired)),
        Row(clause: "5.5.1.2", when: { s in s.listed }, then: .declined(.listed)),
        Row(clause: "5.5.1.3", when: { s in s.forbidden == .cashForbidden && s.ctq(1, 3) && s.ttq(1, 5) }, then: .interface),
        Row(clause: "5.5.1.3", when: { s in s.forbidden == .cashbackForbidden && s.ctq(1, 2) && s.ttq(1, 5) }, then: .interface),
        Row(clause: "5.5.1.3", when: { s in s.forbidden != .allowed }, then: .declined(.usage)),
        Row(clause: "5.5.1.1", when: { s in s.expired }, then: .goOnline),
        Row(clause: "5.6", when: { s in s.odaPasses }, then: .authenticated),
        Row(clause: "5.6", when: { s in s.ctq(1, 6) && !s.ttq(1, 4) }, then: .failedGoOnline),
        Row(clause: "5.6", when: { s in s.ctq(1, 5) && s.ttq(1, 5) }, then: .failedInterface),
        Row(clause: "5.6", when: { _ in true }, then: .failedDeclined),
    ]

    enum Method: Sendable {
        case performed(VerificationMethod), declined(Word)
    }

    /// 5.7
    static let verification: [(when: @Sendable (Situation) -> Bool, then: Method)] = [
        ({ $0.ctq == nil && !$0.ttq(2, 7) }, .performed(.none)),
        ({ $0.ctq == nil && $0.ttq(1, 2) }, .performed(.signature)),
        ({ $0.ctq == nil && $0.ttq(1, 3) && $0.ttq(3, 7) }, .performed(.onlinePIN)),
        ({ $0.ctq == nil }, .declined(.verification)),
        ({ $0.ctq(1, 8) && $0.ttq(1, 3) }, .performed(.onlinePIN)),
        ({ $0.ctq(2, 8) && $0.copy == .equal }, .performed(.device)),
        ({ $0.ctq(2, 8) && $0.copy == .absent && $0.cryptogram == .arqc }, .performed(.device)),
        ({ $0.ctq(2, 8) }, .declined(.qualifiers)),
        ({ $0.ctq(1, 7) && $0.ttq(1, 2) }, .performed(.signature)),
        ({ $0.ttq(2, 7) }, .declined(.verification)),
        ({ _ in true }, .performed(.none)),
    ]

    static func outcome(_ s: Situation) -> Outcome? {
        guard let row = before.first(where: { $0.when(s) }) else { return nil }
        var online = false
        var authenticated: Bool?
        switch row.then {
        case .declined(let word): return Outcome(word: word)
        case .interface: return Outcome(word: .interface)
        case .failedInterface: return Outcome(word: .interface, authenticated: false)
        case .failedDeclined: return Outcome(word: .authentication, authenticated: false)
        case .goOnline:
            online = true
            // 5.6, ODA for online authorisations: the reader asks for it, and the card has signed an ARQC.
            if s.cryptogram == .arqc, s.ttq(1, 1), s.signed { authenticated = s.odaPasses }
        case .authenticated: authenticated = true
        case .failedGoOnline:
            online = true
            authenticated = false
        }
        guard let method = verification.first(where: { $0.when(s) })?.then else { return nil }
        switch method {
        case .declined(let word): return Outcome(word: word, authenticated: authenticated)
        case .performed(let method):
            if method == .onlinePIN { online = true }
            let word: Word = !online ? .approved : s.ttq(1, 4) ? .onlineNotPossible : .online
            return Outcome(word: word, method: method, authenticated: authenticated)
        }
    }
}

/// The kernel's ruling in the same words.
private func kernel(_ s: Situation) -> Book.Outcome {
    let rules = QVSDCRules(
        reader: TerminalTransactionQualifiers(
            rawValue: UInt32(s.ttq.0) << 24 | UInt32(s.ttq.1) << 16 | UInt32(s.ttq.2) << 8 | 0x80),
        card: s.ctq.map { CardTransactionQualifiers(rawValue: UInt16($0.0) << 8 | UInt16($0.1)) }, cryptogram: s.cryptogram,
        isInDate: !s.expired, usage: s.forbidden, signedCopy: s.copy, hasSigned: s.signed)
    let ruling = rules.rule(
        isListed: { s.listed }, authenticate: { s.odaPasses ? .passed : .failed(.notSupportedByCard) })
    let word: Book.Word =
        switch ruling.verdict {
        case .approved: .approved
        case .online: .online
        case .anotherInterface: .interface
        case .declined(let reason):
            switch reason {
            case .cardDeclined: .card
            case .unknownCryptogramType: .unknown
            case .expired: .expired
            case .listed: .listed
            case .usageNotAllowed: .usage
            case .authenticationFailed: .authentication
            case .onlineNotPossible: .onlineNotPossible
            case .verificationNotPossible: .verification
            case .qualifiersNotAuthenticated: .qualifiers
            }
        }
    let authenticated: Bool? =
        switch ruling.authentication {
        case .notPerformed: nil
        case .passed: true
        case .failed: false
        }
    return Book.Outcome(word: word, method: ruling.verification, authenticated: authenticated)
}

@Suite("Every combination of what card and reader can say, against the book's clauses")
struct DecisionTableTests {
    /// Byte 1 of the CTQ with every bit, byte 2 with and without CDCVM; and no CTQ.
    private static let cards: [(UInt8, UInt8)?] = [nil] + (0...255).flatMap { first -> [(UInt8, UInt8)?] in
        [(UInt8(first), 0x00), (UInt8(first), 0x80)]
    }

    /// Contact chip, offline-only, online PIN, signature, ODA for online; online cryptogram, CVM required; CDCVM.
    private static let readers: [(UInt8, UInt8, UInt8)] = (0...255).map { bits in
        func bit(_ position: Int, _ value: UInt8) -> UInt8 { bits >> position & 1 == 1 ? value : 0 }
        return (
            0x20 | bit(0, 0x10) | bit(1, 0x08) | bit(2, 0x04) | bit(3, 0x02) | bit(4, 0x01), bit(5, 0x80) | bit(6, 0x40),
            bit(7, 0x40)
        )
    }

    /// Compares all cards and readers in one situation and says the first that differ.
    /// - Returns: how many were approved, approved unauthenticated, and authenticated at all.
    private func compare(_ change: (inout Situation) -> Void) -> (approved: Int, unproven: Int, authenticated: Int) {
        var counts = (approved: 0, unproven: 0, authenticated: 0)
        var differing = 0
        var situation = Situation(ttq: (0, 0, 0))
        change(&situation)
        for reader in Self.readers {
            situation.ttq = reader
            for card in Self.cards {
                situation.ctq = card
                let found = kernel(situation)
                if found.authenticated == true { counts.authenticated += 1 }
                if found.word == .approved {
                    counts.approved += 1
                    if found.authenticated != true { counts.unproven += 1 }
                }
                let expected = Book.outcome(situation)
                if expected != found {
                    differing += 1
                    if differing <= 3 { Issue.record("\(situation): the book \(String(describing: expected)), the kernel \(found)") }
                }
            }
        }
        #expect(differing == 0)
        return counts
    }

    @Test("513 cards × 256 readers × cryptogram × authentication × signed copy", arguments: [
        (CryptogramType.tc, true), (.tc, false), (.arqc, true), (.arqc, false), (.aac, true), (nil, true),
    ] as [(CryptogramType?, Bool)])
    func qualifiers(cryptogram: CryptogramType?, passes: Bool) {
        #expect(Self.cards.count * Self.readers.count == 513 * 256)
        for copy in QVSDCRules.SignedCopy.allCases {
            let counts = compare {
                $0.cryptogram = cryptogram
                $0.odaPasses = passes
                $0.copy = copy
            }
            #expect((counts.approved > 0) == (cryptogram == .tc && passes))
            #expect(counts.unproven == 0)
        }
    }

    @Test("513 cards × 256 readers × expiry × exception file × usage, on a TC", arguments: [
        (false, false, QVSDCRules.Usage.cashForbidden), (false, false, .cashbackForbidden), (false, true, .allowed),
        (true, false, .allowed), (true, false, .cashForbidden), (true, true, .allowed), (true, true, .cashbackForbidden),
    ])
    func restrictions(expired: Bool, listed: Bool, forbidden: QVSDCRules.Usage) {
        for passes in [true, false] {
            let counts = compare {
                $0.expired = expired
                $0.listed = listed
                $0.forbidden = forbidden
                $0.odaPasses = passes
            }
            #expect(counts.approved == 0)
        }
    }

    @Test("An ARQC is not restricted, and authenticated only when card and reader both want it", arguments: [true, false])
    func online(signed: Bool) {
        let counts = compare {
            $0.cryptogram = .arqc
            $0.expired = true
            $0.listed = true
            $0.forbidden = .cashForbidden
            $0.signed = signed
        }
        #expect((counts.authenticated > 0) == signed)
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
