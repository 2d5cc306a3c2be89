import Core

/// The claims of a receipt's token: names that are registered where there are such (RFC 7519 §4.1, RFC 7800 §3.2), else three letters,
/// since each has to fit into a QR code.
///
/// | claim | holds |
/// |---|---|
/// | `jti` `aud` `sub` | payment, site, person's pseudonym (32 hexadecimal digits) |
/// | `amt` `cur` `paid` | minor units, ISO 4217 letters, milliseconds since 1970 |
/// | `name` `prg` `prs` | holder, programme, `[["benefit",1000],["own",270]]` |
/// | `ser` `min` | the code's serial and minute; the minute is that of `paid` |
/// | `cnf` | `{"jwk":{…}}`, the telephone's public key |
enum ReceiptClaims {
    static func write(_ receipt: Receipt) -> [UInt8] {
        func member(_ field: ReceiptError.Field, _ value: ReceiptJSON) -> ReceiptJSON.Member {
            ReceiptJSON.Member(name: field.rawValue, value: value)
        }
        let jwk = ReceiptJSON.Member(name: "jwk", value: .object(ReceiptJWK(receipt.device).members))
        var writer = ReceiptJSONWriter()
        writer.write(
            .object([
                member(.payment, .text(receipt.payment)), member(.site, .text(receipt.site)),
                member(.person, .text(receipt.person.hex)), member(.amount, .number(receipt.amount.minorUnits)),
                member(.currency, .text(receipt.amount.currency.code)), member(.paidAt, .number(receipt.paidAt.milliseconds)),
                member(.holder, .text(receipt.holder)), member(.programme, .text(receipt.programme)),
                member(.purses, .list(receipt.purses.map { .list([.text($0.purse), .number($0.amount)]) })),
                member(.serial, .number(Int64(receipt.serial))), member(.minute, .number(receipt.codeName.minute)),
                member(.device, .object([jwk])),
            ]))
        return writer.bytes
    }

    static let fields: [ReceiptError.Field] = [
        .payment, .site, .person, .amount, .currency, .paidAt, .holder, .programme, .purses, .serial, .minute, .device,
    ]

    /// All of them, each once, and no others, in any order.
    static func read(_ bytes: [UInt8]) throws(ReceiptError) -> Receipt {
        let claims = try ReceiptMembers(bytes, .payload, fields)
        let code = try claims.text(.currency)
        guard code.utf8.count == 3, let currency = Currency(code: code), code == currency.code else { throw .wrong(.currency) }
        guard let person = Pseudonym(hex: try claims.text(.person)) else { throw .wrong(.person) }
        guard let serial = UInt16(exactly: try claims.number(.serial)) else { throw .wrong(.serial) }
        let receipt = try Receipt(
            payment: try claims.text(.payment), site: try claims.text(.site),
            amount: Money(minorUnits: try claims.number(.amount), currency: currency),
            paidAt: UTCInstant(milliseconds: try claims.number(.paidAt)), holder: try claims.text(.holder), person: person,
            programme: try claims.text(.programme), purses: try purses(claims), serial: serial, device: try device(claims))
        guard try claims.number(.minute) == receipt.codeName.minute else { throw .wrong(.minute) }
        return receipt
    }

    private static func purses(_ claims: ReceiptMembers) throws(ReceiptError) -> [Receipt.Share] {
        guard case .list(let list) = try claims.value(.purses) else { throw .wrong(.purses) }
        var shares: [Receipt.Share] = []
        for element in list {
            guard case .list(let pair) = element, pair.count == 2, case .text(let purse) = pair[0], case .number(let amount) = pair[1] else {
                throw .wrong(.purses)
            }
            shares.append(Receipt.Share(purse: purse, amount: amount))
        }
        return shares
    }

    private static func device(_ claims: ReceiptMembers) throws(ReceiptError) -> ReceiptPublicKey {
        guard case .object(let members) = try claims.value(.device), members.count == 1, members[0].name == "jwk",
            case .object(let jwk) = members[0].value, let key = ReceiptJWK(jwk)?.key
        else { throw .wrong(.device) }
        return key
    }
}

/// The members of one part of a token, each known and none twice.
struct ReceiptMembers {
    private var values: [(field: ReceiptError.Field, value: ReceiptJSON)] = []

    init(_ bytes: [UInt8], _ part: ReceiptError.Part, _ known: [ReceiptError.Field]) throws(ReceiptError) {
        let members: [ReceiptJSON.Member]
        do throws(ReceiptJSON.Fault) {
            members = try ReceiptJSON.object(bytes)
        } catch {
            throw error == .duplicateName ? .duplicateName(part) : .notJSON(part)
        }
        values.reserveCapacity(members.count)
        for member in members {
            guard let field = ReceiptError.Field(rawValue: member.name), known.contains(field) else { throw .unknownName(part) }
            values.append((field, member.value))
        }
    }

    func has(_ field: ReceiptError.Field) -> Bool { values.contains { $0.field == field } }

    func value(_ field: ReceiptError.Field) throws(ReceiptError) -> ReceiptJSON {
        for entry in values where entry.field == field { return entry.value }
        throw .missing(field)
    }

    func text(_ field: ReceiptError.Field) throws(ReceiptError) -> String {
        guard case .text(let text) = try value(field) else { throw .wrong(field) }
        return text
    }

    func number(_ field: ReceiptError.Field) throws(ReceiptError) -> Int64 {
        guard case .number(let number) = try value(field) else { throw .wrong(field) }
        return number
    }
}
