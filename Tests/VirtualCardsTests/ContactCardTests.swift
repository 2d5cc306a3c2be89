import Core
import EMV
import Secrets
import SmartCard
import Testing
import VirtualCards

@Suite("EMV Book 3 §10: a contact transaction with the virtual card")
struct ContactCardTests {
    private static let plaintext: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0x41, 0x00]
    private static let enciphered: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0x44, 0x00]

    @Test("Each way of authentication is approved offline with the PIN", arguments: [
        ContactAuthenticationMethod.sda, .dda, .cda,
    ], [plaintext, enciphered])
    func approved(method: ContactAuthenticationMethod, list: [UInt8]) throws {
        // Without a key of its own a card can't decipher: SDA goes with the plaintext PIN.
        guard method != .sda || list == Self.plaintext else { return }
        let card = try VisaContactCard.make {
            $0.authentication = method
            $0.verificationList = list
        }
        let run = try ContactTill().run(card)
        guard case .approved(let evidence) = run.outcome else {
            Issue.record("\(run.outcome)")
            return
        }
        #expect(evidence.authentication == .passed && evidence.authenticationMethod == method)
        #expect(evidence.cryptogramType == .tc && evidence.atc == 1)
        #expect(evidence.verification.bytes == [list[8], 0x00, 0x02])
        #expect(evidence.tvr == (method == .sda ? .staticDataAuthenticationSelected : []))
        #expect(evidence.tsi == [
            .dataAuthenticationPerformed, .verificationPerformed, .cardRiskManagementPerformed, .terminalRiskManagementPerformed,
        ])
        #expect(run.commits == 1 && run.online == nil)
        #expect(try ApplicationCryptogram.verify(
            record: evidence.dataRecord, issuerMasterKey: VisaPrepaidCard.testIssuerMasterKey))
    }

    @Test("Above the floor the issuer is asked; its answer decides", arguments: [
        (ContactTill.Issuer.approves, "approved"), (.declines, "issuer"), (.forged, "card"), (.unreachable, "issuerUnreachable"),
    ])
    func online(issuer: ContactTill.Issuer, expected: String) throws {
        var till = ContactTill()
        till.amount = 25_000
        till.issuer = issuer
        let run = try till.run(try VisaContactCard.make())
        switch run.outcome {
        case .approved(let evidence):
            #expect(expected == "approved" && evidence.isIssuerApproval == true && evidence.cryptogramType == .tc)
            #expect(evidence.tsi.contains(.issuerAuthenticationPerformed))
            #expect(evidence.authentication == .passed)
        case .declined(let evidence, let reason):
            #expect("\(reason)" == expected)
            #expect(evidence?.cryptogramType == .aac)
            #expect((evidence?.tvr.contains(.issuerAuthenticationFailed) ?? false) == (expected == "card"))
        default: Issue.record("\(run.outcome)")
        }
        #expect(run.online?.evidence.tvr == .floorLimitExceeded)
        #expect(run.online?.evidence.cryptogramType == .arqc)
        #expect(try ApplicationCryptogram.verify(
            record: run.online?.evidence.dataRecord ?? [], issuerMasterKey: VisaPrepaidCard.testIssuerMasterKey))
        // Response code in CDOL2.
        let codes = ["approved": "3030", "card": "3030", "issuer": "3035", "issuerUnreachable": "5A33"]
        #expect(Hex.encode(Array(run.data(0xAE, 1)?.prefix(2) ?? [])) == codes[expected])
    }

    @Test("Below what action codes mind, a card that wants to go online may still be approved without the issuer")
    func approvedUnreached() throws {
        var till = ContactTill()
        till.issuer = .unreachable
        // The card's own limit is 100.00: it asks for the issuer, the terminal does not.
        till.amount = 15_000
        let run = try till.run(try VisaContactCard.make())
        guard case .approved(let evidence) = run.outcome else {
            Issue.record("\(run.outcome)")
            return
        }
        #expect(evidence.isIssuerApproval == nil)
        #expect(Hex.encode(Array(run.data(0xAE, 1)?.prefix(2) ?? [])) == "5933")
    }

    // MARK: PIN

    @Test("A wrong PIN is asked for again with the tries that are left; each enciphered try has a new challenge")
    func wrongThenRight() throws {
        for list in [Self.plaintext, Self.enciphered] {
            let card = try VisaContactCard.make { $0.verificationList = list }
            var till = ContactTill()
            till.pads = [.digits([9, 9, 9, 9]), .digits([1, 2, 3, 4, 5]), .digits([1, 2, 3, 4])]
            let run = try till.run(card)
            #expect(run.requests.map(\.triesLeft) == [3, 2, 1])
            #expect(run.requests.map(\.isRetry) == [false, true, true])
            guard case .approved(let evidence) = run.outcome else {
                Issue.record("\(run.outcome)")
                return
            }
            #expect(evidence.verification.result == 2 && card.state.pinTriesLeft == 3)
            let challenges = run.exchanges.filter { $0.command[1] == 0x84 }.map(\.response)
            #expect(challenges.count == (list == Self.enciphered ? 3 : 0) && Set(challenges).count == challenges.count)
        }
    }

    @Test("The last wrong one blocks: TVR says so, and the rules end there")
    func blocked() throws {
        let card = try VisaContactCard.make(state: .init(pinTriesLeft: 1)) { $0.verificationList = Self.plaintext }
        var till = ContactTill()
        till.pads = [.digits([9, 9, 9, 9])]
        let run = try till.run(card)
        #expect(run.requests.map(\.triesLeft) == [1])
        #expect(run.online?.evidence.tvr == [.pinTryLimitExceeded, .verificationFailed])
        #expect(run.online?.evidence.verification.bytes == [0x41, 0x00, 0x01])
        // Next time nobody is asked.
        let next = try till.run(card)
        #expect(next.requests.isEmpty && next.online?.evidence.tvr.contains(.pinTryLimitExceeded) == true)
        #expect(!next.exchanges.contains { $0.command[1] == 0x20 })
    }

    @Test("Bypassed, broken, cancelled", arguments: [
        (ContactTill.Pad.bypass, Optional(TVR.pinNotEntered)), (.broken, .pinPadMissing), (.cancel, nil),
    ])
    func notEntered(pad: ContactTill.Pad, finding: TVR?) throws {
        let card = try VisaContactCard.make { $0.verificationList = Self.plaintext }
        var till = ContactTill()
        till.pads = [pad]
        let run = try till.run(card)
        guard let finding else {
            #expect(run.outcome == .cancelled && run.commits == 0 && card.state.pinTriesLeft == 3)
            return
        }
        #expect(run.online?.evidence.tvr == [finding, .verificationFailed])
    }

    @Test("An online PIN goes to the issuer; signature and nothing are noted as such")
    func otherMethods() throws {
        var till = ContactTill()
        till.isForcedOnline = true
        func evidence(_ rule: [UInt8]) throws -> OnlineRequest? {
            try till.run(try VisaContactCard.make { $0.verificationList = [0, 0, 0, 0, 0, 0, 0, 0] + rule }).online
        }
        let pin = try #require(try evidence([0x02, 0x00]))
        #expect(pin.hasOnlinePIN && pin.evidence.verification.bytes == [0x02, 0x00, 0x00])
        #expect(pin.evidence.tvr == [.onlinePINCaptured, .forcedOnline])
        let signature = try #require(try evidence([0x1E, 0x00]))
        #expect(signature.evidence.wantsSignature && signature.evidence.verification.bytes == [0x1E, 0x00, 0x00])
        let both = try #require(try evidence([0x03, 0x00]))
        #expect(both.evidence.wantsSignature && both.evidence.verification.bytes == [0x03, 0x00, 0x00])
        let none = try #require(try evidence([0x1F, 0x00]))
        #expect(!none.evidence.wantsSignature && none.evidence.verification.bytes == [0x1F, 0x00, 0x02])
    }

    @Test("No step that is printed shows the PIN, and a command with one is handed out once")
    func secrecy() throws {
        var till = ContactTill()
        till.pads = [.digits([8, 6, 4, 2, 0, 9, 7])]
        let card = try VisaContactCard.make {
            $0.pin = [8, 6, 4, 2, 0, 9, 7]
            $0.verificationList = Self.plaintext
        }
        let run = try till.run(card)
        #expect(run.exchanges.contains { Hex.encode($0.command) == "0020008008278642097FFFFFFF" })
        let shown = run.steps.joined() + run.steps.map { String(reflecting: $0) }.joined()
        for secret in ["8642097", "278642097", "39, 134, 66", "134, 66, 9"] { #expect(!shown.contains(secret)) }
        #expect(!"\(run.outcome)".contains("4761739001010010"))

        var transaction = try till.transaction()
        var generator = SystemRandomNumberGenerator()
        var step = transaction.start()
        let fresh = try VisaContactCard.make { $0.verificationList = Self.plaintext }
        loop: while true {
            switch step {
            case .transmit(let command): step = transaction.received(try ResponseAPDU(bytes: fresh.respond(to: command.bytes)))
            case .askPIN:
                guard let pin = try PIN(digits: [1, 2, 3, 4] as [UInt8]) else { break loop }
                step = transaction.entered(try PINBlock(pin), using: &generator)
            default: break loop
            }
        }
        guard case .verify(let command) = step else {
            Issue.record("\(step)")
            return
        }
        var lengths: [Int] = []
        func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] {
            lengths.append(command.count)
            return [0x90, 0x00]
        }
        #expect(try command.send(over: transmit)?.status == .success)
        #expect(try command.send(over: transmit) == nil)
        #expect(lengths == [13])
        #expect("\(command)" == "PINCommand" && transaction.start() == step)
    }

    // MARK: Golden run

    @Test("VERIFY as recorded: right, wrong, blocked, in the clear and enciphered")
    func golden() throws {
        let card = try VisaContactCard.make { $0.verificationList = Self.plaintext }
        func send(_ hex: String) throws -> String { Hex.encode(card.respond(to: try #require(Hex.decode(hex)))) }
        _ = try send("00A4040007A000000003101000")
        #expect(try send("80A80000048302075200").hasSuffix("9000"))
        let key = try CardKeyOracle(card)
        func enciphered(_ block: String, fresh: Bool = true) throws -> String {
            let challenge = fresh ? Array(card.respond(to: [0x00, 0x84, 0x00, 0x00, 0x00]).dropLast(2)) : [UInt8](repeating: 7, count: 8)
            let plain = [0x7F] + (Hex.decode(block) ?? []) + challenge + [UInt8](repeating: 0x55, count: 128 - 17)
            return try send("0020008880" + Hex.encode(try key.encipher(plain)))
        }
        #expect(try send("0020008008241234FFFFFFFFFF") == "9000")
        #expect(try send("0020008008249999FFFFFFFFFF") == "63C2")
        #expect(try send("80CA9F1700") == "9F1701029000")
        #expect(try enciphered("241234FFFFFFFFFF") == "9000")
        #expect(try enciphered("249999FFFFFFFFFF") == "63C2")
        #expect(try enciphered("241234FFFFFFFFFF", fresh: false) == "6985")
        #expect(try enciphered("249999FFFFFFFFFF") == "63C1")
        #expect(try enciphered("249999FFFFFFFFFF") == "6983")
        #expect(try enciphered("241234FFFFFFFFFF") == "6983")
        #expect(try send("80CA9F1700") == "9F1701009000")
    }
}
