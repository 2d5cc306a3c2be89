import Core
import EMV
import Secrets
import SmartCard
import VirtualCards

/// A terminal with contacts, a PIN pad and an issuer behind it, in one value.
struct ContactTill {
    enum Pad: Sendable {
        case digits([UInt8])
        case bypass
        case broken
        case cancel
    }

    enum Issuer: Sendable {
        case unreachable
        case approves
        case declines
        /// Approves with authentication data that is not its own.
        case forged
    }

    var terminal = ContactTerminal(
        applications: [
            ContactApplication(
                applicationIdentifier: [0xA0, 0, 0, 0, 0x03, 0x10, 0x10], floorLimit: 20_000,
                actionCodes: ActionCodes(denial: [], online: [.dynamicDataAuthenticationFailed, .combinedDataAuthenticationFailed]))
        ],
        capabilities: [
            .contactChip, .plaintextPIN, .encipheredPIN, .signature, .noVerification, .onlinePIN, .staticDataAuthentication,
            .dynamicDataAuthentication, .combinedDataAuthentication,
        ])
    var amount: Int64 = 9500
    var currency = Currency.sek
    var date = "2026-11-20"
    var number: [UInt8] = [0x12, 0x34, 0x56, 0x78]
    /// In order; the last one again and again.
    var pads: [Pad] = [.digits([1, 2, 3, 4])]
    var issuer = Issuer.approves
    var scripts: [TLV] = []
    var isForcedOnline = false
    var isSelectedAtRandom = false
    var listed = false
    var keys: CAPublicKeyStore?

    struct Run {
        var outcome: ContactOutcome
        var exchanges: [(command: [UInt8], response: [UInt8])] = []
        var requests: [ContactTransaction.PINRequest] = []
        var online: OnlineRequest?
        var commits = 0
        var steps: [String] = []

        /// The data of the first command of an instruction.
        func data(_ instruction: UInt8, _ place: Int = 0) -> [UInt8]? {
            let found = exchanges.filter { $0.command[1] == instruction }
            guard found.indices.contains(place) else { return nil }
            return (try? CommandAPDU(bytes: found[place].command))?.data
        }
    }

    func transaction() throws -> ContactTransaction {
        let listed = listed
        let parameters = ContactParameters(
            transaction: try TransactionParameters(
                amount: Money(minorUnits: amount, currency: currency), date: CivilDate(date) ?? CivilDate(daysSince1970: 0),
                countryCode: 752, unpredictableNumber: number),
            isSelectedAtRandom: isSelectedAtRandom, isForcedOnline: isForcedOnline, isListed: { _, _ in listed })
        return ContactTransaction(
            terminal: terminal, parameters: parameters,
            caKeys: try keys ?? CAPublicKeyStore([TestKeys.caPublicKey]))
    }

    func run(_ card: any VirtualCard, choosing place: Int? = 0) throws -> Run {
        card.reset()
        var transaction = try transaction()
        var run = Run(outcome: .cancelled)
        var pads = pads[...]
        var generator = SystemRandomNumberGenerator()
        var step = transaction.start()
        func exchange(_ command: CommandAPDU) -> ContactTransaction.Step {
            let response = card.respond(to: command.bytes)
            run.exchanges.append((command.bytes, response))
            guard let parsed = try? ResponseAPDU(bytes: response) else { return transaction.failed(.removed) }
            return transaction.received(parsed)
        }
        for _ in 0..<400 {
            run.steps.append("\(step)")
            switch step {
            case .transmit(let command): step = exchange(command)
            case .commit(let command):
                run.commits += 1
                step = exchange(command)
            case .verify(let command):
                func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] {
                    let response = card.respond(to: command)
                    run.exchanges.append((command, response))
                    return response
                }
                guard let response = try command.send(over: transmit) else { throw CardError.malformedCommand }
                step = transaction.received(response)
            case .chooseApplication: step = transaction.chose(place)
            case .askPIN(let request):
                run.requests.append(request)
                switch pads.count > 1 ? pads.removeFirst() : pads.first ?? .bypass {
                case .digits where request.method == .online: step = transaction.captured()
                case .digits(let digits):
                    guard let pin = try PIN(digits: digits) else { throw CardError.malformedCommand }
                    step = transaction.entered(try PINBlock(pin), using: &generator)
                case .bypass: step = transaction.bypassed()
                case .broken: step = transaction.pinPadFailed()
                case .cancel: step = transaction.cancelled()
                }
            case .goOnline(let request):
                run.online = request
                step = try answer(request, &transaction)
            case .finished(let outcome):
                run.outcome = outcome
                return run
            }
        }
        throw CardError.endlessResponse
    }

    private func answer(_ request: OnlineRequest, _ transaction: inout ContactTransaction) throws -> ContactTransaction.Step {
        let evidence = request.evidence
        let master = try ApplicationCryptogram.masterKey(
            issuerMasterKey: VisaPrepaidCard.testIssuerMasterKey, pan: evidence.pan,
            panSequenceNumber: evidence.panSequenceNumber)
        let session = try ApplicationCryptogram.sessionKey(masterKey: master, atc: evidence.atc)
        var data = try AuthorisationResponseCryptogram.issuerAuthenticationData(
            sessionKey: session, request: evidence.cryptogram, statusUpdate: [0, 0, 0, 0])
        if case .forged = issuer { data[0] ^= 0x01 }
        let isApproved: Bool
        switch issuer {
        case .unreachable: return transaction.unreachable()
        case .approves, .forged: isApproved = true
        case .declines: isApproved = false
        }
        guard let answer = IssuerAnswer(
            isApproved: isApproved, responseCode: Array((isApproved ? "00" : "05").utf8), authenticationData: data,
            scripts: scripts)
        else { throw CardError.malformedCommand }
        return transaction.answered(answer)
    }
}

extension VisaContactCard {
    static func make(
        state: CardState = CardState(), _ change: (inout Configuration) -> Void = { _ in }
    ) throws -> VisaContactCard {
        guard let number = PrimaryAccountNumber(digits: "4761739001010010") else { throw Failure.personalisation }
        var configuration = Configuration(pan: number, expiryYear: 2027, expiryMonth: 11, currency: .sek)
        change(&configuration)
        return try VisaContactCard(configuration: configuration, state: state)
    }
}
