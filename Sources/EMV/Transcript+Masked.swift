import SmartCard

extension Transcript {
    /// The transcript with card numbers, track data, names, PINs, and the certificates from which a card number can be
    /// recovered, replaced by values of the same length and form: the same number everywhere becomes the same other. It
    /// replays as the original does, but for offline data authentication, which can't succeed any more.
    ///
    /// A card that gives more than ``greatestKnown`` different numbers, or names, is none that pays: of its transcript only headers of
    /// commands, lengths and status words stay, and it replays no more.
    public var masked: Transcript {
        var steps = 0
        return masked(counting: &steps)
    }

    /// Numbers and, apart from them, names that are looked for in all of a transcript.
    static let greatestKnown = DecoderMemory.greatestCount

    /// - Parameter steps: goes up by the half bytes and characters looked at.
    func masked(counting steps: inout Int) -> Transcript {
        var found = MaskedExchanges()
        for exchange in exchanges { found.collect(exchange) }
        found.settle()
        let masked = exchanges.map { found.masked($0) }
        steps += found.steps
        return Transcript(setting: setting, exchanges: masked, isMasked: true)
    }
}

/// Card numbers and names of a whole transcript first, then each exchange without them.
private struct MaskedExchanges {
    private(set) var steps = 0
    private var numbers: Set<[UInt8]> = []
    private var names: Set<[UInt8]> = []
    /// Not all numbers or names are kept.
    private var isOverfull = false
    private var knownNumbers = KnownSequences(least: 8)
    private var knownNames = KnownSequences(least: 3)
    private var secrets = SecretCommands()

    mutating func collect(_ exchange: Transcript.Exchange) {
        guard !isOverfull, case .response(let bytes) = exchange.answer else { return }
        var mask = CardNumberMask(bytes)
        for (content, range) in Self.walk(bytes).sensitive {
            let (number, name) = mask.hide(content, in: range)
            steps += range.count
            if let number { numbers.insert(number) }
            if let name { names.insert(Array(name.prefix(KnownSequences.greatestLength))) }
            isOverfull = max(numbers.count, names.count) > Transcript.greatestKnown
            if isOverfull { return }
        }
    }

    /// All is collected.
    mutating func settle() {
        guard !isOverfull else { return }
        for number in numbers { knownNumbers.insert(number) }
        for name in names { knownNames.insert(name) }
    }

    mutating func masked(_ exchange: Transcript.Exchange) -> Transcript.Exchange {
        var exchange = exchange
        guard !isOverfull else {
            exchange.command = exchange.command.prefix(5) + [UInt8](repeating: 0, count: max(0, exchange.command.count - 5))
            if case .response(let bytes) = exchange.answer {
                exchange.answer = .response([UInt8](repeating: 0, count: max(0, bytes.count - 2)) + bytes.suffix(2))
            }
            return exchange
        }
        exchange.command = command(exchange.command)
        if case .response(let bytes) = exchange.answer { exchange.answer = .response(response(bytes)) }
        return exchange
    }

    private mutating func command(_ bytes: [UInt8]) -> [UInt8] {
        var mask = CardNumberMask(bytes)
        if let secret = secrets.next(bytes) { mask.hide(secret.hidden) }
        hideKnown(&mask)
        return mask.replaced
    }

    private mutating func response(_ bytes: [UInt8]) -> [UInt8] {
        let found = Self.walk(bytes)
        var mask = CardNumberMask(bytes)
        for (content, range) in found.sensitive { _ = mask.hide(content, in: range) }
        for range in found.free { mask.hideNumbers(in: range) }
        mask.hideWrittenNumbers()
        hideKnown(&mask)
        return mask.replaced
    }

    private mutating func hideKnown(_ mask: inout CardNumberMask) {
        mask.hide(numbers: knownNumbers)
        mask.hide(names: knownNames)
        steps += mask.steps
    }

    /// The places of what must be hidden, and of values that may hold anything. Tags, lengths and values of fixed meaning are in
    /// neither: the replay hangs on them.
    private static func walk(_ bytes: [UInt8]) -> (sensitive: [(TagContent, Range<Int>)], free: [Range<Int>]) {
        var sensitive: [(TagContent, Range<Int>)] = []
        var free: [Range<Int>] = []
        var pending = [(range: 0..<max(0, bytes.count - 2), depth: 0)]
        var count = 0
        while let (range, depth) = pending.popLast() {
            let scan = ObjectScan(bytes, range)
            for object in scan.found {
                count += 1
                guard count <= DraftBuilder.greatestCount else { return (sensitive + [(.secret, range)], free) }
                if object.tag.isConstructed {
                    if depth < DraftBuilder.greatestDepth {
                        pending.append((object.value, depth + 1))
                    } else {
                        sensitive.append((.secret, object.value))
                    }
                    continue
                }
                let length = object.value.count
                let meanings = TagDictionary.meanings(of: object.tag)
                // The first meaning that is sensitive at this length, whosever it is.
                if let content = meanings.first(where: { $0.isSensitive && $0.allows(length: length) })?.content {
                    sensitive.append((content, object.value))
                } else if recoverable.contains(object.tag) {
                    sensitive.append((.secret, object.value))
                } else if !meanings.contains(where: { $0.content.isStructured && $0.allows(length: length) }) {
                    free.append(object.value)
                    sensitive += SensitiveObjects.find(in: bytes, object.value).map { ($0.content, $0.value) }
                }
            }
            if let broken = scan.broken {
                free.append(broken.whole)
                sensitive += SensitiveObjects.find(in: bytes, broken.whole).map { ($0.content, $0.value) }
                if let content = broken.tag.flatMap({ TagDictionary.meanings(of: $0).first { $0.isSensitive } })?.content {
                    sensitive.append((content == .accountNumber ? .accountNumber : .secret, broken.value))
                }
            }
        }
        return (sensitive, free)
    }

    /// The card's certificates: whoever has the issuer's public key reads the card number in them (EMV Book 2 §6.4). And the
    /// account's reference, which names the account as the number does.
    private static let recoverable: Set<Tag> = [0x9F46, 0x9F2D, 0x9F24]
}
