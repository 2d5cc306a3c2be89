import SmartCard

@testable import EMV

extension Feed {
    /// Commands and answers: what is read is written back as it was.
    static func commands(_ bytes: [UInt8]) throws {
        if let command = try? CommandAPDU(bytes: bytes) {
            try promise(command.bytes == bytes, "a command reads differently than it was written")
        }
        if let response = try? ResponseAPDU(bytes: bytes) {
            try promise(response.bytes == bytes, "an answer reads differently than it was written")
            _ = response.status.meaning
        }
        if let parts = CommandParts(bytes), let data = parts.data {
            try promise(data.lowerBound >= 0 && data.upperBound <= bytes.count, "data outside of the command")
        }
    }

    static func objects(_ bytes: [UInt8]) throws {
        let limits = TLVLimits.standard
        if let objects = try? TLV.list(bytes) {
            try promise(objects.count <= limits.objects, "\(objects.count) objects")
            let written = objects.flatMap(\.encoded)
            let again = try? TLV.list(written)
            try promise(again?.elementsEqual(objects, by: { $0.tag == $1.tag && $0.value.elementsEqual($1.value) }) == true, "objects read back differently")
        }
        if let objects = try? TLV.flattened(bytes) { try promise(objects.count <= limits.objects, "\(objects.count) objects") }
    }

    static func answerToReset(_ bytes: [UInt8]) throws {
        let answer = try? AnswerToReset(bytes)
        if let answer {
            try promise(answer.historicalBytes.count <= 15 && answer.protocols.count <= 4, "more than an answer to reset holds")
            _ = answer.storageCard?.title
        }
        let explained = AnswerToReset.explained(bytes)
        try promise(explained == nil || answer != nil, "explained what is no answer to reset")
        _ = explained?.lines()
    }

    static func dataObjectList(_ bytes: [UInt8]) throws {
        guard let list = try? DataObjectList(bytes) else { return }
        let wanted = list.entries.reduce(0) { $0 + $1.length }
        try promise(wanted <= DataObjectList.greatestLength, "a list of \(wanted) bytes")
        // Shorter, longer and unknown values.
        var length = 0
        let filled = list.fill { tag in
            length = (length &+ Int(tag.rawValue & 0x1F)) % 40
            return length == 0 ? nil : [UInt8](repeating: 0xA5, count: length)
        }
        try promise(filled.count == wanted, "\(filled.count) bytes for a list of \(wanted)")
    }
}
