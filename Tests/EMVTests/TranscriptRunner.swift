import Core
import EMV
import SmartCard

/// Plays recorded responses to the state machine.
struct TranscriptRunner {
    var combination = Combination(
        applicationIdentifier: Combination.visaCreditDebit,
        qualifiers: TerminalTransactionQualifiers(rawValue: 0x2400_4000))
    var amount: Int64 = 200
    var currency = Currency.usd
    var type: UInt8 = 0x00
    var date = "2019-06-15"
    /// Nil for the same as `date`.
    var validityDate: String?
    var expiryIsMonth = false
    var onlineCryptogramRequired = false
    /// Index numbers of the CA keys the terminal has.
    var keys: Set<UInt8> = [0x92, 0x94, 0x95]

    struct Run {
        let outcome: ContactlessOutcome
        /// Hexadecimal, in order.
        let commands: [String]
        /// Positions of the commands that were to be durable first.
        let commits: [Int]
    }

    func caKeys() throws -> CAPublicKeyStore {
        try CAPublicKeyStore(PublishedKey.all.filter { keys.contains($0.index) }.map { key in
            try CAPublicKey(
                rid: Hex.decode(key.rid) ?? [], index: key.index, modulus: Hex.decode(key.modulus) ?? [], exponent: [3],
                checksum: Hex.decode(key.checksum) ?? [])
        })
    }

    func parameters() throws -> TransactionParameters {
        try TransactionParameters(
            amount: Money(minorUnits: amount, currency: currency), type: type,
            date: CivilDate(date) ?? CivilDate(daysSince1970: 0), validityDate: validityDate.flatMap { CivilDate($0) },
            expiryIsMonth: expiryIsMonth, countryCode: 840,
            unpredictableNumber: [0xAB, 0xAB, 0xAB, 0xAB], onlineCryptogramRequired: onlineCryptogramRequired)
    }

    func transaction() throws -> ContactlessTransaction {
        ContactlessTransaction(combinations: [combination], parameters: try parameters(), caKeys: try caKeys())
    }

    func run(_ transcript: RecordedCard) throws -> Run { try run(transcript.responses) }

    /// A card that has no more responses has left the field.
    func run(_ responses: [[UInt8]]) throws -> Run {
        var transaction = try transaction()
        return Self.play(&transaction, responses)
    }

    static func play(_ transaction: inout ContactlessTransaction, _ responses: [[UInt8]]) -> Run {
        var commands: [String] = []
        var commits: [Int] = []
        var rest = responses[...]
        var step = transaction.start()
        while commands.count < 256 {
            let command: CommandAPDU
            switch step {
            case .finished(let outcome): return Run(outcome: outcome, commands: commands, commits: commits)
            case .transmit(let next): command = next
            case .commit(let next):
                commits.append(commands.count)
                command = next
            }
            commands.append(Hex.encode(command.bytes))
            if let bytes = rest.popFirst(), let response = try? ResponseAPDU(bytes: bytes) {
                step = transaction.received(response)
            } else {
                step = transaction.failed(.removed)
            }
        }
        return Run(outcome: .tryAgain(.communication(.endlessResponse)), commands: commands, commits: commits)
    }
}
