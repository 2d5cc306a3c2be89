import SmartCard

@testable import Tags

extension Feed {
    /// NDEF alone: whatever decodes is written and read back the same.
    static func message(_ bytes: [UInt8]) throws {
        _ = NDEFMessage.explained(bytes)?.lines()
        guard let message = try? NDEFMessage(bytes) else { return }
        let limits = NDEFMessage.Limits()
        try promise(message.records.count <= limits.records, "\(message.records.count) records")
        _ = message.uri
        for record in message.records {
            _ = record.text
            _ = try? record.content()
        }
        guard let written = try? message.encoded() else { return }
        try promise((try? NDEFMessage(written)) == message, "a message reads differently than it was written")
    }

    /// Reader and writer over a tag whose memory is the input. First byte: what kind of tag.
    static func tagMemory(_ bytes: [UInt8]) throws -> Int {
        let card = MemoryTag(bytes)
        let first = try? TagReader(card).read()
        _ = first?.uri
        let message = NDEFMessage(records: [.uri("https://a.example/b")])
        do {
            try TagWriter(card).write(message)
            let again = try? TagReader(card).read()
            try promise(again?.ndef == message, "written, and \(String(describing: again)) read")
        } catch is TagWriter.Failure {
            // Refused: nothing is promised about such a memory.
        }
        return card.commands
    }

    /// The same over a tag that answers each command with the next piece of the input. First byte: what kind of tag.
    static func tagAnswers(_ bytes: [UInt8]) throws -> Int {
        let kind = MemoryTag.Kind(bytes.first ?? 0)
        let card = ScriptedCard(bytes.dropFirst(), answerToReset: kind.answerToReset)
        _ = try? TagReader(card).read()
        var commands = card.commands
        let writable = ScriptedCard(bytes.dropFirst(), answerToReset: kind.answerToReset)
        _ = try? TagWriter(writable).write(NDEFMessage(records: [.uri("https://a.example/b")]))
        commands = max(commands, writable.commands)
        let chip = ScriptedCard(bytes.dropFirst(), answerToReset: kind.answerToReset)
        _ = try? ChipIdentity(of: MemoryTag.uid, chip)
        return max(commands, chip.commands)
    }
}
