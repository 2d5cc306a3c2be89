import Core
import Programmes
import SmartCard
import Terminal

@testable import EMV
@testable import Tags

extension Feed {
    /// Transcripts: read, written, read again, masked and played.
    static func transcript(_ bytes: [UInt8]) throws {
        guard let transcript = try? Transcript(text: bytes) else { return }
        let again = try? Transcript(text: Array(transcript.text.utf8))
        try promise(again == transcript, "a transcript reads differently than it was written")
        var steps = 0
        let masked = transcript.masked(counting: &steps)
        try promise(steps <= bytes.count * 256 + 1_024, "masking looked \(steps) times at \(bytes.count) bytes")
        try promise(masked.exchanges.count == transcript.exchanges.count, "masking lost an exchange")
        _ = transcript.replay(caKeys: keys)
        _ = masked.replay(caKeys: keys)
    }

    /// What `kassactl decode` does. First byte: as which form, and whether the input is text.
    static func decode(_ bytes: [UInt8]) throws {
        let choice = bytes.first ?? 0
        let body = Array(bytes.dropFirst())
        let meanings: [DataDecoder.Meaning?] = [nil, .visa, .mastercard, .contact]
        var decoder = DataDecoder(meaning: meanings[Int(choice >> 3 & 0x03)], message: { NDEFMessage.explained($0) })
        let pieces = choice & 0x80 == 0 ? [body] : (try? HexInput.pieces(String(decoding: body, as: UTF8.self))) ?? []
        let forms = DataDecoder.Form.allCases
        for piece in pieces.prefix(16) {
            let node = decoder.decode(piece, as: forms[Int(choice & 0x07) % forms.count])
            let lines = node.lines(whole: choice & 0x20 != 0)
            try promise(lines.count <= 5_000, "\(lines.count) lines")
        }
    }

    /// Files that a merchant edits. First byte: which.
    static func settings(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
        switch (bytes.first ?? 0) % 4 {
        case 0: _ = try? Programme(toml: text, fileName: "a.toml")
        case 1: _ = try? TerminalConfiguration(toml: text, fileName: "a.toml")
        case 2: _ = try? CAPublicKeyStore(toml: text, fileName: "a.toml")
        default: _ = try? Organisation(toml: text, fileName: "a.toml")
        }
    }
}
