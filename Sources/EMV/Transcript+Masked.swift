import SmartCard

extension Transcript {
    /// The transcript with card numbers, track data, names, PINs, and the certificates from which a card number can be
    /// recovered, replaced by values of the same length and form: the same number everywhere becomes the same other. It
    /// replays as the original does, but for offline data authentication, which can't succeed any more.
    public var masked: Transcript {
        var found = MaskedExchanges()
        for exchange in exchanges { found.collect(exchange) }
        return Transcript(setting: setting, exchanges: exchanges.map(found.masked), isMasked: true)
    }
}

/// Card numbers and names of a whole transcript first, then each exchange without them.
private struct MaskedExchanges {
    private var numbers: Set<[UInt8]> = []
    private var names: Set<[UInt8]> = []

    mutating func collect(_ exchange: Transcript.Exchange) {
        guard case .response(let bytes) = exchange.answer else { return }
        var mask = CardNumberMask(bytes)
        for (content, range) in Self.walk(bytes).sensitive {
            let (number, name) = mask.hide(content, in: range)
            if let number { numbers.insert(number) }
            if let name { names.insert(name) }
        }
    }

    func masked(_ exchange: Transcript.Exchange) -> Transcript.Exchange {
        var exchange = exchange
        exchange.command = command(exchange.command)
        if case .response(let bytes) = exchange.answer { exchange.answer = .response(response(bytes)) }
        return exchange
    }

    private func command(_ bytes: [UInt8]) -> [UInt8] {
        var mask = CardNumberMask(bytes)
        if let parts = CommandParts(bytes), let data = parts.data, parts.carriesSecret { mask.hide(data) }
        hideKnown(&mask)
        return mask.replaced
    }

    private func response(_ bytes: [UInt8]) -> [UInt8] {
        let found = Self.walk(bytes)
        var mask = CardNumberMask(bytes)
        for (content, range) in found.sensitive { _ = mask.hide(content, in: range) }
        for range in found.free { mask.hideNumbers(in: range) }
        mask.hideWrittenNumbers()
        hideKnown(&mask)
        return mask.replaced
    }

    private func hideKnown(_ mask: inout CardNumberMask) {
        for number in numbers { mask.hide(number: number) }
        for name in names { mask.hide(bytes: name) }
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
