import Core
import SmartCard

extension DraftBuilder {
    /// Puts a value into words and children, by its content; the length fits.
    mutating func fill(_ draft: inout DecodedDraft, _ content: TagContent, depth: Int) {
        guard let range = draft.range else { return }
        draft.tellsValue = true
        let value = Array(bytes[range])
        switch content {
        case .bits(let table):
            draft.children = DecodedDraft.bits(table, value)
            if draft.children.isEmpty { draft.words = "nothing set" }
        case .aid: draft.words = ISOCodes.applicationName(value)
        case .text: draft.showsText = true
        case .digits: draft.words = NumericField.digits(compressed: value)
        case .number: draft.words = value.count <= 8 ? "\(value.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })" : nil
        case .date: draft.words = NumericField.date(yymmdd: value)?.description ?? "no date"
        case .time: draft.words = Self.time(value)
        case .amount: draft.words = NumericField.decode(value).map { money($0, memory.currency) } ?? "no number"
        case .binaryAmount: draft.words = money(value.reduce(0) { $0 << 8 | Int64($1) }, memory.currency)
        case .currency: draft.words = Self.currency(value)
        case .currencies:
            let pairs = stride(from: 0, to: value.count - 1, by: 2)
            draft.words = pairs.map { Self.currency(Array(value[$0...$0 + 1])) }.joined(separator: ", ")
        case .country: draft.words = NumericField.decode(value).flatMap { ISOCodes.country(Int($0)) } ?? "unknown country"
        case .dataObjectList:
            draft.children = dataObjectList(range)
            if (try? DataObjectList(value)) == nil { draft.searched = range }
        case .tagList:
            draft.children = tagList(range)
            if draft.children.contains(where: { $0.name == "unknown" }) { draft.searched = range }
        case .fileLocator:
            draft.children = fileLocator(value)
            if (try? ApplicationFileLocator(value)) == nil { draft.searched = range }
        case .logEntry where value.count == 2: draft.words = "file \(value[0]), \(value[1]) records"
        case .verificationList:
            draft.children = verificationList(value)
            // Methods and conditions that nobody defines: it may be something else.
            if value.count % 2 != 0 || draft.children.contains(where: { $0.words?.contains("reserved") == true }) { draft.searched = range }
        case .verificationResults: draft.children = verificationResults(value)
        case .verificationDecision: draft.words = Self.decision(value)
        case .issuerApplicationData: draft.children = issuerApplicationData(range)
        case .issuerAuthentication: draft.children = issuerAuthentication(range)
        case .responseCode: draft.words = Self.responseCode(value)
        case .cardAuthentication: draft.children = cardAuthentication(range)
        case .kernel: draft.words = Self.kernel(value)
        case .transactionType: draft.words = Self.transactionTypes[value.first ?? 0xFF] ?? "unknown type"
        case .terminalType: draft.words = Self.terminalType(value.first ?? 0)
        case .entryMode: draft.words = Self.entryModes[value.first ?? 0xFF] ?? "unknown mode"
        case .accountType: draft.words = Self.accountTypes[value.first ?? 0xFF] ?? "unknown type"
        case .serviceCode: draft.words = NumericField.decode(value).map(Self.serviceCode)
        case .codeTable: draft.words = NumericField.decode(value).map { "ISO/IEC 8859, part \($0)" }
        case .tries: draft.words = value.first.map { $0 == 0 ? "no tries left" : $0 == 1 ? "one try left" : "\($0) tries left" }
        case .format1:
            draft.children = format1(range)
            // AIP and AFL have digits that mean files and records.
            if draft.children.last?.label != "94" || draft.children.last?.searched != nil { draft.searched = range }
        case .command:
            if let list = memory.processingOptionsList, let children = values(of: list, in: range) {
                draft.children = children
            } else if !isCommand {
                draft.searched = range
            }
        case .script:
            if let secret = SecretCommand(bytes, range) {
                draft.children = [secret.draft]
                draft.range = nil
            } else if depth < Self.greatestDepth, let parts = CommandParts(bytes, range) {
                draft.children = [command(parts, range)]
                draft.range = nil
            } else {
                draft.searched = range
            }
        case .thirdParty where value.count >= 5: draft.children = thirdParty(range)
        case .scriptResults: draft.words = value.count >= 5 ? "result \(value[0] >> 4), command \(value[0] & 0x0F)" : nil
        case .plain: draft.showsText = range.count >= 3
        default: break
        }
    }

    /// What may be told of a value that is hidden.
    func sensitiveWords(_ content: TagContent, _ range: Range<Int>) -> String? {
        let value = bytes[range]
        switch content {
        case .track2:
            guard let track = Track2(value) else { return "hidden, \(range.count) bytes" }
            let nibbles = value.flatMap { [$0 >> 4, $0 & 0x0F] }
            let rest = nibbles.drop { $0 != 0x0D }.dropFirst(5)
            let service = rest.prefix(3).reduce(Int64(0)) { $0 * 10 + Int64($1) }
            let month = track.expiry.description.prefix(7)
            return "card \(track.pan.masked), expires \(month), service code \(Self.serviceCode(service)), the rest hidden"
        case .accountNumber:
            let digits = value.flatMap { [$0 >> 4, $0 & 0x0F] }.prefix { $0 <= 9 }
            let number = PrimaryAccountNumber(digits: String(decoding: digits.map { UInt8(ascii: "0") + $0 }, as: UTF8.self))
            return number.map { "card \($0.masked)" } ?? "hidden"
        default: return "hidden, \(range.count) bytes"
        }
    }

    func money(_ minorUnits: Int64, _ currency: UInt16?) -> String {
        guard let currency, let known = ISOCodes.currency(Int(currency)) else { return "\(minorUnits) in minor units" }
        var digits = String(minorUnits)
        guard known.exponent > 0 else { return "\(digits) \(known.code)" }
        while digits.utf8.count <= known.exponent { digits = "0" + digits }
        return "\(digits.dropLast(known.exponent)).\(digits.suffix(known.exponent)) \(known.code)"
    }

    private static func currency(_ value: [UInt8]) -> String {
        NumericField.decode(value).flatMap { ISOCodes.currency(Int($0)) }.map { "\($0.code), \($0.name)" } ?? "unknown currency"
    }

    private static func time(_ value: [UInt8]) -> String {
        guard value.count == 3, value.allSatisfy({ $0 >> 4 <= 9 && $0 & 0x0F <= 9 }) else { return "no time" }
        return value.map { "\($0 >> 4)\($0 & 0x0F)" }.joined(separator: ":")
    }

    private static func decision(_ value: [UInt8]) -> String {
        let names: [UInt8: String] = [
            0: "no CVM", 1: "signature", 2: "online PIN", 3: "consumer device CVM", 0x0F: "not applicable", 0xFF: "failed",
        ]
        return value.first.flatMap { names[$0] } ?? "unknown"
    }

    private static func responseCode(_ value: [UInt8]) -> String {
        let names = [
            "00": "approved", "01": "refer to card issuer", "02": "refer to card issuer", "05": "declined", "10": "approved in part",
            "13": "invalid amount", "51": "not enough money", "54": "expired card", "55": "wrong PIN", "61": "over the limit",
            "65": "another interface or authentication is needed", "70": "another interface is needed", "75": "PIN tries exceeded",
            "91": "issuer not reachable", "Y1": "approved offline", "Z1": "declined offline",
            "Y2": "approved after referral", "Z2": "declined after referral", "Y3": "could not go online, approved offline",
            "Z3": "could not go online, declined offline",
        ]
        let code = String(decoding: value, as: UTF8.self)
        return names[code] ?? "issuer's own code"
    }

    private static func kernel(_ value: [UInt8]) -> String {
        guard let first = value.first else { return "none" }
        if first & 0xC0 == 0 {
            if first == 0 { return "no preference" }
            return TagScope(KernelIdentifier(rawValue: UInt32(first))).map(\.title) ?? "kernel \(first)"
        }
        return (first & 0xC0 == 0x80 ? "domestic kernel, EMVCo's format" : first & 0xC0 == 0xC0 ? "domestic kernel, own format" : "reserved")
            + (first & 0x3F == 0 ? "" : ", short id \(first & 0x3F)")
    }

    private static let transactionTypes: [UInt8: String] = [
        0x00: "purchase", 0x01: "cash", 0x02: "adjustment", 0x09: "purchase with cashback", 0x17: "cash disbursement",
        0x20: "refund", 0x21: "deposit", 0x30: "balance inquiry", 0x31: "balance inquiry", 0x40: "transfer", 0x50: "payment", 0x90: "personal management",
    ]
    private static let accountTypes: [UInt8: String] = [0x00: "default", 0x10: "savings", 0x20: "cheque or debit", 0x30: "credit"]
    private static let entryModes: [UInt8: String] = [
        0x00: "unknown", 0x01: "manual", 0x02: "magnetic stripe", 0x03: "optical code", 0x04: "OCR", 0x05: "chip, contact",
        0x07: "contactless chip", 0x10: "card on file", 0x80: "magnetic stripe after a chip fault", 0x90: "magnetic stripe, whole track",
        0x91: "contactless, magnetic stripe data", 0x95: "chip, CVV unreliable", 0x99: "as the original transaction",
    ]

    private static func terminalType(_ value: UInt8) -> String {
        let operators: [UInt8: String] = [1: "financial institution", 2: "merchant", 3: "cardholder"]
        let places: [UInt8: String] = [
            1: "attended, online only", 2: "attended, offline with online capability", 3: "attended, offline only",
            4: "unattended, online only", 5: "unattended, offline with online capability", 6: "unattended, offline only",
        ]
        guard let who = operators[value >> 4], let place = places[value & 0x0F] else { return "unknown type" }
        return "\(place), run by the \(who)"
    }

    static func serviceCode(_ code: Int64) -> String {
        let digits = [code / 100 % 10, code / 10 % 10, code % 10]
        let place: [Int64: String] = [1: "international", 2: "international, chip", 5: "national", 6: "national, chip", 7: "private", 9: "test"]
        let approval: [Int64: String] = [0: "normal authorisation", 2: "by the issuer", 4: "by the issuer unless agreed otherwise"]
        let use: [Int64: String] = [
            0: "no restrictions, PIN required", 1: "no restrictions", 2: "goods and services only", 3: "ATM only, PIN required",
            4: "cash only", 5: "goods and services only, PIN required", 6: "no restrictions, PIN if possible",
            7: "goods and services only, PIN if possible",
        ]
        let words = [place[digits[0]], approval[digits[1]], use[digits[2]]].map { $0 ?? "reserved" }
        return "\(digits.map(String.init).joined()) (\(words.joined(separator: "; ")))"
    }
}
