import Core
import EMV
import SmartCard
import Testing

/// A kernel with a card that takes it to an approval or another outcome: what the suite plays to it, whole and spoiled.
struct KernelUnderTest: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let kernel: any ContactlessKernel.Type
    let activation: KernelActivation
    /// Answers to the kernel's commands in order.
    let responses: [[UInt8]]
    /// Digits that must not be printed.
    let pan: String

    static func all() throws -> [KernelUnderTest] {
        func activation(_ runner: TranscriptRunner, _ card: RecordedCard) throws -> KernelActivation {
            let parameters = try runner.parameters()
            return KernelActivation(
                applicationIdentifier: Combination.visaCreditDebit, selection: try ResponseAPDU(bytes: card.responses[1]),
                combination: runner.combination,
                indicators: Preprocessing.indicators(runner.combination, parameters), parameters: parameters,
                caKeys: try runner.caKeys(), isListed: ContactlessTransaction.noneListed)
        }
        var balance = TranscriptRunner()
        balance.combination.readsOfflineBalance = true
        var online = TranscriptRunner()
        online.amount = 9000
        online.combination.floorLimit = 5000
        let pan = "4761739001010010"
        return [
            KernelUnderTest(
                testDescription: "kernel 3, offline", kernel: QVSDCKernel.self, activation: try activation(TranscriptRunner(), .offline),
                responses: Array(RecordedCard.offline.responses.dropFirst(2)), pan: pan),
            KernelUnderTest(
                testDescription: "kernel 3, offline with balance", kernel: QVSDCKernel.self, activation: try activation(balance, .offline),
                responses: RecordedCard.offline.responses.dropFirst(2) + [Hex.decode("9F5D060000000123459000") ?? []], pan: pan),
            KernelUnderTest(
                testDescription: "kernel 3, online", kernel: QVSDCKernel.self, activation: try activation(online, .online),
                responses: Array(RecordedCard.online.responses.dropFirst(2)), pan: pan),
            KernelUnderTest(
                testDescription: "probe", kernel: ProbeKernel<Number21>.self, activation: try activation(TranscriptRunner(), .offline),
                responses: [[0x90, 0x00]], pan: pan),
        ]
    }

    struct Run {
        var steps: [KernelStep]
        var kernel: any ContactlessKernel
        var commits: Int { steps.filter { if case .commit = $0 { true } else { false } }.count }
        var outcome: ContactlessOutcome? { if case .finished(let outcome)? = steps.last { outcome } else { nil } }
    }

    /// More than any kernel needs for one application.
    static let greatestCommands = 64

    /// After the answers the card has left.
    func run(_ answers: [[UInt8]], _ activation: KernelActivation? = nil) -> Run {
        var kernel = self.kernel.init(activation ?? self.activation)
        var steps = [kernel.start()]
        var rest = answers[...]
        while steps.count <= Self.greatestCommands + 1 {
            switch steps.last {
            case .transmit, .commit:
                if let bytes = rest.popFirst(), let response = try? ResponseAPDU(bytes: bytes) {
                    steps.append(kernel.received(response))
                } else {
                    steps.append(kernel.failed(.removed))
                }
            default: return Run(steps: steps, kernel: kernel)
            }
        }
        return Run(steps: steps, kernel: kernel)
    }
}

/// What every kernel keeps (``ContactlessKernel``). A new kernel is a new entry of ``KernelUnderTest/all()``.
@Suite("Conformance: what every contactless kernel keeps, whatever the card answers")
struct KernelConformanceTests {
    /// A definite end, repeated by every later call; one commitment at most; nothing approved unauthenticated.
    private func check(_ run: KernelUnderTest.Run, _ test: KernelUnderTest) {
        guard let last = run.steps.last else { return }
        switch last {
        case .selectNext, .finished: break
        case .transmit, .commit: Issue.record("\(test): no end after \(run.steps.count) steps")
        }
        var kernel = run.kernel
        if kernel.start() != last || kernel.received(ResponseAPDU(status: .success)) != last || kernel.failed(.removed) != last
            || kernel.received(ResponseAPDU(data: [0x77, 0x00], status: .success)) != last
        {
            Issue.record("\(test): the outcome is not repeated")
        }
        if run.commits > 1 { Issue.record("\(test): \(run.commits) commitments") }
        guard let outcome = run.outcome else { return }
        if case .approved(let evidence) = outcome, evidence.authentication != .passed || evidence.cryptogramType != .tc {
            Issue.record("\(test): approved without proof")
        }
        if run.commits == 0 {
            switch outcome {
            case .approved, .onlineRequest, .torn: Issue.record("\(test): \(outcome) without a commitment")
            default: break
            }
        }
        let parameters = kernel.parameters(of: outcome)
        if parameters.onOutcome == nil { Issue.record("\(test): nothing to show for \(outcome)") }
        switch outcome {
        case .tryAgain: if parameters.start != .b { Issue.record("\(test): try again starts nowhere") }
        case .torn: break
        default: if parameters.start != nil { Issue.record("\(test): a final outcome starts again") }
        }
        if parameters.dataRecord != (outcome.evidence?.dataRecord.map(\.tag) ?? []) { Issue.record("\(test): another data record") }
    }

    @Test("The whole card: an outcome, and one commitment", arguments: try KernelUnderTest.all())
    func whole(_ test: KernelUnderTest) throws {
        let run = test.run(test.responses)
        check(run, test)
        #expect(run.outcome != nil && run.commits == 1)
        #expect(run.steps.count <= KernelUnderTest.greatestCommands)
    }

    @Test("Asked to start twice, or answered before it asked, a kernel gives its first step", arguments: try KernelUnderTest.all())
    func startTwice(_ test: KernelUnderTest) {
        var kernel = test.kernel.init(test.activation)
        let first = kernel.start()
        #expect(kernel.start() == first)
        var early = test.kernel.init(test.activation)
        #expect(early.received(ResponseAPDU(status: .success)) == first)
        var lost = test.kernel.init(test.activation)
        #expect(lost.failed(.removed) == .finished(.tryAgain(.communication(.removed))))
    }

    @Test("A card lost at each command: torn after the commitment, or all had been said", arguments: try KernelUnderTest.all())
    func lost(_ test: KernelUnderTest) {
        let complete = test.run(test.responses)
        for count in 0..<test.responses.count {
            for error in [CardError.removed, .reset, .emptyResponse, .stuck, .serviceLost] {
                var kernel = test.kernel.init(test.activation)
                var steps = [kernel.start()]
                for bytes in test.responses.prefix(count) {
                    guard let response = try? ResponseAPDU(bytes: bytes) else { continue }
                    steps.append(kernel.received(response))
                }
                steps.append(kernel.failed(error))
                let run = KernelUnderTest.Run(steps: steps, kernel: kernel)
                check(run, test)
                switch run.outcome {
                case .torn: break
                case .approved(let evidence)?:
                    // Only what decides nothing may be missing.
                    #expect(complete.outcome?.evidence?.cryptogram == evidence.cryptogram && count == test.responses.count - 1)
                default: Issue.record("\(test), lost at \(count): \(String(describing: run.outcome))")
                }
            }
        }
    }

    @Test("Every status word at each command ends it definitely", arguments: try KernelUnderTest.all())
    func statusWords(_ test: KernelUnderTest) {
        for position in 0..<test.responses.count {
            for word in stride(from: 0x6000, through: 0x9FFF, by: 7).map({ UInt16($0) }) + [0x6984, 0x6985, 0x6986, 0x9000, 0x9001] {
                var answers = test.responses
                answers[position] = StatusWord(rawValue: word).bytes
                check(test.run(answers), test)
            }
        }
    }

    @Test("Status with data: other words than 9000 take nothing from the data", arguments: try KernelUnderTest.all())
    func statusWithData(_ test: KernelUnderTest) {
        for position in 0..<test.responses.count {
            var answers = test.responses
            answers[position] = answers[position].dropLast(2) + [0x62, 0x83]
            let run = test.run(answers)
            check(run, test)
            if case .approved(let evidence)? = run.outcome {
                // Nothing but the balance can be given up.
                #expect(position == answers.count - 1 && evidence.availableOfflineSpending == nil)
            }
        }
    }

    @Test("4,000 mutated cards, 2,000 of random bytes, and answers of any length", arguments: try KernelUnderTest.all())
    func hostile(_ test: KernelUnderTest) {
        var random = Seeded(state: 11)
        for _ in 0..<4000 { check(test.run(HostileCardTests.mutated(test.responses, &random)), test) }
        for _ in 0..<2000 {
            let count = Int.random(in: 0...test.responses.count, using: &random)
            let noise = (0..<4).map { _ in
                (0..<Int.random(in: 0...300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) } + [0x90, 0x00]
            }
            check(test.run(test.responses.prefix(count) + noise), test)
        }
        for count in [0, 1, 255, 256, 4096, 4097, 65_536, 1 << 20] {
            for position in 0..<test.responses.count {
                var answers = test.responses
                answers[position] = [UInt8](repeating: 0x70, count: count) + [0x90, 0x00]
                check(test.run(answers), test)
            }
        }
    }

    @Test("A card that lists records for ever is not read for ever", arguments: try KernelUnderTest.all())
    func endless(_ test: KernelUnderTest) {
        let locator = TLV(0x94, (1...30).flatMap { [UInt8($0) << 3, 1, 255, 0] }).encoded
        let endless = [TLV(0x77, [TLV(0x82, [0x20, 0x00])]).encoded + locator, TLV(0x77, locator).encoded]
        for options in endless {
            check(test.run([options + [0x90, 0x00]] + Array(repeating: [0x70, 0x00, 0x90, 0x00], count: 5000)), test)
        }
    }

    @Test("Any FCI: a commitment, Select Next or an end", arguments: try KernelUnderTest.all())
    func selections(_ test: KernelUnderTest) {
        var random = Seeded(state: 12)
        let original = test.activation.selection.bytes
        for _ in 0..<2000 {
            let mutated = HostileCardTests.mutated([original], &random)[0]
            guard let selection = try? ResponseAPDU(bytes: mutated) else { continue }
            let activation = KernelActivation(
                applicationIdentifier: test.activation.applicationIdentifier, selection: selection,
                combination: test.activation.combination, indicators: test.activation.indicators,
                parameters: test.activation.parameters, caKeys: test.activation.caKeys,
                isListed: test.activation.isListed)
            check(test.run(test.responses, activation), test)
        }
    }

    @Test("ALL-5: kernel, steps and evidence print no card number", arguments: try KernelUnderTest.all())
    func masked(_ test: KernelUnderTest) {
        let bytes = (Hex.decode(test.pan) ?? []).map(String.init).joined(separator: ", ")
        for count in 0...test.responses.count {
            let run = test.run(Array(test.responses.prefix(count)))
            var kernel = test.kernel.init(test.activation)
            _ = kernel.start()
            for response in test.responses.prefix(count).compactMap({ try? ResponseAPDU(bytes: $0) }) { _ = kernel.received(response) }
            var dumped = ""
            dump(run.kernel, to: &dumped)
            dump(kernel, to: &dumped)
            if let outcome = run.outcome { dump(outcome, to: &dumped) }
            for text in ["\(run.kernel)", "\(kernel)", "\(String(describing: run.outcome))", dumped] {
                #expect(!text.contains(test.pan) && !text.contains(bytes))
            }
        }
    }
}
