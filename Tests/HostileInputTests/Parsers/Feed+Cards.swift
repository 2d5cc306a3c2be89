import PCSC
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

    /// What a reader's driver says of it: features, properties, channel, place, serial number and name.
    static func reader(_ bytes: [UInt8]) throws {
        var facts = ReaderFacts()
        facts.features = ReaderFeatures(bytes)
        facts.properties = ReaderProperties(bytes)
        (facts.channel, facts.topology, facts.serial) = (Array(bytes.prefix(4)), bytes, bytes)
        let identity = ReaderIdentity(name: String(decoding: bytes, as: UTF8.self), facts: facts, devices: nil)
        try promise(ReaderIdentity(name: identity.name, facts: facts, devices: nil).key == identity.key, "one reader has two keys")
        (_, _) = (identity.pinpad, identity.quirks)
        let roles = [ReaderRole(role: "lane 1", name: String(identity.name.prefix(3))), ReaderRole(role: "lane 2", serial: identity.serial)]
        try promise(ReaderRole.assign(roles, to: [identity]).count == 2, "a role without an answer")
    }
}
