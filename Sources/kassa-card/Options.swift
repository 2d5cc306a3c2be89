import ArgumentParser
import Core
import Glibc
import SmartCard
import VirtualCards

/// Where, for how long, and how loudly.
struct PresentationOptions: ParsableArguments {
    @Option(help: "IPv4 address of vpcd.")
    var host = "127.0.0.1"

    @Option(help: "TCP port of the vpcd slot.")
    var port: UInt16 = 35963

    @Option(help: "Take the card away after this many seconds.")
    var seconds: Double?

    @Flag(help: "Take the card away when stdin closes.")
    var untilEOF = false

    @Flag(help: "Print nothing.")
    var quiet = false

    @Flag(help: "Print instruction, status word and lengths of each exchange.")
    var trace = false

    var report: CardReport { CardReport(isQuiet: quiet, traces: trace && !quiet) }

    func validate() throws {
        if let seconds, !(seconds >= 0 && seconds < 1e9) { throw ValidationError("--seconds takes a positive number.") }
    }
}

/// What is printed on a payment card.
struct AccountOptions: ParsableArguments {
    @Option(help: "ISO 4217 code.")
    var currency = "SEK"

    @Option(help: ArgumentHelp("Last month the card is good for.", valueName: "YYYY-MM"))
    var expiry = "2030-12"

    @Option(help: "Account number; the default is a test number.")
    var pan = "4761739001010010"

    func parsedCurrency() throws -> Currency {
        guard let currency = Currency(code: currency) else { throw ValidationError("--currency is not known.") }
        return currency
    }

    func parsedPAN() throws -> PrimaryAccountNumber {
        guard let number = PrimaryAccountNumber(digits: pan) else { throw ValidationError("--pan is no account number.") }
        return number
    }

    func parsedExpiry() throws -> (year: Int, month: Int) {
        let parts = expiry.split(separator: "-").map { Int($0) }
        guard parts.count == 2, let year = parts[0], let month = parts[1] else {
            throw ValidationError("--expiry takes YYYY-MM.")
        }
        return (year, month)
    }
}

/// What goes wrong with the card.
struct FaultOptions: ParsableArguments {
    @Option(help: "Leave the field in the answer to the command after this many.")
    var tearAfter: Int?

    @Option(help: ArgumentHelp("Take this long for each answer.", valueName: "ms"))
    var delay: Int?

    @Option(
        help: ArgumentHelp(
            "Refuse with this status word: commands with instruction INS, or the first command. May be repeated.",
            valueName: "SW[@INS]"))
    var statusWord: [Refusal] = []

    @Option(
        help: ArgumentHelp(
            "Kill this process when the card has taken the command after so many, before its answer goes out.",
            valueName: "N@PID"))
    var killAt: Kill?

    struct Kill: ExpressibleByArgument {
        let command: Int
        let process: pid_t

        init?(argument: String) {
            let parts = argument.split(separator: "@", omittingEmptySubsequences: false)
            guard parts.count == 2, let command = Int(parts[0]), command >= 0, let process = pid_t(parts[1]), process > 1 else {
                return nil
            }
            (self.command, self.process) = (command, process)
        }
    }

    struct Refusal: ExpressibleByArgument {
        let fault: FaultyCard.Fault

        init?(argument: String) {
            let parts = argument.split(separator: "@", omittingEmptySubsequences: false)
            guard (1...2).contains(parts.count), let word = Hex.decode(parts[0]), word.count == 2 else { return nil }
            let status = StatusWord(word[0], word[1])
            guard parts.count == 2 else {
                fault = .refuse(command: 0, status: status)
                return
            }
            guard let instruction = Hex.decode(parts[1]), instruction.count == 1 else { return nil }
            fault = .refuseInstruction(instruction[0], status: status)
        }
    }

    func validate() throws {
        if let tearAfter, tearAfter < 0 { throw ValidationError("--tear-after takes a count of commands.") }
        if let delay, !(0...600_000).contains(delay) { throw ValidationError("--delay takes 0 to 600000 ms.") }
    }

    func spoil(_ card: any VirtualCard) -> any VirtualCard {
        var faults = statusWord.map(\.fault)
        if let delay { faults.append(.delay(milliseconds: delay)) }
        if let tearAfter { faults.append(.tear(afterCommands: tearAfter)) }
        let spoiled: any VirtualCard =
            faults.isEmpty ? card : FaultyCard(card, faults: faults) { usleep(UInt32(clamping: $0) &* 1_000) }
        return killAt.map { DeadlyCard(spoiled, $0) } ?? spoiled
    }
}

/// Kills a process, such as pcscd, at one command.
private final class DeadlyCard: VirtualCard {
    private let card: any VirtualCard
    private let kill: FaultOptions.Kill
    private var commands = 0

    init(_ card: any VirtualCard, _ kill: FaultOptions.Kill) {
        self.card = card
        self.kill = kill
    }

    var answerToReset: [UInt8] { card.answerToReset }
    func reset() { card.reset() }

    func respond(to command: [UInt8]) -> [UInt8] {
        defer { commands += 1 }
        let answer = card.respond(to: command)
        if commands == kill.command { _ = Glibc.kill(kill.process, SIGKILL) }
        return answer
    }
}
