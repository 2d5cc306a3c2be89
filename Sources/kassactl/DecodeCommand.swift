import ArgumentParser
import EMV
import Foundation
import SmartCard
import Tags

/// Needs no terminal: everything happens here.
struct Decode: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Explains bytes of cards and readers: objects, lists, commands, answers, ATRs, NDEF.",
        discussion: """
            Reads standard input when no bytes are given, one piece a line; the lines of a trace explain each other. Card \
            numbers are shown by their first six and last four digits; track data, names, PINs and keys are not shown. \
            Give real card data through standard input, not as an argument: arguments are seen by others on the machine. \
            Exit status 2 when the input is no hexadecimal.
            """)

    // With what begins with a dash and is no option: an arrow that is glued to the bytes.
    @Argument(parsing: .allUnrecognized, help: "Hexadecimal; several arguments are one piece.")
    var hex: [String] = []

    @Option(help: "Whose tags: visa, mastercard or contact. By default from the application's identifier.")
    var kernel: DataDecoder.Meaning?

    @Option(name: .customLong("as"), help: "What the bytes are: tlv, dol, command, response, atr, ndef; by default what fits.")
    var form: DataDecoder.Form = .auto

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Print long hexadecimal whole.")
    var whole = false

    func run() throws {
        let text = hex.isEmpty || hex == ["-"] ? try Self.input() : hex.joined(separator: " ")
        let pieces: [[UInt8]]
        do {
            pieces = try HexInput.pieces(text)
        } catch {
            throw Self.fail(error)
        }
        var decoder = DataDecoder(meaning: kernel, message: { NDEFMessage.explained($0) })
        let nodes = decoder.decode(all: pieces, as: form)
        guard json else {
            print(nodes.map { $0.lines(whole: whole).joined(separator: "\n") }.joined(separator: "\n\n"))
            return
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(nodes), as: UTF8.self))
    }

    /// No more than is decoded.
    private static func input() throws -> String {
        let data = try FileHandle.standardInput.read(upToCount: HexInput.greatestLength + 1) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    /// Arguments that are no options of this command, or have no such values.
    static func refuseArguments() -> Never {
        let words = "these arguments of decode are not understood; they are not repeated here, because they may be card data"
        FileHandle.standardError.write(Data("kassactl: \(words). See kassactl help decode.\n".utf8))
        exit(withError: ExitCode.validationFailure)
    }

    private static func fail(_ failure: HexInput.Failure) -> ExitCode {
        let words =
            switch failure {
            case .empty: "no bytes were given"
            case .notHexadecimal(let line): "line \(line) is not hexadecimal, or has half a byte"
            case .tooLong(let bytes): "\(bytes) characters are more than \(HexInput.greatestLength)"
            }
        FileHandle.standardError.write(Data("kassactl: \(words)\n".utf8))
        return ExitCode(2)
    }
}

extension DataDecoder.Form: ExpressibleByArgument {}
extension DataDecoder.Meaning: ExpressibleByArgument {}
