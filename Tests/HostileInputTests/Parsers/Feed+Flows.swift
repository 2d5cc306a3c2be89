import Core
import Secrets
import SmartCard
import VirtualCards

@testable import EMV

extension Feed {
    /// The keys of the virtual cards: what they say of themselves authenticates.
    static let keys = (try? TestKeys.caPublicKey).flatMap { try? CAPublicKeyStore([$0]) } ?? CAPublicKeyStore()

    /// As every recorded card of the corpus was asked.
    static func parameters(_ choice: UInt8) -> TransactionParameters? {
        try? TransactionParameters(
            amount: Money(minorUnits: [9500, 0, 100, 999_999_999_999][Int(choice & 0x03)], currency: choice & 0x04 == 0 ? .sek : .eur),
            type: choice & 0x08 == 0 ? 0x00 : 0x09, date: CivilDate("2026-11-20") ?? CivilDate(daysSince1970: 0),
            expiryIsMonth: choice & 0x10 != 0, countryCode: 752, unpredictableNumber: [0x12, 0x34, 0x56, 0x78],
            onlineCryptogramRequired: choice & 0x20 != 0)
    }

    static func contactless(_ choice: UInt8) -> ContactlessTransaction? {
        var combination = visa
        combination.supportsStatusCheck = choice & 0x40 != 0
        combination.readsOfflineBalance = choice & 0x80 != 0
        return parameters(choice).map {
            ContactlessTransaction(combinations: [combination], parameters: $0, caKeys: keys)
        }
    }

    /// The contactless kernel, with any answers. First byte: what the transaction is about.
    static func contactless(_ bytes: [UInt8]) throws -> Int {
        let choice = bytes.first ?? 0
        guard var transaction: ContactlessTransaction = contactless(choice) else { throw BrokenPromise("no transaction") }
        let card = ScriptedCard(bytes.dropFirst())
        let outcome = transaction.run(on: card, beforeCommit: {})
        if case .approved(let evidence) = outcome {
            try promise(evidence.authentication == .passed, "approved without authentication")
        }
        try promise(transaction.start() == .finished(outcome), "the outcome changed")
        _ = "\(outcome)"
        return card.commands
    }

    static func contactTerminal(_ choice: UInt8) -> ContactTerminal {
        ContactTerminal(
            applications: [
                ContactApplication(
                    applicationIdentifier: Combination.visaCreditDebit, floorLimit: 20_000,
                    actionCodes: ActionCodes(denial: [], online: [.dynamicDataAuthenticationFailed, .combinedDataAuthenticationFailed]))
            ],
            capabilities: [
                .contactChip, .plaintextPIN, .encipheredPIN, .signature, .noVerification, .onlinePIN, .staticDataAuthentication,
                .dynamicDataAuthentication, .combinedDataAuthentication,
            ], letsPayerChoose: choice & 0x80 != 0)
    }

    /// The contact flow, with any answers of the card, and of payer and issuer what the second byte says.
    static func contact(_ bytes: [UInt8]) throws -> Int {
        let (choice, others) = (bytes.first ?? 0, bytes.dropFirst().first ?? 0)
        guard let parameters = parameters(choice & 0x17) else { throw BrokenPromise("no transaction") }
        let card = ScriptedCard(bytes.dropFirst(2))
        var transaction = ContactTransaction(
            terminal: contactTerminal(choice),
            parameters: ContactParameters(
                transaction: parameters, isSelectedAtRandom: choice & 0x20 != 0, isForcedOnline: choice & 0x40 != 0),
            caKeys: keys)
        var numbers = RandomInput(seed: UInt64(choice))
        var step = transaction.start()
        func exchange(_ command: CommandAPDU) -> ContactTransaction.Step {
            do throws(CardError) { return transaction.received(try card.send(command)) } catch { return transaction.failed(error) }
        }
        for _ in 0..<1_000 {
            switch step {
            case .transmit(let command), .commit(let command): step = exchange(command)
            case .verify(let command):
                do {
                    guard let response = try command.send(over: card.transmit) else { throw BrokenPromise("a PIN command without a command") }
                    step = transaction.received(response)
                } catch let error as CardError {
                    step = transaction.failed(error)
                }
            case .chooseApplication(let labels): step = transaction.chose(labels.count - 1)
            case .askPIN(let request):
                switch others & 0x03 {
                case 0 where request.method == .online: step = transaction.captured()
                case 1: step = transaction.bypassed()
                case 2: step = transaction.pinPadFailed()
                default:
                    if request.method == .online {
                        step = transaction.captured()
                    } else if let pin = try PIN(digits: [1, 2, 3, 4] as [UInt8]) {
                        step = transaction.entered(try PINBlock(pin), using: &numbers)
                    }
                }
            case .goOnline: step = try answer(&transaction, others)
            case .finished(let outcome):
                if case .approved(let evidence) = outcome {
                    try promise(evidence.cryptogramType == .tc, "approved with \(evidence.cryptogramType)")
                }
                _ = "\(outcome)"
                return card.commands
            }
        }
        throw BrokenPromise("a contact transaction without end")
    }

    private static func answer(_ transaction: inout ContactTransaction, _ choice: UInt8) throws -> ContactTransaction.Step {
        if choice & 0x04 != 0 { return transaction.unreachable() }
        let script = TLV(0x72, [TLV(0x9F18, [0, 0, 0, 1]), TLV(0x86, [0x84, 0x24, 0, 0, 0])])
        guard let answer = IssuerAnswer(
            isApproved: choice & 0x08 == 0, responseCode: [0x30, 0x30],
            authenticationData: choice & 0x10 == 0 ? [UInt8](repeating: 0x5A, count: 8) : nil,
            scripts: choice & 0x20 == 0 ? [] : [script, TLV(0x71, [0x86, 0x04])])
        else { throw BrokenPromise("no answer of the issuer") }
        return transaction.answered(answer)
    }
}
