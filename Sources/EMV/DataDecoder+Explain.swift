import Core
import SmartCard

extension DataDecoder {
    /// Draws the tree, settles what is hidden, and writes it.
    mutating func explain(_ bytes: [UInt8], _ shape: Shape) -> DecodedNode {
        learn(bytes, shape)
        var builder = DraftBuilder(bytes: bytes, scope: meaning?.scope ?? memory.scope, isFixed: meaning != nil, memory: memory)
        let root = builder.root(shape, message: message)
        var mask = CardNumberMask(bytes)
        for draft in root.all {
            if let content = draft.content, let range = draft.range {
                let (number, name) = mask.hide(content, in: range)
                if let number { memory.remember(number: number) }
                if let name { memory.remember(name: name) }
            } else if let range = draft.range, draft.searched == nil, !draft.isText {
                mask.hideNumber(filling: range)
            }
        }
        for region in Self.merged(root.all.compactMap(\.searched)) {
            mask.hideNumbers(in: region)
            for (content, range) in SensitiveObjects.find(in: bytes, region) {
                let (number, name) = mask.hide(content, in: range)
                if let number { memory.remember(number: number) }
                if let name { memory.remember(name: name) }
            }
        }
        mask.hideDelimitedNumbers(except: root.all.compactMap { $0.isText ? $0.range : nil })
        mask.hideWrittenNumbers()
        mask.hide(numbers: memory.numbers)
        mask.hide(names: memory.names)
        if case .command(let parts) = shape {
            memory.lastCommand = parts.kind
            if parts.kind == .generateCryptogram { memory.cryptogramCommands += 1 }
        }
        return root.node(mask)
    }

    /// Takes from all objects, at any depth, what explains others.
    private mutating func learn(_ bytes: [UInt8], _ shape: Shape) {
        let body: Range<Int>
        switch shape {
        case .objects: body = 0..<bytes.count
        case .response: body = 0..<max(0, bytes.count - 2)
        case .command(let parts):
            if parts.kind == .select, parts.p1 == 0x04, let data = parts.data {
                learn(application: Array(bytes[data]))
                memory.cryptogramCommands = 0
            }
            return
        default: return
        }
        var pending = [(range: body, depth: 0)]
        var count = 0
        while let (range, depth) = pending.popLast() {
            for object in ObjectScan(bytes, range).found {
                count += 1
                guard count <= DraftBuilder.greatestCount else { return }
                learn(object.tag, Array(bytes[object.value]))
                if object.tag.isConstructed, depth < DraftBuilder.greatestDepth { pending.append((object.value, depth + 1)) }
            }
        }
    }

    private mutating func learn(_ tag: Tag, _ value: [UInt8]) {
        switch tag {
        case EMVTag.dedicatedFileName, EMVTag.applicationIdentifier, 0x9F06: learn(application: value)
        case EMVTag.processingOptionsDataObjectList: memory.processingOptionsList = try? DataObjectList(value)
        case 0x8C, 0x8D: memory.riskLists[tag] = try? DataObjectList(value)
        case EMVTag.transactionCurrencyCode where value.count == 2:
            memory.currency = NumericField.decode(value).map { UInt16(clamping: $0) }
        case 0x9F42 where value.count == 2:
            memory.applicationCurrency = NumericField.decode(value).map { UInt16(clamping: $0) }
        default: break
        }
    }

    private mutating func learn(application name: [UInt8]) {
        guard let kernel = KernelIdentifier.requested(by: nil, applicationIdentifier: name[...]),
            let scope = TagScope(kernel)
        else { return }
        memory.scope = scope
    }

    private static func merged(_ ranges: [Range<Int>]) -> [Range<Int>] {
        var merged: [Range<Int>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
            if let last = merged.last, range.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }
}
