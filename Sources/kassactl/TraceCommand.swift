import ArgumentParser
import Diagnostics
import EMV
import Foundation

struct TraceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace", abstract: "Records what terminal and card say to each other, card data masked.",
        subcommands: [Record.self, Replay.self], defaultSubcommand: Record.self)
}

extension TraceCommand {
    struct Record: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Waits for the next taps, and prints a transcript of each.",
            discussion: """
                Card numbers, names, track data and certificates are replaced by others of the same form. A transcript goes \
                through `kassactl decode` to be explained, and through `kassactl trace replay` to be played again.
                """)

        @Option(help: "Taps to record.")
        var count = 1

        @Option(help: "Seconds to wait for them.")
        var timeout: Int?

        @Option(name: .shortAndLong, help: ArgumentHelp("Write to this file; of several taps each to one with its number.", valueName: "file"))
        var output: String?

        @OptionGroup var connection: Connection

        func validate() throws {
            guard (1...TraceTapsParameters.mostTaps).contains(count) else {
                throw ValidationError("--count must be 1 to \(TraceTapsParameters.mostTaps).")
            }
        }

        func run() async throws {
            var taps = 0
            let last: TraceReply = try await connection.follow(
                "TraceTaps", TraceTapsParameters(count: count, timeoutSeconds: timeout)
            ) { reply in
                guard let transcript = reply.transcript else {
                    return Connection.prompt("The next \(count == 1 ? "tap is" : "\(count) taps are") recorded.")
                }
                taps += 1
                if let output {
                    let file = count == 1 ? output : "\(output).\(taps)"
                    try Data(transcript.utf8).write(to: URL(fileURLWithPath: file))
                    Connection.prompt("\(file): \(reply.exchanges ?? 0) exchanges of payment \(reply.payment ?? "")")
                } else if connection.json {
                    try connection.showLine(reply)
                } else {
                    print("# payment \(reply.payment ?? ""), \(reply.lane ?? ""), \(reply.at?.date ?? "")")
                    print(transcript)
                }
            }
            guard last.transcript != nil else { throw ExitCode(2) }
        }
    }

    /// Needs no terminal: everything happens here.
    struct Replay: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Plays a transcript to the kernel again, and says what comes of it.",
            discussion: """
                Everything is as it was but the card's proof, which is masked: where that decides, the outcome is another. Exit \
                status 1 when the kernel asks otherwise than recorded.
                """)

        @Argument(help: "The transcript.", completion: .file())
        var file: String

        func run() throws {
            let bytes = try read(file)
            let transcript: Transcript
            do { transcript = try Transcript(text: bytes) } catch { throw failed("\(file): no transcript: \(error)") }
            guard let replay = transcript.replay(caKeys: CAPublicKeyStore()) else {
                throw failed("\(file): says nothing of the transaction, only exchanges")
            }
            print("exchanges \(transcript.exchanges.count)")
            print("outcome   \(replay.outcome.words)")
            guard let divergence = replay.divergence else { return }
            print("differs   at exchange \(divergence + 1): this kernel asks otherwise than the one that was recorded")
            throw ExitCode(1)
        }

        private func read(_ file: String) throws -> [UInt8] {
            guard let handle = FileHandle(forReadingAtPath: file),
                let data = try? handle.read(upToCount: Transcript.greatestText + 1)
            else { throw failed("\(file): can't be read") }
            return Array(data)
        }

        private func failed(_ words: String) -> ExitCode {
            FileHandle.standardError.write(Data("kassactl: \(words)\n".utf8))
            return ExitCode(2)
        }
    }
}

extension ContactlessOutcome {
    fileprivate var words: String {
        switch self {
        case .approved: "approved offline by the card"
        case .onlineRequest: "the card wants the host"
        case .declined(_, let reason): "declined: \(reason)"
        case .tryAnotherInterface: "try another interface"
        case .tryAgain(let reason): "present the card again: \(reason)"
        case .endApplication(let reason, _): "ended: \(reason)"
        case .torn: "the card left after it may have spent"
        }
    }
}
