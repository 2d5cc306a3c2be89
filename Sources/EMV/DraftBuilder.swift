import SmartCard

/// Draws the tree of one piece. Work is bounded: so many nodes, so deep.
struct DraftBuilder {
    static let greatestCount = 2_048
    static let greatestDepth = 12

    let bytes: [UInt8]
    /// Whose tags; nil when nobody knows.
    let scope: TagScope?
    /// The user said whose.
    let isFixed: Bool
    var memory: DecoderMemory
    private(set) var count = 0
    /// The piece is a command: what the terminal says, with no card number in its data.
    private(set) var isCommand = false

    init(bytes: [UInt8], scope: TagScope?, isFixed: Bool, memory: DecoderMemory) {
        (self.bytes, self.scope, self.isFixed, self.memory) = (bytes, scope, isFixed, memory)
    }

    mutating func root(_ shape: DataDecoder.Shape, message: DataDecoder.Reader) -> DecodedDraft {
        let whole = 0..<bytes.count
        switch shape {
        case .objects:
            let objects = objects(in: whole, depth: 0)
            return objects.count == 1 ? objects[0] : DecodedDraft("Data objects (BER-TLV)", children: objects)
        case .dataObjectList:
            return DecodedDraft("Data object list (DOL)", range: whole, searched: whole, children: dataObjectList(whole))
        case .command(let parts):
            isCommand = true
            return command(parts, whole)
        case .response: return response()
        case .message, .unknown:
            var draft = DecodedDraft("Unknown", range: whole, searched: whole)
            draft.showsText = true
            return draft
        }
    }

    /// False when there are enough nodes already.
    mutating func spend() -> Bool {
        count += 1
        return count <= Self.greatestCount
    }

    // MARK: Objects

    mutating func objects(in range: Range<Int>, depth: Int) -> [DecodedDraft] {
        let scan = ObjectScan(bytes, range)
        var drafts: [DecodedDraft] = []
        for object in scan.found {
            guard spend() else {
                drafts.append(DecodedDraft("… \(scan.found.count - drafts.count) more, not shown"))
                return drafts
            }
            drafts.append(self.object(object, depth: depth))
        }
        if let broken = scan.broken { drafts.append(self.broken(broken, depth: depth)) }
        return drafts
    }

    private mutating func object(_ object: ObjectScan.Object, depth: Int) -> DecodedDraft {
        let meanings = TagDictionary.meanings(of: object.tag)
        let definition = self.definition(object.tag, length: object.value.count)
        var draft = DecodedDraft(definition.map(name) ?? "unknown", label: "\(object.tag)", range: object.value)
        let fits = definition?.allows(length: object.value.count) ?? true
        draft.content = sensitivity(definition, meanings, length: object.value.count)
        // Bytes that may hold anything are searched; those of an unknown object with its tag and length, because what looks
        // like a tag may be the beginning of a number.
        if let definition {
            draft.isText = definition.content == .text && Self.areWords(bytes[object.value])
            if (!definition.content.isStructured || !fits || definition.content == .aid) && !draft.isText { draft.searched = object.value }
        } else {
            draft.searched = object.whole
        }
        if object.tag.isConstructed || definition?.content == .template {
            if depth < Self.greatestDepth {
                draft.children = objects(in: object.value, depth: depth + 1)
                if !draft.children.isEmpty { draft.range = nil }
            }
            if draft.range != nil { draft.searched = object.value }
            return draft
        }
        if draft.content?.isSensitive == true {
            draft.words = sensitiveWords(draft.content ?? .secret, object.value)
            return draft
        }
        guard let definition else {
            // Objects inside an object that nobody knows, when all of them are known.
            let inner = ObjectScan(bytes, object.value)
            if inner.isWhole, !inner.found.isEmpty, object.value.count >= 3, depth < Self.greatestDepth,
                inner.found.allSatisfy({ DataDecoder.isKnown($0.tag) })
            {
                draft.children = objects(in: object.value, depth: depth + 1)
                draft.range = nil
            } else {
                draft.showsText = object.value.count >= 3
            }
            return draft
        }
        guard fits else {
            draft.words = "\(object.value.count) bytes, where \(words(definition.lengths)) are allowed"
            return draft
        }
        fill(&draft, definition.content, depth: depth)
        if scope == nil, definition.scope != .general, let other = meanings.first(where: { $0.scope != definition.scope && $0.name != definition.name }) {
            draft.children.append(DecodedDraft("\(other.scope.title): \(other.name)", label: "or"))
        }
        return draft
    }

    /// Words as labels have them. The same bytes could be digits, but digits seldom look like words.
    private static func areWords(_ text: ArraySlice<UInt8>) -> Bool {
        var previous = UInt8(ascii: " ")
        var letters = 0
        for byte in text {
            let isLower = (0x61...0x7A).contains(byte)
            let isUpper = (0x41...0x5A).contains(byte)
            let followsLetter = (0x41...0x5A).contains(previous) || (0x61...0x7A).contains(previous)
            if isLower || isUpper {
                // A capital after a small letter, a letter after a digit: no word.
                if isUpper, (0x61...0x7A).contains(previous) { return false }
                if (0x30...0x39).contains(previous) { return false }
                letters += 1
            } else if (0x30...0x39).contains(byte) {
                if followsLetter { return false }
            } else if ![UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/")].contains(byte) {
                return false
            }
            previous = byte
        }
        return letters >= 3
    }

    private func name(_ definition: TagDefinition) -> String {
        let ofKernel = definition.scope == .general || isFixed ? "" : ", \(definition.scope.title)"
        return definition.name + (definition.isConfirmed ? "" : " (unverified)") + ofKernel
    }

    private mutating func broken(_ broken: ObjectScan.Broken, depth: Int) -> DecodedDraft {
        var draft = DecodedDraft("not readable as a data object", range: broken.whole, searched: broken.whole)
        if let tag = broken.tag {
            draft.label = "\(tag)"
            draft.name = TagDictionary.definition(of: tag, length: broken.length ?? 0)?.name ?? "unknown"
            draft.range = broken.value
            draft.words = broken.length.map { "cut off: \($0) bytes announced, \(broken.value.count) there" } ?? "cut off in its length"
            let sensitive = TagDictionary.meanings(of: tag).first { $0.isSensitive }
            if tag.isConstructed, DataDecoder.isKnown(tag), depth < Self.greatestDepth, !broken.value.isEmpty {
                draft.children = objects(in: broken.value, depth: depth + 1)
                if !draft.children.isEmpty { draft.range = nil }
            }
            if TagDictionary.meanings(of: tag).contains(where: { $0.content == .script }), let secret = SecretCommand(bytes, broken.value) {
                draft.children = [secret.draft]
                draft.range = nil
            }
            if let sensitive { draft.content = sensitive.content == .accountNumber ? .accountNumber : .secret }
        }
        return draft
    }

    func definition(_ tag: Tag, length: Int) -> TagDefinition? {
        if let scope, let found = TagDictionary.definition(of: tag, in: scope), isFixed || found.allows(length: length) { return found }
        return TagDictionary.definition(of: tag, length: length)
    }

    /// The content by which a value is hidden: the definition's, or when its length does not fit, the strictest that the tag
    /// has for anybody.
    private func sensitivity(_ definition: TagDefinition?, _ meanings: [TagDefinition], length: Int) -> TagContent? {
        guard let definition else { return nil }
        if definition.isSensitive { return definition.content }
        guard !definition.allows(length: length) else { return nil }
        return meanings.first { $0.isSensitive }?.content
    }

    private func words(_ lengths: [ClosedRange<Int>]) -> String {
        lengths.map { $0.lowerBound == $0.upperBound ? "\($0.lowerBound)" : "\($0.lowerBound) to \($0.upperBound)" }
            .joined(separator: " or ")
    }
}
