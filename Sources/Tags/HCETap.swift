import Core
import Crypto
import SmartCard

/// How a tap of a telephone ended.
public enum HCEOutcome: Sendable, Hashable {
    case authenticated(HCEEvidence)
    /// The telephone does not have our application, or is no telephone.
    case notOurs(StatusWord)
    /// 6985: the holder has to unlock it, or to agree, and tap again.
    case unlock
    case refused(HCEFailure)
    /// It left before it was done. Nothing has been spent.
    case tryAgain(CardError)
}

/// The tap of a telephone as a value: SELECT, AUTHENTICATE, and GET RESPONSE while more waits. It ends within
/// ``greatestCommands`` commands; after the outcome every call repeats it.
public struct HCETap: Sendable {
    public enum Step: Sendable, Hashable {
        /// Send it as it is, without following 61xx, and hand over the response, or the error.
        case transmit(CommandAPDU)
        case finished(HCEOutcome)
    }

    private enum State: Sendable {
        case start, selecting
        case answering(HCEPieces)
        case done(HCEOutcome)
    }

    public static let greatestCommands = 2 + HCEApplication.mostPieces

    private let issuers: [P256.Signing.PublicKey]
    private let context: TapContext
    private let now: UTCInstant
    private var state = State.start

    /// - Parameters:
    ///   - issuers: public keys of the programmes that enrol telephones.
    ///   - now: for the credential's expiry.
    public init(issuers: [P256.Signing.PublicKey], context: TapContext, now: UTCInstant) {
        self.issuers = issuers
        self.context = context
        self.now = now
    }

    public mutating func start() -> Step {
        guard case .start = state else { return again }
        state = .selecting
        return transmit { () throws(CardError) in try .select(name: HCEApplication.identifier) }
    }

    /// The last command failed.
    public mutating func failed(_ error: CardError) -> Step {
        guard case .done = state else { return finish(.tryAgain(error)) }
        return again
    }

    public mutating func received(_ response: ResponseAPDU) -> Step {
        switch state {
        case .start: return start()
        case .done: return again
        case .selecting:
            // A screen that is off, or a telephone that has our application and wants to be unlocked first.
            guard response.status != .conditionsNotSatisfied else { return finish(.unlock) }
            guard response.status == .success, HCEApplication.knowsVersion(response.data) else { return finish(.notOurs(response.status)) }
            state = .answering(HCEPieces(mostBytes: HCEApplication.mostBytes, mostPieces: HCEApplication.mostPieces))
            let data = HCEApplication.challenge(context)
            return transmit { () throws(CardError) in
                try CommandAPDU(0x80, HCEApplication.authenticate, 0x00, 0x00, data: data, le: 0x00)
            }
        case .answering(let pieces): return piece(response, pieces)
        }
    }

    private mutating func piece(_ response: ResponseAPDU, _ before: HCEPieces) -> Step {
        var pieces = before
        let step = pieces.add(response)
        state = .answering(pieces)
        switch step {
        case .more(let le):
            return transmit { () throws(CardError) in try CommandAPDU(0x00, 0xC0, 0x00, 0x00, le: le) }
        case .complete(let answer): return verify(answer)
        case .unlock: return finish(.unlock)
        case .refused(let failure): return finish(.refused(failure))
        }
    }

    private mutating func verify(_ answer: [UInt8]) -> Step {
        do throws(HCEFailure) {
            return finish(.authenticated(try HCEEvidence(answer: answer, to: context, issuers: issuers, now: now)))
        } catch {
            return finish(.refused(error))
        }
    }

    private mutating func transmit(_ command: () throws(CardError) -> CommandAPDU) -> Step {
        do { return .transmit(try command()) } catch { return finish(.tryAgain(error)) }
    }

    private mutating func finish(_ outcome: HCEOutcome) -> Step {
        state = .done(outcome)
        return again
    }

    private var again: Step {
        guard case .done(let outcome) = state else { return .finished(.tryAgain(.malformedCommand)) }
        return .finished(outcome)
    }
}

extension HCETap {
    /// Runs the tap to its outcome; blocks as long as the channel does.
    public mutating func run(on channel: any CardChannel) -> HCEOutcome {
        var step = start()
        while true {
            switch step {
            case .finished(let outcome): return outcome
            case .transmit(let command):
                do throws(CardError) {
                    step = received(try ResponseAPDU(bytes: channel.transmit(command.bytes)))
                } catch {
                    step = failed(error)
                }
            }
        }
    }
}
