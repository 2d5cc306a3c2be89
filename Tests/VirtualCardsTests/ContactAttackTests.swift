import Core
import EMV
import SmartCard
import Testing
import VirtualCards

@Suite("Contact cards that lie, break, or are in the way")
struct ContactAttackTests {
    private static let plain: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0x1F, 0x00]

    private func card(_ method: ContactAuthenticationMethod? = .cda) throws -> VisaContactCard {
        try VisaContactCard.make {
            $0.authentication = method
            $0.verificationList = Self.plain
        }
    }

    @Test("CDA: no byte of an approval can be changed and still be one")
    func combined() throws {
        let length = try #require(try ContactTill().run(try card()).exchanges.last).response.count
        for position in 0..<length {
            let altered = AlteredCard(try card()) { instruction, _, _, response in
                guard instruction == 0xAE, response.indices.contains(position) else { return response }
                var changed = response
                changed[position] ^= 0x01
                return changed
            }
            let outcome = try ContactTill().run(altered).outcome
            if case .approved = outcome { Issue.record("byte \(position)") }
        }
    }

    @Test("CDA: an approval that was never signed is refused at once; a request is closed without the issuer")
    func unsigned() throws {
        let strip = { (instruction: UInt8, place: Int, command: [UInt8], response: [UInt8]) -> [UInt8] in
            guard instruction == 0xAE, place == 0 else { return response }
            let information: UInt8 = command[2] & 0xC0
            return [0x80, 0x12, information, 0x00, 0x01, 1, 2, 3, 4, 5, 6, 7, 8, 6, 1, 0x12, 3, 0x90, 0, 0, 0x90, 0x00]
        }
        let approval = try ContactTill().run(AlteredCard(try card(), strip))
        guard case .declined(_, .authenticationFailed(.noSignature)) = approval.outcome else {
            Issue.record("\(approval.outcome)")
            return
        }
        #expect(approval.exchanges.filter { $0.command[1] == 0xAE }.count == 1)
        var till = ContactTill()
        till.isForcedOnline = true
        let request = try till.run(AlteredCard(try card(), strip))
        guard case .declined(let evidence, .authenticationFailed(.noSignature)) = request.outcome else {
            Issue.record("\(request.outcome)")
            return
        }
        #expect(request.online == nil && evidence?.tvr.contains(.combinedDataAuthenticationFailed) == true)
        // The second one asked for an AAC, with the finding in its TVR.
        let second = try #require(request.exchanges.last { $0.command[1] == 0xAE })
        #expect(second.command[2] == 0x00 && evidence?.cryptogramType == .aac)
    }

    @Test("DDA: a signature that is not the card's sends the transaction online with the bit set")
    func dynamic() throws {
        for position in [2, 3, 64, 129, 130] {
            let altered = AlteredCard(try card(.dda)) { instruction, _, _, response in
                guard instruction == 0x88 else { return response }
                var changed = response
                changed[position] ^= 0x01
                return changed
            }
            let online = try #require(try ContactTill().run(altered).online)
            #expect(online.evidence.tvr == .dynamicDataAuthenticationFailed)
            #expect(online.evidence.authentication != .passed)
        }
    }

    @Test("A card that signs without the terminal's number has proved nothing")
    func withoutNumber() throws {
        // 9F49 becomes a list of 9F02 alone.
        let altered = AlteredCard(try card(.dda)) { _, _, _, response in
            var changed = response
            if response.count > 8 {
                for start in 0..<(response.count - 5) where Array(response[start..<(start + 6)]) == [0x9F, 0x49, 3, 0x9F, 0x37, 4] {
                    changed.replaceSubrange(start..<(start + 6), with: [0x9F, 0x49, 3, 0x9F, 0x02, 6])
                }
            }
            return changed
        }
        let run = try ContactTill().run(altered)
        #expect(run.online?.evidence.authentication == .failed(.numberNotSigned))
        #expect(!run.exchanges.contains { $0.command[1] == 0x88 })
    }

    @Test("Changed static data fails SDA, DDA and CDA alike", arguments: [ContactAuthenticationMethod.sda, .dda, .cda])
    func staticData(method: ContactAuthenticationMethod) throws {
        // 9F07 in the authenticated record: FFC0 becomes FFC1.
        let altered = AlteredCard(try card(method)) { _, _, _, response in
            var changed = response
            if response.count > 8 {
                for start in 0..<(response.count - 4) where Array(response[start..<(start + 5)]) == [0x9F, 0x07, 2, 0xFF, 0xC0] {
                    changed[start + 4] = 0xC1
                }
            }
            return changed
        }
        var till = ContactTill()
        till.terminal.applications[0].actionCodes.online.insert(.staticDataAuthenticationFailed)
        let online = try #require(try till.run(altered).online)
        let failure: AuthenticationFailure = method == .sda ? .signature(.hash) : .cardCertificate(.hash)
        #expect(online.evidence.authentication == .failed(failure))
    }

    @Test("A revoked issuer certificate, and no CA key: neither is approved offline")
    func revoked() throws {
        var till = ContactTill()
        let certificate = try #require(
            RevokedCertificate(rid: TestKeys.rid, index: TestKeys.caIndex, serial: [0x00, 0x00, 0x01]))
        till.keys = try CAPublicKeyStore([TestKeys.caPublicKey], revoked: [certificate])
        #expect(try till.run(try card()).online?.evidence.authentication == .failed(.revokedIssuerCertificate(index: TestKeys.caIndex)))
        till.keys = CAPublicKeyStore()
        #expect(try till.run(try card()).online?.evidence.authentication == .failed(.unknownCAKey(index: TestKeys.caIndex)))
    }

    @Test("Nothing in common to authenticate by is noted")
    func none() throws {
        var till = ContactTill()
        till.isForcedOnline = true
        let evidence = try #require(try till.run(try card(nil)).online?.evidence)
        #expect(evidence.tvr == [.dataAuthenticationNotPerformed, .forcedOnline])
        #expect(!evidence.tsi.contains(.dataAuthenticationPerformed) && evidence.authentication == .notPerformed)
    }

    @Test("A card may take less than it is offered, never more", arguments: [
        (UInt8(0x00), UInt8(0x40)), (0x00, 0x80), (0x80, 0x40), (0x40, 0xC0),
    ])
    func greedy(asked: UInt8, answered: UInt8) throws {
        let altered = AlteredCard(try card(nil)) { instruction, _, _, response in
            guard instruction == 0xAE else { return response }
            var changed = response
            changed[2] = answered
            return changed
        }
        var till = ContactTill()
        switch asked {
        case 0x00: till.terminal.applications[0].actionCodes.denial = .dataAuthenticationNotPerformed
        case 0x80: till.isForcedOnline = true
        default: break
        }
        let outcome = try till.run(altered).outcome
        guard case .endApplication(.malformed(.generateCryptogram, _), _) = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }

    // MARK: Terminal risk management

    @Test("Stop list, draw, merchant and floor each leave their bit")
    func risk() throws {
        var till = ContactTill()
        till.terminal.applications[0].actionCodes.denial = .onExceptionFile
        till.listed = true
        let run = try till.run(try card())
        guard case .declined(let evidence, .terminal) = run.outcome else {
            Issue.record("\(run.outcome)")
            return
        }
        // Nothing will be signed, so nothing was authenticated.
        #expect(evidence?.tvr == [.onExceptionFile, .dataAuthenticationNotPerformed])
        till.listed = false
        till.isSelectedAtRandom = true
        #expect(try till.run(try card()).online?.evidence.tvr == .selectedAtRandom)
        till.amount = 20_000
        #expect(try till.run(try card()).online?.evidence.tvr == .floorLimitExceeded)
        till.amount = 19_999
        till.isSelectedAtRandom = false
        till.isForcedOnline = true
        #expect(try till.run(try card()).online?.evidence.tvr == .forcedOnline)
    }

    @Test("Velocity: how many transactions without the issuer are too many", arguments: [
        (7, 5, []), (8, 5, .lowerOfflineLimitExceeded), (9, 5, .lowerOfflineLimitExceeded),
        (10, 5, [.lowerOfflineLimitExceeded, .upperOfflineLimitExceeded]), (1, 0, .newCard),
        (4, 5, [.lowerOfflineLimitExceeded, .upperOfflineLimitExceeded]),
    ] as [(UInt16, UInt16, TVR)])
    func velocity(counter: UInt16, last: UInt16, expected: TVR) throws {
        let card = try VisaContactCard.make(state: .init(atc: counter - 1, lastOnlineATC: last)) {
            $0.authentication = nil
            $0.verificationList = Self.plain
        }
        // The track record gets a lower limit of 2 and an upper limit of 4.
        let altered = AlteredCard(card) { _, _, command, response in
            guard command.starts(with: [0x00, 0xB2, 0x01, 0x0C]), response.first == 0x70, response[2] == 0x57 else { return response }
            let limits: [UInt8] = [0x9F, 0x14, 1, 2, 0x9F, 0x23, 1, 4]
            return [0x70, response[1] + 8] + response[2..<(response.count - 2)] + limits + [0x90, 0x00]
        }
        var till = ContactTill()
        till.isForcedOnline = true
        let found = try #require(try till.run(altered).online?.evidence.tvr)
        #expect(found == expected.union([.forcedOnline, .dataAuthenticationNotPerformed]))
    }

    // MARK: Scripts

    @Test("Scripts run in order before and after the second cryptogram, each to its first failure")
    func scripts() throws {
        func script(_ tag: SmartCard.Tag, _ identifier: UInt8, _ commands: [[UInt8]]) -> TLV {
            TLV(tag, [TLV(0x9F18, [0, 0, 0, identifier])] + commands.map { TLV(0x86, $0) })
        }
        let (first, second, third): ([UInt8], [UInt8], [UInt8]) =
            ([0x84, 0x18, 0, 0], [0x84, 0x1E, 0, 0], [0x84, 0x24, 0, 0])
        var till = ContactTill()
        till.isForcedOnline = true
        till.scripts = [
            script(0x72, 3, [first]), script(0x71, 1, [first, second, third]), script(0x71, 2, [third]),
            TLV(0x71, [TLV(0x86, [0x84])]),
        ]
        let altered = AlteredCard(try card(nil)) { _, _, command, response in
            guard command.first == 0x84 else { return response }
            switch command[1] {
            case 0x18: return [0x62, 0x00]
            case 0x1E: return [0x69, 0x85]
            default: return [0x90, 0x00]
            }
        }
        let run = try till.run(altered)
        guard case .approved(let evidence) = run.outcome else {
            Issue.record("\(run.outcome)")
            return
        }
        let order = run.exchanges.map { $0.command[1] }.filter { [0x18, 0x1E, 0x24, 0xAE].contains($0) }
        #expect(order == [0xAE, 0x18, 0x1E, 0x24, 0xAE, 0x18])
        #expect(Hex.encode(evidence.scriptResults) == "1200000001" + "2000000002" + "0000000000" + "2000000003")
        #expect(evidence.tvr.contains(.scriptFailedBeforeFinalCryptogram))
        #expect(!evidence.tvr.contains(.scriptFailedAfterFinalCryptogram))
        #expect(evidence.tsi.contains(.scriptProcessingPerformed))
    }

    @Test("What is found after the second cryptogram is noted, and does not stand where the card's MAC covers the results")
    func scriptFailsAtTheEnd() throws {
        var till = ContactTill()
        till.isForcedOnline = true
        till.scripts = [TLV(0x72, [TLV(0x86, [0x84, 0x24, 0x00, 0x00])])]
        // The card knows no such command.
        guard case .approved(let evidence) = try till.run(try card()).outcome else {
            Issue.record("not approved")
            return
        }
        #expect(evidence.tvr == [.forcedOnline, .scriptFailedAfterFinalCryptogram])
        #expect(evidence.dataRecord.first { $0.tag == 0x95 }.map { Array($0.value) } == TVR.forcedOnline.bytes)
        #expect(try ApplicationCryptogram.verify(
            record: evidence.dataRecord, issuerMasterKey: VisaPrepaidCard.testIssuerMasterKey))
        #expect(Hex.encode(evidence.scriptResults) == "1100000000")
    }

    // MARK: Records and answers

    @Test("Track 2 of another account ends the application before any cryptogram")
    func otherAccount() throws {
        let altered = AlteredCard(try card()) { _, _, command, response in
            guard command.starts(with: [0x00, 0xB2, 0x01, 0x0C]), response.count > 12, response[2] == 0x57 else { return response }
            var changed = response
            changed[11] ^= 0x01
            return changed
        }
        let run = try ContactTill().run(altered)
        #expect(run.outcome == .endApplication(.accountNumbersDiffer, nil) && run.commits == 0)
    }

    @Test("An object twice in the answer to GENERATE AC ends the application")
    func repeated() throws {
        let altered = AlteredCard(try card(nil)) { instruction, _, _, response in
            guard instruction == 0xAE, response.first == 0x80 else { return response }
            let counter: [UInt8] = [0x9F, 0x36, 2, 0, 1]
            let body: [UInt8] = [0x9F, 0x27, 1, 0x80] + counter + counter + [0x9F, 0x26, 8] + response[5..<13]
            return [0x77, UInt8(body.count)] + body + [0x90, 0x00]
        }
        var till = ContactTill()
        till.isForcedOnline = true
        #expect(try till.run(altered).outcome == .endApplication(.repeated(0x9F36), nil))
    }

    @Test("Without a challenge of eight bytes nobody is asked for an enciphered PIN", arguments: [
        [1, 2, 3, 4, 5, 6, 7, 0x90, 0x00], [1, 2, 3, 4, 5, 6, 7, 8, 9, 0x90, 0x00], [0x90, 0x00], [0x6D, 0x00],
        [1, 2, 3, 4, 5, 6, 7, 8, 0x62, 0x00],
    ] as [[UInt8]])
    func challenge(answer: [UInt8]) throws {
        let card = try VisaContactCard.make { $0.verificationList = [0, 0, 0, 0, 0, 0, 0, 0, 0x04, 0x00] }
        let altered = AlteredCard(card) { instruction, _, _, response in instruction == 0x84 ? answer : response }
        let run = try ContactTill().run(altered)
        #expect(run.requests.isEmpty && run.online?.evidence.tvr == .verificationFailed)
        #expect(run.online?.evidence.verification.bytes == [0x04, 0x00, 0x01])
    }

    // MARK: Loss and noise

    @Test("A card pulled out: before the cryptogram nothing happened, after it nobody knows")
    func pulled() throws {
        var till = ContactTill()
        till.isForcedOnline = true
        let whole = try till.run(try card())
        let firstCryptogram = try #require(whole.exchanges.firstIndex { $0.command[1] == 0xAE })
        for place in whole.exchanges.indices {
            var count = 0
            let altered = AlteredCard(try card()) { _, _, _, response in
                defer { count += 1 }
                return count >= place ? [] : response
            }
            let outcome = try till.run(altered).outcome
            switch outcome {
            case .tryAgain(.removed): #expect(place < firstCryptogram)
            case .torn(let evidence):
                #expect(place >= firstCryptogram)
                #expect(evidence?.isIssuerApproval == (place > firstCryptogram ? true : nil))
            default: Issue.record("\(place): \(outcome)")
            }
        }
    }

    @Test("Changed, cut and made-up answers: always an outcome, never an approval that CDA did not sign")
    func noise() throws {
        var generator = Noise(state: 0x5EED)
        for round in 0..<600 {
            let target = Int(generator.next() % 12)
            let kind = generator.next() % 4
            var count = 0
            let altered = AlteredCard(try card()) { _, _, _, response in
                defer { count += 1 }
                guard count == target || kind == 3, response.count > 2 else { return response }
                var changed = response
                switch kind {
                case 0: changed[Int(generator.next() % UInt64(changed.count))] ^= UInt8(truncatingIfNeeded: generator.next() | 1)
                case 1: changed.removeSubrange(Int(generator.next() % UInt64(changed.count))..<changed.count)
                case 2: changed = (0..<Int(generator.next() % 300)).map { _ in UInt8(truncatingIfNeeded: generator.next()) } + [0x90, 0x00]
                default: changed.insert(UInt8(truncatingIfNeeded: generator.next()), at: Int(generator.next() % UInt64(changed.count)))
                }
                return changed
            }
            let run = try ContactTill().run(altered)
            // What passes CDA is what the issuer's key makes of the record; the rest is the issuer's to judge.
            if case .approved(let evidence) = run.outcome, evidence.isIssuerApproval == nil {
                let isTrue = try ApplicationCryptogram.verify(
                    record: evidence.dataRecord, issuerMasterKey: VisaPrepaidCard.testIssuerMasterKey)
                #expect(evidence.authentication == .passed && isTrue, "round \(round)")
            }
        }
    }

    /// Repeatable: xorshift64*.
    private struct Noise: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state ^= state >> 12
            state ^= state << 25
            state ^= state >> 27
            return state &* 0x2545_F491_4F6C_DD1D
        }
    }
}
