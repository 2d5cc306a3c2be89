import Core
import SmartCard

/// What terminal and card said to each other, with everything else a transaction depends on: amounts, dates and the
/// random number. The same transcript gives the same commands and the same outcome (``replay(caKeys:)``).
///
/// Its text form is made of lines. The first names the format; then come the setting, if it is of a transaction, and the
/// exchanges in their order. Empty lines and those that begin with `#` are passed over.
/// ```
/// kassad-transcript 1
/// masked yes
/// amount 200 USD
/// type 00
/// date 2019-06-15
/// country 840
/// random ABABABAB
/// combination aid=A0000000031010 kernel=3 qualifiers=24004000
/// > 00A404000E325041592E5359532E444446303100
/// < 6F2D840E…9000
/// > 00A4040007A000000003101000
/// ! removed
/// ```
public struct Transcript: Sendable, Equatable {
    /// One command and what came of it.
    public struct Exchange: Sendable, Equatable {
        public enum Answer: Sendable, Equatable {
            /// Data and status word, as the card gave them.
            case response([UInt8])
            case failure(CardError)
        }

        public var command: [UInt8]
        public var answer: Answer

        public init(command: [UInt8], answer: Answer) {
            self.command = command
            self.answer = answer
        }
    }

    /// What the terminal brought to a contactless transaction.
    public struct Setting: Sendable, Equatable {
        public var parameters: TransactionParameters
        public var combinations: [Combination]

        public init(parameters: TransactionParameters, combinations: [Combination]) {
            self.parameters = parameters
            self.combinations = combinations
        }
    }

    /// Nil for exchanges of any other kind.
    public var setting: Setting?
    public var exchanges: [Exchange]
    /// Card data was replaced: signatures in it no longer verify.
    public var isMasked: Bool

    public init(setting: Setting? = nil, exchanges: [Exchange] = [], isMasked: Bool = false) {
        self.setting = setting
        self.exchanges = exchanges
        self.isMasked = isMasked
    }
}

/// Holds card data unless masked: prints numbers alone (ALL-5).
extension Transcript: CustomStringConvertible, CustomReflectable {
    public var description: String { "Transcript(\(exchanges.count) exchanges\(isMasked ? ", masked" : ""))" }
    public var customMirror: Mirror { Mirror(self, children: ["exchanges": exchanges.count, "isMasked": isMasked]) }
}

extension Transcript.Exchange: CustomStringConvertible, CustomReflectable {
    public var description: String {
        switch answer {
        case .response(let bytes): "Exchange(\(command.count) bytes, answered by \(bytes.count))"
        case .failure(let error): "Exchange(\(command.count) bytes, \(error))"
        }
    }
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

// MARK: - Recording and replaying

/// Passes commands on to a card and keeps what was said.
public final class RecordingChannel: CardChannel {
    private let channel: any CardChannel
    /// At most ``Transcript/greatestExchanges`` with ``Transcript/greatestRecording`` bytes: the first one beyond that, and all after it, pass
    /// through unrecorded. What is kept has a text form that can be read again.
    public private(set) var exchanges: [Transcript.Exchange] = []
    private var recorded = 0
    private var isFull = false

    public init(_ channel: any CardChannel) { self.channel = channel }

    public var answerToReset: [UInt8] { channel.answerToReset }

    public func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] {
        do {
            let response = try channel.transmit(command)
            record(command, .response(response))
            return response
        } catch {
            record(command, .failure(error))
            throw error
        }
    }

    private func record(_ command: [UInt8], _ answer: Transcript.Exchange.Answer) {
        guard !isFull else { return }
        var lengths = [command.count]
        if case .response(let bytes) = answer { lengths.append(bytes.count) }
        recorded += lengths.reduce(0, +)
        isFull = exchanges.count == Transcript.greatestExchanges || recorded > Transcript.greatestRecording
            || lengths.contains { $0 > Transcript.greatestMessage }
        guard !isFull else { return }
        exchanges.append(Transcript.Exchange(command: command, answer: answer))
    }
}

/// Answers as a card did, as long as it is asked the same; the first other command, or one past the end, finds no card.
public final class ReplayingChannel: CardChannel {
    private let exchanges: [Transcript.Exchange]
    /// Exchanges played so far.
    public private(set) var position = 0
    /// Position of the first command that differs from the recorded one, or is one too many.
    public private(set) var divergence: Int?

    public init(_ transcript: Transcript) { exchanges = transcript.exchanges }

    public var answerToReset: [UInt8] { [] }

    public func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] {
        guard divergence == nil, position < exchanges.count, exchanges[position].command == command else {
            divergence = divergence ?? position
            throw .removed
        }
        let answer = exchanges[position].answer
        position += 1
        switch answer {
        case .response(let bytes): return bytes
        case .failure(let error): throw error
        }
    }
}

extension Transcript {
    /// What came of playing a transcript to the state machine.
    public struct Replay: Sendable, Equatable {
        public let outcome: ContactlessOutcome
        /// Position of the first exchange that differs: another command, or recorded and never asked for. Nil when the
        /// whole transcript was played as it was recorded.
        public let divergence: Int?
    }

    /// Plays the recorded card to a new transaction of the same setting. Of a masked one only offline data authentication
    /// comes out otherwise.
    /// - Returns: Nil for a transcript without a setting.
    public func replay(caKeys: CAPublicKeyStore) -> Replay? {
        guard let setting else { return nil }
        let channel = ReplayingChannel(self)
        var transaction = ContactlessTransaction(
            combinations: setting.combinations, parameters: setting.parameters, caKeys: caKeys)
        let outcome = transaction.run(on: channel, beforeCommit: {})
        let unplayed = channel.position < exchanges.count ? channel.position : nil
        return Replay(outcome: outcome, divergence: channel.divergence ?? unplayed)
    }
}
