import Core
import SmartCard

/// How a tap of a tag ended.
public enum ClosedLoopOutcome: Sendable, Hashable {
    /// Tag and terminal have proved to each other that they hold the key, for this payment (ALL-7).
    case authenticated(ClosedLoopEvidence)
    /// Another card, or a tag of others. It was not asked to authenticate.
    case notOurs(NotOurs)
    /// It carries a text of ours, and what it then said is not our tag's.
    case refused(NTAG424Failure)
    /// Inside the session the chip said another UID or counter than its text has: a text on the wrong tag.
    case inconsistent
    /// It refused the key too often (``AuthenticationRestraint``), or says so itself: not now.
    case tryLater
    /// It left before it was done. Nothing has been spent: tags hold no money.
    case tryAgain(CardError)

    public enum NotOurs: Sendable, Hashable {
        /// The application or the file is not there.
        case refused(StatusWord)
        case noURL
        case text(SDMFailure)
    }
}

/// The tap of a closed-loop tag as a value: it takes the chip's answers and gives commands and one outcome. No I/O, no clock,
/// no randomness of its own.
///
/// 1. SELECT, and the NDEF file's text: the chip fills in UID, counter and MAC. A tag whose MAC is not ours is left alone.
/// 2. AuthenticateEV2First with the key for that UID. RndA is bound to payment and amount (``TapContext``).
/// 3. UID and counter again, inside the session. They have to be those of the text.
///
/// It ends within ``greatestCommands`` commands, whatever the chip answers; one authentication at most. After the outcome
/// every call repeats it.
public struct ClosedLoopTag: Sendable {
    public enum Step: Sendable, Hashable {
        /// Send it and hand over the response, or the error.
        case transmit(CommandAPDU)
        case finished(ClosedLoopOutcome)
    }

    private enum State: Sendable {
        case start, application, file, length
        case text(wanted: Int, read: [UInt8])
        case challenge(SDMTap, NTAG424Authentication)
        case answer(SDMTap, NTAG424Authentication, challenge: [UInt8])
        case uid(Proven)
        case counter(Proven)
        case done(ClosedLoopOutcome)
    }

    /// What is known once the chip has authenticated.
    private struct Proven: Sendable {
        let tap: SDMTap
        var session: NTAG424Session
        let challenge: [UInt8]
        let answer: [UInt8]
    }

    public static let greatestCommands = 9
    private static let mostRead = 128

    private let profiles: [ClosedLoopProfile]
    /// The one whose keys the tag's text was made with; nil before it was read.
    private var profile: ClosedLoopProfile?
    private let context: TapContext
    private let mayAuthenticate: @Sendable ([UInt8]) -> Bool
    private var state = State.start
    /// The UID whose key was used; nil before any was. For ``AuthenticationRestraint``.
    public private(set) var attempted: [UInt8]?

    /// - Parameter mayAuthenticate: false for a UID that had wrong keys too often; ``AuthenticationRestraint`` knows.
    public init(
        _ profile: ClosedLoopProfile, _ context: TapContext, mayAuthenticate: @escaping @Sendable (_ uid: [UInt8]) -> Bool = { _ in true }
    ) {
        self.init([profile], context, mayAuthenticate: mayAuthenticate)
    }

    /// For tags of several generations. Which one it is, its text tells before anything is authenticated: a second profile costs
    /// no command and no wrong key.
    /// - Parameter profiles: the one in use first.
    public init(
        _ profiles: [ClosedLoopProfile], _ context: TapContext, mayAuthenticate: @escaping @Sendable (_ uid: [UInt8]) -> Bool = { _ in true }
    ) {
        self.profiles = profiles
        self.context = context
        self.mayAuthenticate = mayAuthenticate
    }

    public mutating func start() -> Step {
        guard case .start = state else { return again }
        state = .application
        return transmit { () throws(CardError) in try .select(name: NTAG424.application) }
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
        case .application:
            guard response.status == .success else { return finish(.notOurs(.refused(response.status))) }
            state = .file
            return transmit { () throws(CardError) in
                try CommandAPDU(0x00, 0xA4, 0x00, 0x0C, data: NTAG424.ndefFileIdentifier)
            }
        case .file:
            guard response.status == .success else { return finish(.notOurs(.refused(response.status))) }
            state = .length
            return read(at: 0, 2)
        case .length, .text: return textRead(response)
        case .challenge(let tap, var authentication):
            do throws(NTAG424Failure) {
                let command = try authentication.challenged(response)
                state = .answer(tap, authentication, challenge: response.data)
                return .transmit(command)
            } catch {
                return stop(error)
            }
        case .answer(let tap, let authentication, let challenge):
            do throws(NTAG424Failure) {
                var session = try authentication.finished(response)
                let command = try session.protect(.cardUID)
                state = .uid(Proven(tap: tap, session: session, challenge: challenge, answer: response.data))
                return .transmit(command)
            } catch {
                return stop(error)
            }
        case .uid(let proven): return uidRead(response, proven)
        case .counter(let proven): return counterRead(response, proven)
        }
    }

    private mutating func textRead(_ response: ResponseAPDU) -> Step {
        guard response.status == .success else { return finish(.notOurs(.refused(response.status))) }
        var bytes = response.data
        let wanted: Int
        if case .text(let number, let before) = state {
            // More than was asked for is no answer of this chip.
            guard !bytes.isEmpty, bytes.count == min(Self.mostRead, number - before.count) else { return finish(.notOurs(.noURL)) }
            (wanted, bytes) = (number, before + bytes)
        } else {
            guard bytes.count == 2 else { return finish(.notOurs(.noURL)) }
            wanted = Int(bytes[0]) << 8 | Int(bytes[1])
            guard (1...NTAG424.ndefFileBytes - 2).contains(wanted) else { return finish(.notOurs(.noURL)) }
            bytes = []
        }
        state = .text(wanted: wanted, read: bytes)
        guard bytes.count == wanted else { return read(at: 2 + bytes.count, min(Self.mostRead, wanted - bytes.count)) }
        guard let url = try? NDEFMessage(bytes).uri else { return finish(.notOurs(.noURL)) }
        return authenticate(url)
    }

    private mutating func authenticate(_ url: String) -> Step {
        var found: SDMTap?
        var failure = SDMFailure.notAuthentic
        for candidate in profiles where found == nil {
            do throws(SDMFailure) {
                found = try candidate.url.verify(url)
                profile = candidate
            } catch {
                failure = error
            }
        }
        guard let tap = found, let profile else {
            return finish(failure == .unavailable ? .refused(.unavailable) : .notOurs(.text(failure)))
        }
        guard mayAuthenticate(tap.uid) else { return finish(.tryLater) }
        guard let key = try? profile.key.key(for: tap.uid),
            let authentication = NTAG424Authentication(key: key, number: profile.keyNumber, randomA: context.randomA)
        else { return finish(.refused(.unavailable)) }
        do throws(NTAG424Failure) {
            let command = try authentication.start()
            attempted = tap.uid
            state = .challenge(tap, authentication)
            return .transmit(command)
        } catch {
            return stop(error)
        }
    }

    private mutating func uidRead(_ response: ResponseAPDU, _ before: Proven) -> Step {
        var proven = before
        do throws(NTAG424Failure) {
            let uid = try proven.session.open(response, to: .cardUID)
            guard AESKey.areEqual(uid, proven.tap.uid) else { return finish(.inconsistent) }
            guard profile?.readsCounter == true else { return conclude(proven, nil) }
            let command = try proven.session.protect(.fileCounters())
            state = .counter(proven)
            return .transmit(command)
        } catch {
            return stop(error)
        }
    }

    private mutating func counterRead(_ response: ResponseAPDU, _ before: Proven) -> Step {
        var proven = before
        do throws(NTAG424Failure) {
            let data = try proven.session.open(response, to: .fileCounters())
            // The text was read a moment ago: the chip has counted it, and counts forward only.
            guard let counter = NTAG424Command.readCounter(data), counter >= proven.tap.counter else {
                return finish(.inconsistent)
            }
            return conclude(proven, counter)
        } catch {
            return stop(error)
        }
    }

    private mutating func conclude(_ proven: Proven, _ counter: UInt32?) -> Step {
        let evidence = profile.flatMap { profile in
            try? ClosedLoopEvidence(
                uid: proven.tap.uid, tapCounter: proven.tap.counter, readCounter: counter, keyNumber: profile.keyNumber,
                context: context, challenge: proven.challenge, answer: proven.answer, session: proven.session)
        }
        guard let evidence else { return finish(.refused(.unavailable)) }
        return finish(.authenticated(evidence))
    }

    private mutating func stop(_ failure: NTAG424Failure) -> Step {
        finish(failure == .delayed ? .tryLater : .refused(failure))
    }

    private mutating func read(at offset: Int, _ count: Int) -> Step {
        transmit { () throws(CardError) in
            try CommandAPDU(
                0x00, 0xB0, UInt8(truncatingIfNeeded: offset >> 8), UInt8(truncatingIfNeeded: offset),
                le: UInt8(truncatingIfNeeded: count))
        }
    }

    private mutating func transmit(_ command: () throws(CardError) -> CommandAPDU) -> Step {
        do { return .transmit(try command()) } catch { return finish(.tryAgain(error)) }
    }

    private mutating func finish(_ outcome: ClosedLoopOutcome) -> Step {
        state = .done(outcome)
        return again
    }

    private var again: Step {
        guard case .done(let outcome) = state else { return .finished(.tryAgain(.malformedCommand)) }
        return .finished(outcome)
    }
}

extension ClosedLoopTag {
    /// Whether a card may be such a tag: its ATR has the one historical byte that DESFire and NTAG 424 send. Others are not
    /// asked, so that a bank card's first command is its own.
    public static func mayBe(answerToReset: [UInt8]) -> Bool {
        (try? AnswerToReset(answerToReset))?.historicalBytes == [0x80]
    }

    /// Runs the tap to its outcome; blocks as long as the channel does.
    public mutating func run(on channel: any CardChannel) -> ClosedLoopOutcome {
        var step = start()
        while true {
            switch step {
            case .finished(let outcome): return outcome
            case .transmit(let command):
                do throws(CardError) { step = received(try channel.send(command)) } catch { step = failed(error) }
            }
        }
    }
}
