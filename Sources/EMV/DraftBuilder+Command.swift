import SmartCard

extension DraftBuilder {
    mutating func command(_ parts: CommandParts, _ whole: Range<Int>) -> DecodedDraft {
        let start = whole.lowerBound
        var draft = DecodedDraft("Command \(parts.name)")
        draft.children.append(DecodedDraft("class, instruction, P1, P2", range: start..<start + 4, words: parameters(parts)))
        if let data = parts.data {
            draft.children.append(self.data(parts, data))
        }
        if let le = parts.le { draft.children.append(DecodedDraft("Le", words: "up to \(le) bytes expected")) }
        if parts.isExtended { draft.children.append(DecodedDraft("extended length")) }
        return draft
    }

    private func parameters(_ parts: CommandParts) -> String? {
        switch (parts.cla, parts.ins) {
        case (0xFF, 0xCA): return parts.p1 == 0 ? "UID" : parts.p1 == 1 ? "historical bytes of the ATS" : nil
        case (0xFF, 0xB0), (0xFF, 0xD6): return "block or page \(Int(parts.p1) << 8 | Int(parts.p2))"
        case (0xFF, _), (0x90, _): return nil
        case (_, 0xA4):
            let by = parts.p1 == 0x04 ? "by name" : parts.p1 == 0x00 ? "by file identifier" : "P1 \(parts.p1)"
            return by + (parts.p2 & 0x03 == 0x02 ? ", next occurrence" : "") + (parts.p2 & 0x0C == 0x0C ? ", no answer data" : "")
        case (_, 0xB2): return "record \(parts.p1) of file \(parts.p2 >> 3)" + (parts.p2 & 0x07 == 4 ? "" : ", P2 mode \(parts.p2 & 0x07)")
        case (_, 0xCA), (_, 0xDA):
            let tag = Tag(rawValue: UInt32(parts.p1) << 8 | UInt32(parts.p2))
            return "object \(tag) \(definition(tag, length: 0)?.name ?? "unknown")"
        case (0x80..., 0xAE):
            let asked = ["AAC, decline", "TC, approve offline", "ARQC, go online", "reserved"][Int(parts.p1 >> 6)]
            return asked + (parts.p1 & 0x10 != 0 ? ", with CDA signature" : "") + (parts.p1 & 0x08 != 0 ? ", with XDA" : "")
        case (_, 0xB0): return "offset \(Int(parts.p1) << 8 | Int(parts.p2))"
        default: return nil
        }
    }

    private mutating func data(_ parts: CommandParts, _ data: Range<Int>) -> DecodedDraft {
        switch (parts.cla, parts.ins) {
        case (_, 0xA4) where parts.p1 == 0x04:
            return DecodedDraft("name", range: data, words: ISOCodes.applicationName(Array(bytes[data])))
        case (0x80..., 0xAE):
            let list = memory.riskLists[memory.cryptogramCommands == 0 ? 0x8C : 0x8D]
            let name = memory.cryptogramCommands == 0 ? "CDOL1" : "CDOL2"
            if let list, let children = values(of: list, in: data) {
                return DecodedDraft("data of \(name)", children: children)
            }
            return DecodedDraft("data of \(name)", range: data)
        case (0x00...0x1F, 0x82): return DecodedDraft("issuer authentication data", label: "91", range: data, children: issuerAuthentication(data))
        default:
            let scan = ObjectScan(bytes, data)
            guard scan.isWhole, !scan.found.isEmpty, scan.found.allSatisfy({ DataDecoder.isKnown($0.tag) }) else {
                var draft = DecodedDraft("data", range: data, searched: data)
                draft.showsText = data.count >= 3
                return draft
            }
            return DecodedDraft("data", children: objects(in: data, depth: 1))
        }
    }

    mutating func response() -> DecodedDraft {
        let end = bytes.count - 2
        let status = StatusWord(bytes[end], bytes[end + 1])
        var draft = DecodedDraft("Response")
        if end > 0 {
            let scan = ObjectScan(bytes, 0..<end)
            let isIdentifier = (memory.lastCommand == .identifier || memory.lastCommand == .getChallenge) && end <= 16
            if !isIdentifier, let first = scan.found.first?.tag ?? scan.broken?.tag, scan.isWhole || DataDecoder.isKnown(first) {
                draft.children = objects(in: 0..<end, depth: 0)
            } else {
                let name: String? = isIdentifier ? (memory.lastCommand == .identifier ? "UID" : "challenge") : nil
                var data = DecodedDraft(name ?? "data", range: 0..<end, searched: 0..<end)
                data.showsText = !isIdentifier && end >= 3
                draft.children.append(data)
            }
        }
        draft.children.append(
            DecodedDraft("status word", label: "SW", range: end..<bytes.count, words: status.meaning ?? "unknown"))
        return draft
    }

    /// Values that stand one after the other as a list asks for them; nil when they are not as long as it says.
    mutating func values(of list: DataObjectList, in range: Range<Int>) -> [DecodedDraft]? {
        guard list.entries.reduce(0, { $0 + $1.length }) == range.count else { return nil }
        var next = range.lowerBound
        for entry in list.entries {
            if entry.tag == EMVTag.transactionCurrencyCode, entry.length == 2 {
                memory.currency = NumericField.decode(bytes[next..<next + 2]).map { UInt16(clamping: $0) }
            }
            next += entry.length
        }
        next = range.lowerBound
        var drafts: [DecodedDraft] = []
        for entry in list.entries {
            guard spend() else { return nil }
            let value = next..<next + entry.length
            next = value.upperBound
            let definition = definition(entry.tag, length: entry.length)
            var draft = DecodedDraft(definition?.name ?? "unknown", label: "\(entry.tag)", range: value)
            if let definition, definition.isSensitive {
                (draft.content, draft.words) = (definition.content, sensitiveWords(definition.content, value))
            } else if let definition, definition.allows(length: entry.length) {
                fill(&draft, definition.content, depth: Self.greatestDepth)
            } else {
                draft.searched = value
            }
            drafts.append(draft)
        }
        return drafts
    }

    func dataObjectList(_ range: Range<Int>) -> [DecodedDraft] {
        guard let list = try? DataObjectList(Array(bytes[range])) else { return [DecodedDraft("not readable as a list")] }
        return list.entries.prefix(64).map { entry in
            DecodedDraft(
                definition(entry.tag, length: entry.length)?.name ?? "unknown", label: "\(entry.tag)",
                words: entry.length == 1 ? "1 byte" : "\(entry.length) bytes")
        }
    }

    func tagList(_ range: Range<Int>) -> [DecodedDraft] {
        var rest = bytes[range]
        var drafts: [DecodedDraft] = []
        while let first = rest.popFirst(), drafts.count < 64 {
            var number = UInt32(first)
            if first & 0x1F == 0x1F {
                for _ in 0..<3 {
                    guard let next = rest.popFirst() else { return drafts + [DecodedDraft("cut off")] }
                    number = number << 8 | UInt32(next)
                    if next & 0x80 == 0 { break }
                }
            }
            let tag = Tag(rawValue: number)
            drafts.append(DecodedDraft(definition(tag, length: 0)?.name ?? "unknown", label: "\(tag)"))
        }
        return drafts
    }
}
