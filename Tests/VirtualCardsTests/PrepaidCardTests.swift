import Core
import EMV
import SmartCard
import Testing
import VirtualCards

@Suite("Prepaid card and kernel 3 together")
struct PrepaidCardTests {
    @Test("CARD-1 at the chip: a purchase within the offline balance is a TC, authenticated, and debits the card")
    func approved() async throws {
        let card = try VisaPrepaidCard.make()
        guard case .approved(let evidence) = try await Till().tap(card) else {
            Issue.record("not approved")
            return
        }
        #expect(evidence.authentication == .passed)
        #expect(evidence.verification == .none)
        #expect(evidence.availableOfflineSpending?.minorUnits == 10_500)
        #expect(evidence.atc == 1)
        #expect(evidence.expiry == CivilDate("2026-11-30"))
        #expect(evidence.panSequenceNumber == 1)
        #expect(card.state == .init(atc: 1, offlineBalance: 10_500))
        #expect(try ApplicationCryptogram.verify(
            record: evidence.dataRecord, issuerMasterKey: VisaPrepaidCard.testIssuerMasterKey))
    }

    @Test("Card numbers of every length are personalised and authenticate", arguments: [
        "47617390", "4761739001010", "476173900101001", "4761739001010010", "47617390010100101", "4761739001010010123",
    ])
    func panLengths(pan: String) async throws {
        let outcome = try await Till().tap(try VisaPrepaidCard.make(pan: pan))
        guard case .approved(let evidence) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(evidence.pan.digits == pan)
        #expect(try ApplicationCryptogram.verify(
            record: evidence.dataRecord, issuerMasterKey: VisaPrepaidCard.testIssuerMasterKey))
    }

    @Test("The balance is the card's: in the currency that it names, or of what it approved by itself, or not told")
    func balanceCurrency() async throws {
        func balance(_ currency: Currency, _ objects: TLV...) async throws -> Money? {
            var till = Till()
            (till.amount, till.currency) = (100, currency)
            let card = FaultyCard(try VisaPrepaidCard.make(), faults: objects.map { .add($0, command: 2) })
            return try #require(try await till.tap(card).evidence).availableOfflineSpending
        }
        let isEuro = TLV(EMVTag.applicationCurrencyCode, [0x09, 0x78])
        #expect(try await balance(.sek) == Money(minorUnits: 19_900, currency: .sek))
        #expect(try await balance(.eur) == nil)
        #expect(try await balance(.eur, isEuro) == Money(minorUnits: 20_000, currency: .eur))
        #expect(try await balance(.sek, isEuro) == Money(minorUnits: 19_900, currency: .eur))
        // A code that is none.
        #expect(try await balance(.sek, TLV(EMVTag.applicationCurrencyCode, [0x00, 0x00])) == nil)
        #expect(try await balance(.sek, TLV(EMVTag.applicationCurrencyCode, [0x78])) == nil)
    }

    enum Expected: Sendable { case approved, online, declined }

    @Test("The card decides by balance, currency and what the reader can do", arguments: [
        // amount, balance, change, offline-only reader, online asked, outcome
        (Int64(20_000), Currency.sek, false, false, false, Expected.approved),
        (20_001, .sek, false, false, false, .online),
        (20_001, .sek, false, true, false, .declined),
        (100, .eur, false, false, false, .online),
        (100, .eur, false, true, false, .declined),
        (100, .sek, true, false, false, .online),
        (100, .sek, true, true, false, .declined),
        (100, .sek, false, false, true, .online),
    ])
    func decisions(
        amount: Int64, currency: Currency, onlineOnly: Bool, offlineReader: Bool, online: Bool, expected: Expected
    ) async throws {
        let card = try VisaPrepaidCard.make { $0.isOnlineOnly = onlineOnly }
        var till = Till()
        till.amount = amount
        till.currency = currency
        till.onlineCryptogramRequired = online
        if offlineReader { till.combination.qualifiers.insert(.offlineOnly) }
        let outcome = try await till.tap(card)
        switch (outcome, expected) {
        case (.approved, .approved): #expect(card.state.offlineBalance == 20_000 - amount)
        case (.onlineRequest(let evidence), .online):
            #expect(evidence.cryptogramType == .arqc)
            #expect(card.state.offlineBalance == 20_000)
            #expect(try ApplicationCryptogram.verify(
                record: evidence.dataRecord, issuerMasterKey: VisaPrepaidCard.testIssuerMasterKey))
        case (.declined(let evidence?, .cardDeclined), .declined):
            #expect(evidence.cryptogramType == .aac)
            #expect(card.state.offlineBalance == 20_000)
            #expect(try ApplicationCryptogram.verify(
                record: evidence.dataRecord, issuerMasterKey: VisaPrepaidCard.testIssuerMasterKey))
        default: Issue.record("\(outcome)")
        }
        #expect(card.state.atc == 1)
    }

    @Test("The balance runs down to zero and never below, over taps and a restart of the card")
    func runsDown() async throws {
        let configuration = try VisaPrepaidCard.make().configuration
        var state = VisaPrepaidCard.CardState(offlineBalance: 20_000)
        var approvals = 0
        for tap in 1...4 {
            let card = try VisaPrepaidCard(configuration: configuration, state: state)
            if case .approved = try await Till().tap(card) { approvals += 1 }
            state = card.state
            #expect(state.atc == tap)
        }
        #expect(approvals == 2)
        #expect(state.offlineBalance == 1000)
    }

    @Test("ALL-7: an ARQC is authenticated too when the reader asks for it")
    func authenticatedRequest() async throws {
        var till = Till()
        till.amount = 30_000
        till.combination.qualifiers.insert(.dataAuthenticationForOnline)
        let outcome = try await till.tap(try VisaPrepaidCard.make())
        guard case .onlineRequest(let evidence) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(evidence.authentication == .passed)
    }

    @Test("CARD-17, CARD-18: how the holder is verified above the limit", arguments: [
        // has PIN, verified by device, TTQ without, method or nil for a decline
        (true, false, [], .onlinePIN), (false, false, [], .signature), (false, false, [.signature], nil),
        (false, true, [], .device), (true, true, [], .device), (true, false, [.onlinePIN], .signature),
        (true, true, [.deviceVerification], .onlinePIN),
    ] as [(Bool, Bool, TerminalTransactionQualifiers, VerificationMethod?)])
    func verification(
        hasPIN: Bool, isVerified: Bool, without: TerminalTransactionQualifiers, method: VerificationMethod?
    ) async throws {
        var till = Till()
        till.combination.verificationLimit = 9500
        till.combination.qualifiers.subtract(without)
        let outcome = try await till.tap(try VisaPrepaidCard.make {
            $0.hasPIN = hasPIN
            $0.isHolderVerified = isVerified
        })
        switch (outcome, method) {
        case (.approved(let evidence), .signature?), (.approved(let evidence), .device?),
            (.onlineRequest(let evidence), .onlinePIN?): #expect(evidence.verification == method)
        case (.declined(_, .cardDeclined), nil): break
        default: Issue.record("\(outcome)")
        }
    }

    @Test("CARD-6: good through the last day of the month, then declined")
    func expiry() async throws {
        var till = Till()
        till.date = "2026-11-30"
        guard case .approved = try await till.tap(try VisaPrepaidCard.make()) else {
            Issue.record("30 November")
            return
        }
        till.date = "2026-12-01"
        guard case .declined(_, .expired) = try await till.tap(try VisaPrepaidCard.make()) else {
            Issue.record("1 December")
            return
        }
    }

    @Test("CARD-10 and refunds: the card takes no part", arguments: [UInt8(0x20), 0x01])
    func otherTypes(type: UInt8) async throws {
        var till = Till()
        till.type = type
        let outcome = try await till.tap(try VisaPrepaidCard.make())
        switch (type, outcome) {
        case (0x20, .declined(_, .cardDeclined)), (0x01, .declined(_, .usageNotAllowed)): break
        default: Issue.record("\(outcome)")
        }
    }

    @Test("GET DATA 9F5D tells the balance when the answer did not")
    func balance() async throws {
        var till = Till()
        till.combination.readsOfflineBalance = true
        let card = FaultyCard(
            try VisaPrepaidCard.make { $0.isOnlineOnly = true },
            faults: [.add(TLV(EMVTag.applicationCurrencyCode, [0x07, 0x52]), command: 2)])
        let outcome = try await till.tap(card)
        #expect(outcome.evidence?.availableOfflineSpending == Money(minorUnits: 20_000, currency: .sek))
    }

    @Test("Commands out of order or unknown get their status words", arguments: [
        ("", "6700"), ("00A4", "6700"), ("00A4040007A000000003101000", "9000"), ("00A4040005A00000000300", "9000"),
        ("00A4040007A000000004101000", "6A82"), ("00A4000002 3F00", "6A86"), ("80A80000028300", "6985"),
        ("00B2011C00", "6985"), ("00B0000000", "6D00"), ("80CA9F1700", "6A88"), ("80CA9F3600", "9000"), ("90600000", "6E00"),
    ])
    func statusWords(command: String, status: String) throws {
        let card = try VisaPrepaidCard.make()
        let response = card.respond(to: try #require(Hex.decode(command)))
        #expect(Hex.encode(response.suffix(2)) == status)
    }

    @Test("One selection allows one GET PROCESSING OPTIONS; a short one is refused and counts nothing")
    func onceEach() throws {
        let card = try VisaPrepaidCard.make()
        var till = Till()
        till.amount = 100
        let channel = DirectChannel(card)
        var transaction = try till.transaction()
        _ = transaction.run(on: channel, beforeCommit: {})
        let options = try #require(channel.exchanges.first { $0.command.starts(with: [0x80, 0xA8]) }).command
        #expect(Hex.encode(card.respond(to: options)) == "6985")
        _ = card.respond(to: try #require(Hex.decode("00A4040007A000000003101000")))
        #expect(Hex.encode(card.respond(to: try #require(Hex.decode("80A80000028300")))) == "6700")
        #expect(card.state.atc == 1)
    }

    @Test("Configurations that make no card")
    func configuration() {
        #expect(throws: VisaPrepaidCard.Failure.badExpiry) { try VisaPrepaidCard.make { $0.expiryMonth = 13 } }
        #expect(throws: VisaPrepaidCard.Failure.badExpiry) { try VisaPrepaidCard.make { $0.expiryYear = 26 } }
        #expect(throws: VisaPrepaidCard.Failure.badBalance) { try VisaPrepaidCard.make(balance: -1) }
    }

    @Test("An exhausted counter ends the card's life")
    func exhausted() async throws {
        let card = try VisaPrepaidCard.make(atc: .max)
        #expect(try await Till().tap(card) == .endApplication(.noSupportedApplication, nil))
    }

    @Test("Invariant 7: 20,000 mutated commands never trap the card nor create money on it")
    func hostileReader() throws {
        let card = try VisaPrepaidCard.make()
        let channel = DirectChannel(card)
        var transaction = try Till().transaction()
        _ = transaction.run(on: channel, beforeCommit: {})
        let commands = channel.exchanges.map(\.command)
        // A linear congruential generator (Knuth's MMIX constants): the same commands in every run.
        var state: UInt64 = 1
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % max(1, bound)
        }
        var balance = card.state.offlineBalance
        for round in 0..<20_000 {
            var command = commands[random(commands.count)]
            if random(2) == 0 {
                for _ in 0...random(3) {
                    switch random(3) {
                    case 0: command[random(command.count)] = UInt8(random(256))
                    case 1 where command.count > 1: command.remove(at: random(command.count))
                    default: command.insert(UInt8(random(256)), at: random(command.count))
                    }
                }
            }
            if round % 500 == 0 { card.reset() }
            #expect(card.respond(to: command).count >= 2)
            #expect((0...balance).contains(card.state.offlineBalance))
            balance = card.state.offlineBalance
        }
    }
}
