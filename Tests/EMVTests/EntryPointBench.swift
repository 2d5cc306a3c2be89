import Core
import EMV
import SmartCard

/// A reader, its terminal and a scripted card around Entry Point.
struct Bench {
    var combinations: [Combination] = []
    var amount: Int64 = 10
    var type: UInt8 = 0x00
    var currency = Currency.eur
    var startsAtB = false

    static let first: [UInt8] = [0xA0, 0, 0, 0, 0x04, 0x10, 0x01]
    static let second: [UInt8] = [0xA0, 0, 0, 0, 0x04, 0x10, 0x02]

    static func combination(
        _ name: [UInt8] = first, kernel: UInt32 = 0x21, qualifiers: UInt32 = 0x3600_0000, _ change: (inout Combination) -> Void = { _ in }
    ) -> Combination {
        var combination = Combination(
            applicationIdentifier: name, kernel: KernelIdentifier(rawValue: kernel),
            qualifiers: TerminalTransactionQualifiers(rawValue: qualifiers))
        change(&combination)
        return combination
    }

    static func directory(_ entries: [TLV]...) -> [UInt8] {
        TLV(0x6F, [
            TLV(0x84, Array("2PAY.SYS.DDF01".utf8)), TLV(0xA5, [TLV(0xBF0C, entries.map { TLV(0x61, $0) })]),
        ]).encoded + [0x90, 0x00]
    }

    static func entry(_ name: [UInt8] = first, kernel: String? = "21", priority: UInt8? = nil, extended: String? = nil) -> [TLV] {
        [TLV(0x4F, name)] + (kernel.map { [TLV(0x9F2A, Hex.decode($0) ?? [])] } ?? [])
            + (priority.map { [TLV(0x87, [$0])] } ?? []) + (extended.map { [TLV(0x9F29, Hex.decode($0) ?? [])] } ?? [])
    }

    /// The answer to SELECT of an application.
    static let selected: [UInt8] = TLV(0x6F, [TLV(0x84, first), TLV(0xA5, [TLV(0x50, Array("TEST".utf8))])]).encoded + [0x90, 0x00]

    func entryPoint() throws -> EntryPoint {
        let parameters = try TransactionParameters(
            amount: Money(minorUnits: amount, currency: currency), type: type, date: CivilDate(daysSince1970: 20_000),
            countryCode: 246, unpredictableNumber: [0, 0, 0, 0])
        return EntryPoint(
            ContactlessTransaction(
                combinations: combinations, parameters: parameters, caKeys: CAPublicKeyStore(), kernels: .probes))
    }

    /// Everything that is done, with a card that gives these responses in order and then leaves; each presentation has
    /// its own list.
    func run(_ presentations: [[[UInt8]]]) throws -> [EntryPoint.Action] {
        var entryPoint = try entryPoint()
        var pending = entryPoint.handle(startsAtB ? .startedAtB : .startedAtA)
        var done: [EntryPoint.Action] = []
        var cards = presentations[...]
        var responses: ArraySlice<[UInt8]> = []
        var number: UInt8 = 0
        while !pending.isEmpty, done.count < 400 {
            let action = pending.removeFirst()
            done.append(action)
            switch action {
            case .poll:
                guard let next = cards.popFirst() else { return done }
                responses = next[...]
                number += 1
                pending += entryPoint.handle(.cardActivated(unpredictableNumber: [0, 0, 0, number]))
            case .transmit, .commit:
                if let bytes = responses.popFirst(), let response = try? ResponseAPDU(bytes: bytes) {
                    pending += entryPoint.handle(.received(response))
                } else {
                    pending += entryPoint.handle(.failed(.removed))
                }
            case .show, .fieldOff, .finished: break
            }
        }
        return done
    }

    /// P2 of the kernel's command, which says what pre-processing found; nil when no kernel was activated.
    func found() throws -> UInt8? {
        let actions = try run([[Self.directory(Self.entry()), Self.selected, [0x90, 0x00]]])
        return actions.compactMap { action in
            if case .commit(let command) = action { command.p2 } else { nil }
        }.first
    }

    /// The applications selected, in order, when each is refused.
    func selections(_ directory: [UInt8]) throws -> [String] {
        try run([[directory] + Array(repeating: [0x6A, 0x82], count: 40)]).compactMap { action in
            guard case .transmit(let command) = action, command.data != Array("2PAY.SYS.DDF01".utf8) else { return nil }
            return Hex.encode(command.data)
        }
    }
}

extension [EntryPoint.Action] {
    var shown: [UserInterfaceRequest.Message] {
        compactMap { if case .show(let request) = $0 { request.message } else { nil } }
    }
    var outcome: ContactlessOutcome? {
        compactMap { if case .finished(let outcome, _) = $0 { outcome } else { nil } }.last
    }
    var parameters: OutcomeParameters? {
        compactMap { if case .finished(_, let parameters) = $0 { parameters } else { nil } }.last
    }
    var commits: [CommandAPDU] {
        compactMap { if case .commit(let command) = $0 { command } else { nil } }
    }
}
