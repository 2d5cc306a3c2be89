import Core
import SmartCard

/// Why a text is no transcript. Lines count from 1; what stands in them never appears.
public enum TranscriptError: Error, Sendable, Hashable {
    case tooLong(bytes: Int)
    case tooManyExchanges(line: Int)
    /// Not the first line of this format and version.
    case header
    /// The field's name, or what stands in its place, is wrong.
    case field(String, line: Int)
    /// Given twice.
    case repeated(String, line: Int)
    /// Neither a field, a command nor an answer.
    case unknownLine(Int)
    /// A command without an answer, or an answer without a command.
    case order(line: Int)
    /// Some of a setting is there, but not this.
    case missing(String)
    /// The parts of the setting are each well-formed, and no transaction has them together.
    case parameters(TransactionParameters.Failure)
}

extension Transcript {
    public static let greatestText = 1 << 20
    public static let greatestExchanges = 512
    /// Of one response or command in bytes: what an extended length reaches (ISO/IEC 7816-4 §5.1).
    public static let greatestMessage = 7 + 65_535 + 2
    /// Bytes of all commands and responses that a recording keeps: with it and the longest setting, the text form is within ``greatestText``.
    public static let greatestRecording = 448 << 10
    public static let greatestCombinations = 64

    private static let header = "kassad-transcript 1"

    /// The text form.
    public var text: String {
        var lines = [Self.header]
        if isMasked { lines.append("masked yes") }
        if let setting { lines += setting.lines }
        for exchange in exchanges {
            lines.append("> \(Hex.encode(exchange.command))")
            switch exchange.answer {
            case .response(let bytes): lines.append("< \(Hex.encode(bytes))")
            case .failure(let error): lines.append("! \(CardErrorName.text(error))")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Reads the text form.
    public init(text bytes: [UInt8]) throws(TranscriptError) {
        guard bytes.count <= Self.greatestText else { throw .tooLong(bytes: bytes.count) }
        var fields = TranscriptFields()
        var command: [UInt8]?
        var exchanges: [Exchange] = []
        var number = 0
        var isMasked = false
        for raw in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let line = String(decoding: raw.last == UInt8(ascii: "\r") ? raw.dropLast() : raw, as: UTF8.self)
            if number == 1 {
                guard line == Self.header else { throw .header }
                continue
            }
            if line.isEmpty || line.hasPrefix("#") { continue }
            let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts.first.map(String.init) ?? ""
            let value = parts.count == 2 ? String(parts[1]) : ""
            switch name {
            case ">":
                guard command == nil else { throw .order(line: number) }
                guard exchanges.count < Self.greatestExchanges else { throw .tooManyExchanges(line: number) }
                command = try Self.message(value, "command", number)
            case "<", "!":
                guard let asked = command else { throw .order(line: number) }
                command = nil
                let answer: Exchange.Answer
                if name == "<" {
                    answer = .response(try Self.message(value, "response", number))
                } else {
                    guard let error = CardErrorName.error(value) else { throw .field("failure", line: number) }
                    answer = .failure(error)
                }
                exchanges.append(Exchange(command: asked, answer: answer))
            case "masked":
                guard let flag = TranscriptFields.flag(value) else { throw .field(name, line: number) }
                isMasked = flag
            default:
                // The setting comes before the first exchange.
                guard command == nil, exchanges.isEmpty else { throw .unknownLine(number) }
                try fields.read(name, value, line: number)
            }
        }
        guard number > 0 else { throw .header }
        guard command == nil else { throw .order(line: number) }
        self.init(setting: try fields.setting(), exchanges: exchanges, isMasked: isMasked)
    }

    private static func message(_ text: String, _ name: String, _ line: Int) throws(TranscriptError) -> [UInt8] {
        guard text.utf8.count <= greatestMessage * 3, let bytes = Hex.decode(text), bytes.count <= greatestMessage else {
            throw .field(name, line: line)
        }
        return bytes
    }
}

/// How errors of the reader are written in a transcript.
private enum CardErrorName {
    private static let plain: [(String, CardError)] = [
        ("removed", .removed), ("reset", .reset), ("empty-response", .emptyResponse),
        ("sharing-violation", .sharingViolation), ("unresponsive", .unresponsive), ("reader-gone", .readerGone),
        ("service-lost", .serviceLost), ("stuck", .stuck), ("malformed-command", .malformedCommand),
        ("endless-response", .endlessResponse),
    ]

    static func text(_ error: CardError) -> String {
        if let name = plain.first(where: { $0.1 == error })?.0 { return name }
        switch error {
        case .reader(let code): return "reader \(code)"
        case .commandTooLong(let bytes): return "command-too-long \(bytes)"
        default: return "reader 0"
        }
    }

    static func error(_ text: String) -> CardError? {
        if let error = plain.first(where: { $0.0 == text })?.1 { return error }
        let parts = text.split(separator: " ")
        guard parts.count == 2 else { return nil }
        switch parts[0] {
        case "reader": return UInt32(parts[1]).map { .reader(code: $0) }
        case "command-too-long": return Int(parts[1]).map { .commandTooLong(bytes: $0) }
        default: return nil
        }
    }
}
