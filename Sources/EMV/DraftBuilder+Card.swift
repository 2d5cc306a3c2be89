import SmartCard

/// Values with parts of their own.
extension DraftBuilder {
    func fileLocator(_ value: [UInt8]) -> [DecodedDraft] {
        guard value.count % 4 == 0 else { return [DecodedDraft("not a multiple of four bytes")] }
        return stride(from: 0, to: value.count, by: 4).map { index in
            let (file, first, last, signed) = (value[index] >> 3, value[index + 1], value[index + 2], value[index + 3])
            let records = first == last ? "record \(first)" : "records \(first) to \(last)"
            let authenticated = signed == 0 ? "none signed" : signed == 1 ? "the first is signed" : "the first \(signed) are signed"
            return DecodedDraft("file \(file): \(records), \(authenticated)" + (value[index] & 0x07 == 0 ? "" : ", reserved bits set"))
        }
    }

    /// X and Y, then rules of method and condition (EMV Book 3 annex C3).
    func verificationList(_ value: [UInt8]) -> [DecodedDraft] {
        guard value.count >= 8 else { return [DecodedDraft("too short for the amounts")] }
        func amount(_ at: Int) -> Int64 { value[at..<at + 4].reduce(0) { $0 << 8 | Int64($1) } }
        let currency = memory.applicationCurrency
        var drafts = [
            DecodedDraft("amount X", words: money(amount(0), currency)), DecodedDraft("amount Y", words: money(amount(4), currency)),
        ]
        for index in stride(from: 8, to: value.count, by: 2) {
            guard index + 1 < value.count else { return drafts + [DecodedDraft("a method without its condition")] }
            let next = value[index] & 0x40 != 0 ? "if it fails, the next rule" : "if it fails, verification has failed"
            drafts.append(
                DecodedDraft("rule \((index - 8) / 2 + 1)", words: "\(Self.method(value[index])), \(Self.condition(value[index + 1])); \(next)"))
        }
        return drafts
    }

    func verificationResults(_ value: [UInt8]) -> [DecodedDraft] {
        guard value.count == 3 else { return [] }
        let results: [UInt8: String] = [0: "unknown, as for a signature", 1: "failed", 2: "successful"]
        let isNone = value[0] & 0x3F == 0x3F
        return [
            DecodedDraft("method", words: isNone ? "none was performed" : Self.method(value[0])),
            DecodedDraft("condition", words: Self.condition(value[1])),
            DecodedDraft("result", words: results[value[2]] ?? "reserved"),
        ]
    }

    private static func method(_ code: UInt8) -> String {
        let names: [UInt8: String] = [
            0x00: "fail", 0x01: "plaintext PIN, checked by the card", 0x02: "enciphered PIN, checked online",
            0x03: "plaintext PIN, checked by the card, and signature", 0x04: "enciphered PIN, checked by the card",
            0x05: "enciphered PIN, checked by the card, and signature", 0x06: "face, checked by the card", 0x07: "face, checked online",
            0x08: "finger, checked by the card", 0x09: "finger, checked online", 0x0A: "palm, checked by the card",
            0x0B: "palm, checked online", 0x0C: "iris, checked by the card", 0x0D: "iris, checked online",
            0x0E: "voice, checked by the card", 0x0F: "voice, checked online", 0x1E: "signature on paper", 0x1F: "no CVM required",
        ]
        let method = code & 0x3F
        return names[method] ?? (method >= 0x20 ? "method of the \(method >= 0x30 ? "issuer" : "payment system") \(method)" : "reserved method \(method)")
    }

    private static func condition(_ code: UInt8) -> String {
        let names: [UInt8: String] = [
            0x00: "always", 0x01: "if unattended cash", 0x02: "if neither cash nor cashback", 0x03: "if the terminal supports it",
            0x04: "if manual cash", 0x05: "if cashback", 0x06: "if in the application's currency and under X",
            0x07: "if in the application's currency and over X", 0x08: "if in the application's currency and under Y",
            0x09: "if in the application's currency and over Y",
        ]
        return names[code] ?? (code >= 0x80 ? "condition of a payment system \(code)" : "reserved condition \(code)")
    }

    /// Response format 1: AIP and AFL of GET PROCESSING OPTIONS, or CID, ATC, cryptogram and IAD of GENERATE AC.
    mutating func format1(_ range: Range<Int>) -> [DecodedDraft] {
        let start = range.lowerBound
        func part(_ tag: Tag, _ range: Range<Int>) -> (Tag, Range<Int>) { (tag, range) }
        let parts: [(tag: Tag, range: Range<Int>)]
        let isOptions = range.count >= 6 && (range.count - 2) % 4 == 0
            && (try? ApplicationFileLocator(Array(bytes[start + 2..<range.upperBound]))) != nil
        if memory.lastCommand == .getProcessingOptions || (memory.lastCommand != .generateCryptogram && isOptions), range.count >= 2 {
            parts = [part(0x82, start..<start + 2), part(0x94, start + 2..<range.upperBound)]
        } else if range.count >= 11 {
            parts = [
                part(0x9F27, start..<start + 1), part(0x9F36, start + 1..<start + 3), part(0x9F26, start + 3..<start + 11),
                part(0x9F10, start + 11..<range.upperBound),
            ]
        } else {
            return []
        }
        return parts.filter { !$0.range.isEmpty }.map { part in
            let definition = definition(part.tag, length: part.range.count)
            var draft = DecodedDraft(definition?.name ?? "unknown", label: "\(part.tag)", range: part.range)
            if let definition, definition.allows(length: part.range.count) { fill(&draft, definition.content, depth: Self.greatestDepth) }
            return draft
        }
    }

    /// The payment systems' own forms, told apart by their fixed bytes.
    func issuerApplicationData(_ range: Range<Int>) -> [DecodedDraft] {
        let start = range.lowerBound
        let value = Array(bytes[range])
        func byte(_ name: String, _ at: Int) -> DecodedDraft { DecodedDraft(name, range: start + at..<start + at + 1) }
        func rest(_ name: String, _ at: Int) -> [DecodedDraft] {
            at < value.count ? [DecodedDraft(name, range: start + at..<range.upperBound, searched: start + at..<range.upperBound)] : []
        }
        // Visa, forms 0, 1 and 3: 06 DKI CVN 03 CVR, such as CVN 10 and 18.
        if value.count >= 7, value[0] == 0x06, value[3] == 0x03, [0, 1, 3].contains(value[2] >> 4) {
            return [
                DecodedDraft("cryptogram version number", words: "CVN \(value[2]) (Visa)"), byte("derivation key index", 1),
                DecodedDraft(
                    "card verification results", range: start + 4..<start + 7, children: DecodedDraft.bits("VISACVR", value[4..<7])),
            ] + rest("issuer's discretionary data", 7)
        }
        // Visa, forms 2 and 4: 1F CVN DKI CVR, such as CVN '22' of phones.
        if value.count == 32, value[0] == 0x1F, [2, 4].contains(value[1] >> 4) {
            return [
                DecodedDraft("cryptogram version number", words: "CVN '\(Tag(rawValue: UInt32(value[1])))' (Visa)"),
                byte("derivation key index", 2),
                DecodedDraft(
                    "card verification results", range: start + 3..<start + 8, children: DecodedDraft.bits("VISACVR2", value[3..<8])),
            ] + rest("issuer's discretionary data", 8)
        }
        // Common core definitions: 0F CCI DKI CVR counters 0F issuer's.
        if value.count == 32, value[0] == 0x0F, value[16] == 0x0F, value[1] >> 4 == 0x0A {
            return [
                DecodedDraft(
                    "common core identifier", range: start + 1..<start + 2,
                    words: [5: "cryptogram by TDES", 6: "cryptogram by AES"][value[1] & 0x0F] ?? "reserved cryptogram version"),
                byte("derivation key index", 2),
                DecodedDraft(
                    "card verification results", range: start + 3..<start + 8, children: DecodedDraft.bits("CCDCVR", value[3..<7])),
                DecodedDraft("counters", range: start + 8..<start + 16),
            ] + rest("issuer's discretionary data", 17)
        }
        return []
    }

    /// ARPC with card status update or response code (EMV Book 2 §8.2).
    func issuerAuthentication(_ range: Range<Int>) -> [DecodedDraft] {
        let start = range.lowerBound
        if (8...16).contains(range.count), range.count != 10 {
            let code = DecodedDraft("authorisation response cryptogram (ARPC), method 2", range: start..<start + 4)
            let status = DecodedDraft(
                "card status update (CSU)", range: start + 4..<start + 8,
                children: DecodedDraft.bits("CSU", bytes[start + 4..<start + 7]))
            let rest = start + 8..<range.upperBound
            return [code, status] + (rest.isEmpty ? [] : [DecodedDraft("proprietary authentication data", range: rest, searched: rest)])
        }
        guard range.count == 10 else { return [] }
        return [
            DecodedDraft("authorisation response cryptogram (ARPC), method 1", range: start..<start + 8),
            {
                var code = DecodedDraft("authorisation response code", label: "8A", range: start + 8..<start + 10)
                code.showsText = true
                return code
            }(),
        ]
    }

    /// Version, the card's unpredictable number, CTQ (Book C-3 annex A).
    func cardAuthentication(_ range: Range<Int>) -> [DecodedDraft] {
        let start = range.lowerBound
        var drafts = [
            DecodedDraft("fDDA version", words: "\(bytes[start])"),
            DecodedDraft("card's unpredictable number", range: start + 1..<min(start + 5, range.upperBound)),
        ]
        if range.count >= 7 {
            drafts.append(
                DecodedDraft(
                    "card transaction qualifiers (CTQ)", label: "9F6C", range: start + 5..<start + 7,
                    children: DecodedDraft.bits("CTQ", bytes[start + 5..<start + 7])))
        }
        return drafts
    }

    /// Mastercard's 9F6E: country, identifier, device, data.
    func thirdParty(_ range: Range<Int>) -> [DecodedDraft] {
        let start = range.lowerBound
        let country = NumericField.decode(bytes[start..<start + 2]).flatMap { ISOCodes.country(Int($0)) }
        var drafts = [
            DecodedDraft("country", range: start..<start + 2, words: country ?? "unknown country"),
            DecodedDraft("unique identifier", range: start + 2..<start + 4),
        ]
        var next = start + 4
        // Bit 8 of the identifier clear: two characters of the kind of device follow.
        if bytes[start + 2] & 0x80 == 0, range.count >= 6 {
            var device = DecodedDraft("kind of device", range: next..<next + 2)
            device.showsText = true
            drafts.append(device)
            next += 2
        }
        let rest = next..<range.upperBound
        return drafts + (rest.isEmpty ? [] : [DecodedDraft("proprietary data", range: rest, searched: rest)])
    }
}
