import Payments
import Testing

@Suite("The life of a payment")
struct PaymentLifeTests {
    typealias State = PaymentLife.State
    typealias Event = PaymentLife.Event

    /// What may happen, written down apart from the machine. A reversal's own differences follow below.
    private static let legal: [State: [Event: State]] = [
        .open: [
            .cardApproved: .cardApproved, .committed: .committed, .reversalCommitted: .committed, .declined: .declined,
            .abandoned: .abandoned,
        ],
        .cardApproved: [.committed: .committed, .reversalCommitted: .committed, .declined: .declined],
        .committed: [.sent: .forwarded, .voided: .voided],
        .forwarded: [
            .answerLost: .committed, .acknowledged: .acknowledged, .refused: .quarantined, .declinedLater: .declinedLater,
            .voided: .voided,
        ],
        .quarantined: [.retried: .committed, .voided: .voided],
        .acknowledged: [.voided: .voided, .askedAgain: .committed],
        .reversed: [.askedAgain: .committed],
        .declinedLater: [.acceptedAfterAll: .acknowledged],
    ]

    @Test("Every event in every state leads where it must, or is a typed error that changes nothing")
    func table() throws {
        var count = 0
        for state in State.allCases {
            for event in Event.allCases {
                var life = PaymentLife(state)
                if let next = Self.legal[state]?[event] {
                    try life.handle(event)
                    #expect(life.state == next)
                } else {
                    #expect(throws: PaymentLife.IllegalTransition(state: state, event: event)) { try life.handle(event) }
                    #expect(life == PaymentLife(state))
                }
                count += 1
            }
        }
        #expect(count == State.allCases.count * Event.allCases.count)
    }

    @Test("ALL-10: a reversal goes to the host like any record and ends as reversed; it can't be voided nor declined later")
    func reversal() throws {
        var life = PaymentLife()
        for event in [Event.cardApproved, .reversalCommitted, .sent, .answerLost, .sent, .acknowledged] { try life.handle(event) }
        #expect(life.state == .reversed && life.isFinal)
        for (state, event) in [(State.committed, Event.voided), (.forwarded, .voided), (.forwarded, .declinedLater)] {
            var life = PaymentLife(state, isReversal: true)
            #expect(throws: PaymentLife.IllegalTransition(state: state, event: event)) { try life.handle(event) }
        }
    }

    @Test("What is not finished has something to be done at start; what is finished has nothing")
    func recovery() {
        let wanted: [State: PaymentLife.Recovery] = [
            .open: .reverse, .cardApproved: .reverse, .committed: .forward, .forwarded: .forward, .quarantined: .show,
        ]
        for state in State.allCases {
            #expect(PaymentLife(state).recovery == wanted[state] ?? .nothing)
            #expect(PaymentLife(state).isFinal == (wanted[state] == nil))
        }
    }

    @Test("Each trace in the tables is one state, or is torn")
    func traces() {
        typealias Traces = PaymentLife.Traces
        var counts: [String: Int] = [:]
        for row in Traces.Row.allCases {
            for hasDecision in [false, true] {
                for hasRecord in [false, true] {
                    for queue in [nil, .waiting, .sent, .quarantined] as [Traces.Queue?] {
                        for isReversal in [false, true] {
                            let traces = Traces(
                                row: row, hasDecision: hasDecision, hasRecord: hasRecord, queue: queue, isReversal: isReversal)
                            let found = Result { () throws(PaymentLife.Torn) in try PaymentLife(traces) }
                            #expect(found.map(\.state) == Self.wanted(traces), "\(traces)")
                            counts["\(found.map(\.state))", default: 0] += 1
                        }
                    }
                }
            }
        }
        #expect(counts.count == 10 + PaymentLife.Torn.allCases.count)
    }

    private static func wanted(_ traces: PaymentLife.Traces) -> Result<State, PaymentLife.Torn> {
        if traces.queue != nil, !traces.hasRecord { return .failure(.queuedWithoutRecord) }
        switch (traces.row, traces.hasDecision, traces.hasRecord, traces.queue) {
        case (.open, _, true, _): return .failure(.openWithRecord)
        case (.open, _, false, _): return .success(.open)
        case (_, false, _, _): return .failure(.closedWithoutDecision)
        case (.approved, _, false, _): return .failure(.approvedWithoutRecord)
        case (.approved, _, _, .waiting), (.declined, _, true, .waiting): return .success(.committed)
        case (.approved, _, _, .sent), (.declined, _, true, .sent): return .success(.forwarded)
        case (.approved, _, _, .quarantined), (.declined, _, true, .quarantined): return .success(.quarantined)
        case (.approved, _, _, nil): return .success(.acknowledged)
        case (.declined, _, true, nil): return .success(traces.isReversal ? .reversed : .acknowledged)
        case (.declined, _, false, _): return .success(.declined)
        case (.abandoned, _, true, _): return .failure(.abandonedWithRecord)
        case (.abandoned, _, false, _): return .success(.abandoned)
        case (.voided, _, _, _): return .success(.voided)
        case (.declinedLater, _, _, _): return .success(.declinedLater)
        }
    }
}
