import Core
import EMV
import SmartCard
import Testing

@Suite("EMV Book 1 §12: contact application selection")
struct ContactSelectionTests {
    private static let visa = "A0000000031010"
    private static let electron = "A0000000032010"
    private static let directory = "00A404000E315041592E5359532E444446303100"

    private static func select(_ name: String, next: Bool = false) -> String {
        "00A404" + (next ? "02" : "00") + hex(name.count / 2) + name + "00"
    }
    private static func hex(_ count: Int) -> String { Hex.encode([UInt8(count)]) }
    private static func object(_ tag: String, _ value: String) -> String { tag + hex(value.count / 2) + value }
    private static func entry(_ name: String, priority: String?, label: String = "") -> String {
        object("61", object("4F", name) + object("50", label) + (priority.map { object("87", $0) } ?? ""))
    }
    private static func control(_ name: String, priority: String? = nil) -> String {
        object("6F", object("84", name) + object("A5", priority.map { object("87", $0) } ?? "")) + "9000"
    }
    private static let directoryControl = object("6F", object("84", "315041592E5359532E4444463031") + "A503880101") + "9000"

    /// Answers in order for each command, the last one again and again; 6A82 for anything else.
    private struct Card {
        var answers: [String: [String]]
        var commands: [String] = []

        mutating func respond(_ command: CommandAPDU) -> ResponseAPDU {
            let text = Hex.encode(command.bytes)
            commands.append(text)
            var queue = answers[text] ?? ["6A82"]
            let answer = queue.count > 1 ? queue.removeFirst() : queue[0]
            answers[text] = queue
            return (try? ResponseAPDU(bytes: Hex.decode(answer) ?? [])) ?? ResponseAPDU(status: .fileNotFound)
        }
    }

    private struct Run {
        let outcome: ContactOutcome
        let commands: [String]
        var shown: [[String]] = []
    }

    /// Until the first GET PROCESSING OPTIONS, which is refused for good, or with 6985 to see who comes next.
    private func run(
        _ answers: [String: [String]], names: [String] = [visa, electron], partial: Bool = true, payerChooses: [Int?]? = nil
    ) throws -> Run {
        var card = Card(answers: answers)
        let terminal = ContactTerminal(
            applications: names.map {
                ContactApplication(applicationIdentifier: Hex.decode($0) ?? [], allowsPartialName: partial)
            }, capabilities: [], letsPayerChoose: payerChooses != nil)
        var transaction = ContactTransaction(
            terminal: terminal,
            parameters: ContactParameters(
                transaction: try TransactionParameters(
                    amount: Money(minorUnits: 100, currency: .sek), date: try #require(CivilDate("2026-11-20")), countryCode: 752,
                    unpredictableNumber: [1, 2, 3, 4])),
            caKeys: CAPublicKeyStore())
        var choices = (payerChooses ?? [])[...]
        var shown: [[String]] = []
        var step = transaction.start()
        for _ in 0..<300 {
            switch step {
            case .transmit(let command): step = transaction.received(card.respond(command))
            case .chooseApplication(let labels):
                shown.append(labels.map(\.text))
                step = transaction.chose(choices.popFirst() ?? nil)
            case .finished(let outcome):
                #expect(transaction.start() == step && transaction.received(.init(status: .success)) == step)
                return Run(outcome: outcome, commands: card.commands, shown: shown)
            default:
                Issue.record("\(step)")
                return Run(outcome: .cancelled, commands: card.commands)
            }
        }
        Issue.record("endless")
        return Run(outcome: .cancelled, commands: card.commands)
    }

    private static let options = "80A8000002830000"

    @Test("The directory's best by priority is taken; one that can't serve gives way to the next")
    func byPriority() throws {
        let run = try run([
            Self.directory: [Self.directoryControl],
            "00B2010C00": [Self.object("70", Self.entry(Self.electron, priority: "02")) + "9000"],
            "00B2020C00": [Self.object("70", Self.entry(Self.visa, priority: "01") + Self.entry("B000000001", priority: "01")) + "9000"],
            "00B2030C00": ["6A83"],
            Self.select(Self.visa): [Self.control(Self.visa)], Self.select(Self.electron): [Self.control(Self.electron)],
            Self.options: ["6985", "6A81"],
        ])
        #expect(run.commands == [
            Self.directory, "00B2010C00", "00B2020C00", "00B2030C00", Self.select(Self.visa), Self.options,
            Self.select(Self.electron), Self.options,
        ])
        #expect(run.outcome == .endApplication(.status(.functionNotSupported, .getProcessingOptions), nil))
    }

    @Test("No directory, one without a file, one that breaks off: the terminal's own list", arguments: [
        [directory: ["6A82"]], [directory: [object("6F", object("84", "31") + "A500") + "9000"]],
        [directory: [directoryControl], "00B2010C00": ["6A83"]], [directory: [directoryControl], "00B2010C00": ["7003619000"]],
        [directory: ["6283"]],
        // Found something, then could not be read: what it found does not count.
        [
            directory: [directoryControl], "00B2010C00": [object("70", entry(electron, priority: "01")) + "9000"],
            "00B2020C00": ["6985"],
        ],
    ])
    func byList(answers: [String: [String]]) throws {
        let more = [Self.select(Self.visa): [Self.control(Self.visa)], Self.options: ["6A81"]]
        let run = try run(answers.merging(more) { $1 })
        #expect(run.commands.suffix(4) == [
            Self.select(Self.visa), Self.select(Self.electron), Self.select(Self.visa), Self.options,
        ])
    }

    @Test("A blocked card is not asked further")
    func blockedCard() throws {
        let run = try run([Self.directory: ["6A81"]])
        #expect(run.outcome == .endApplication(.status(.functionNotSupported, .selectDirectory), nil))
        #expect(run.commands.count == 1)
    }

    @Test("Longer names: SELECT NEXT until the card has no more; a blocked one is passed over")
    func partialNames() throws {
        let (first, second) = (Self.visa + "01", Self.visa + "02")
        let answers = [
            Self.select(Self.visa): [Self.control(first)],
            Self.select(Self.visa, next: true): [Self.control(second, priority: "01"), "6A82"],
            Self.select(first): [Self.control(first)], Self.select(second): [Self.control(second)], Self.options: ["6985"],
        ]
        let run = try run(answers)
        #expect(run.commands == [
            Self.directory, Self.select(Self.visa), Self.select(Self.visa, next: true), Self.select(Self.visa, next: true),
            Self.select(Self.electron), Self.select(second), Self.options, Self.select(first), Self.options,
        ])
        #expect(run.outcome == .endApplication(.noSupportedApplication, nil))

        var blocked = answers
        blocked[Self.select(Self.visa)] = [String(Self.control(first).dropLast(4)) + "6283"]
        let without = try self.run(blocked)
        #expect(!without.commands.contains(Self.select(first)) && without.commands.contains(Self.select(second)))
        // Without partial names neither is the terminal's.
        let exact = try self.run(answers, partial: false)
        #expect(exact.outcome == .endApplication(.noSupportedApplication, nil) && !exact.commands.contains(Self.options))
    }

    @Test("A card that always has a next one is not followed for ever")
    func endless() throws {
        let run = try run([
            Self.select(Self.visa): [Self.control(Self.visa + "01")],
            Self.select(Self.visa, next: true): (2...99).map { Self.control(Self.visa + Self.hex($0)) },
        ])
        #expect(run.commands.count < 20)
    }

    @Test("Priority's b8: without a payer to confirm it, that application is left out")
    func confirmation() throws {
        let answers = [
            Self.directory: [Self.directoryControl],
            "00B2010C00": [
                Self.object(
                    "70", Self.entry(Self.visa, priority: "81", label: "56495341") + Self.entry(Self.electron, priority: "02"))
                    + "9000"
            ],
            "00B2020C00": ["6A83"], Self.select(Self.visa): [Self.control(Self.visa)],
            Self.select(Self.electron): [Self.control(Self.electron)], Self.options: ["6A81"],
        ]
        #expect(try run(answers).commands.contains(Self.select(Self.electron)))
        #expect(try !run(answers).commands.contains(Self.select(Self.visa)))
        let asked = try run(answers, payerChooses: [0])
        #expect(asked.shown == [["VISA", Self.electron]] && asked.commands.suffix(2) == [Self.select(Self.visa), Self.options])
        #expect(try run(answers, payerChooses: [nil]).outcome == .cancelled)
        #expect(try run(answers, payerChooses: [7]).outcome == .cancelled)
    }

    @Test("An application that answers with another name is not the one that was chosen")
    func otherName() throws {
        let run = try run([
            Self.directory: [Self.directoryControl],
            "00B2010C00": [Self.object("70", Self.entry(Self.visa, priority: "01")) + "9000"], "00B2020C00": ["6A83"],
            Self.select(Self.visa): [Self.control(Self.electron)],
        ])
        #expect(run.outcome == .endApplication(.noSupportedApplication, nil) && !run.commands.contains(Self.options))
    }
}
