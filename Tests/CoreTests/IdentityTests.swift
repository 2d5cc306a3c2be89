import Core
import Crypto
import Testing

private let key = SymmetricKey(data: [UInt8](repeating: 1, count: 32))

/// Everything that might print a value.
private func printed(_ value: some CustomStringConvertible & CustomDebugStringConvertible) -> [String] {
    var dumped = ""
    dump(value, to: &dumped)
    dump(["a": (value, 1)], to: &dumped)
    return ["\(value)", String(reflecting: value), dumped, "\(Optional(value) as Any)", "\([value])", "\((value, 1))"]
        + Mirror(reflecting: value).children.map { "\($0)" }
}

@Suite("MOB-7: a phone number is one person however it is typed")
struct PhoneNumberTests {
    @Test("One normal form", arguments: [
        ("0401234567", PhoneNumber.Country.finland, "+358401234567"), ("+358 40 123 4567", .finland, "+358401234567"),
        ("040-1234567", .finland, "+358401234567"), ("00358401234567", .finland, "+358401234567"),
        ("(040) 123 4567", .finland, "+358401234567"), ("+358 (0)40 123 4567", .finland, "+358401234567"),
        (" 040 123 4567 ", .finland, "+358401234567"), ("+358401234567", .sweden, "+358401234567"),
        ("070-123 45 67", .sweden, "+46701234567"), ("+46 70 123 45 67", .finland, "+46701234567"),
        ("0046701234567", .finland, "+46701234567"), ("+46 (0)70 123 45 67", .sweden, "+46701234567"),
        ("(+47) 412 34 567", .finland, "+4741234567"), ("00 1 212 555 0123", .sweden, "+12125550123"),
        ("+39 06 12345678", .finland, "+390612345678"), ("040.123.4567", .finland, "+358401234567"),
        ("040\u{A0}123\u{202F}4567", .finland, "+358401234567"), ("040\u{2011}1234567", .finland, "+358401234567"),
        ("412 34 567", .norway, "+4741234567"), ("12 34 56 78", .denmark, "+4512345678"), ("5123 4567", .estonia, "+37251234567"),
        ("0171/1234567", .germany, "+491711234567"), ("07911 123456", .unitedKingdom, "+447911123456"),
        ("+44 (0)7911 123456", .finland, "+447911123456"), ("0047 41234567", .denmark, "+4741234567"),
    ])
    func normal(text: String, country: PhoneNumber.Country, e164: String) throws {
        let number = try PhoneNumber(text, country: country)
        #expect(number.pseudonym(key: key) == Pseudonym(domain: "phone1", identifier: e164, key: key))
        #expect(try number == PhoneNumber(e164))
    }

    @Test("What is no number is refused by its problem", arguments: [
        ("", IdentityError.empty), ("   ", .empty), ("()-", .empty), ("+", .tooShort), ("00", .tooShort), ("0", .tooShort),
        ("040123", .tooShort), ("+358", .tooShort), ("+3580", .tooShort), ("+4741234", .tooShort), ("040123456789012", .tooLong),
        ("+1234567890123456", .tooLong), (String(repeating: "0", count: 33), .tooLong), (String(repeating: " ", count: 33), .tooLong),
        ("401234567", .prefixMissing), ("358401234567", .prefixMissing), ("+358 0040 123 4567", .prefixMissing),
        ("+0401234567", .noCountryCode), ("000401234567", .noCountryCode), ("04O1234567", .forbiddenCharacter),
        ("040+1234567", .forbiddenCharacter), ("++358401234567", .forbiddenCharacter), ("040,1234567", .forbiddenCharacter), ("040 1234567 x12", .forbiddenCharacter),
        ("040 1234567;ext=12", .forbiddenCharacter), ("040-1234567#12", .forbiddenCharacter), ("tel:0401234567", .forbiddenCharacter),
        ("０４０１２３４５６７", .forbiddenCharacter), ("\u{200F}0401234567", .forbiddenCharacter), ("\u{202A}0401234567", .forbiddenCharacter),
        ("040\u{200B}1234567", .forbiddenCharacter), ("＋358401234567", .forbiddenCharacter), ("0401234567\u{20E3}", .forbiddenCharacter),
        ("٠٤٠١٢٣٤٥٦٧", .forbiddenCharacter), ("040\u{0}1234567", .forbiddenCharacter), ("0401234567\n", .forbiddenCharacter),
        ("a@example.fi", .forbiddenCharacter),
    ])
    func refused(text: String, problem: IdentityError) { #expect(throws: problem) { try PhoneNumber(text) } }

    @Test("ALL-5: it never prints", arguments: [
        ("0401234567", "+358•••4567"), ("+46 70 123 45 67", "+46•••4567"), ("+4741234567", "+47•••4567"),
        ("+12125559876", "+•••9876"),
    ])
    func masked(text: String, masked: String) throws {
        let number = try PhoneNumber(text)
        #expect(number.description == masked && number.masked == masked)
        for text in printed(number) { #expect(!text.contains("123"), "\(text)") }
    }

    @Test("The pseudonym is Python's hmac over the normal form")
    func pseudonym() throws {
        #expect(try PhoneNumber("040-1234567").pseudonym(key: key).hex == "849F84DD5E64962291F03CC8BA9D9372")
    }
}

@Suite("MOB-7: an e-mail address is one person in either case")
struct EmailAddressTests {
    @Test("One normal form", arguments: [
        ("matti.meikalainen@example.fi", "matti.meikalainen@example.fi"), ("  Matti.Meikalainen@Example.FI\r\n", "matti.meikalainen@example.fi"),
        ("a@b.se", "a@b.se"), ("A+tag@sub.example.co", "a+tag@sub.example.co"), ("m@ÄKÄSLOMPOLO.fi", "m@äkäslompolo.fi"),
        ("o'neil_1@xn--kslompolo-v2a.fi", "o'neil_1@xn--kslompolo-v2a.fi"), ("x@例え.jp", "x@例え.jp"), ("1@1.a1", "1@1.a1"),
    ])
    func normal(text: String, form: String) throws {
        let address = try EmailAddress(text)
        #expect(address.pseudonym(key: key) == Pseudonym(domain: "mail1", identifier: form, key: key))
        #expect(try address == EmailAddress(form))
    }

    @Test("Up to 64 and 254 bytes")
    func bounds() throws {
        let local = String(repeating: "a", count: 64)
        let label = String(repeating: "b", count: 61)
        _ = try EmailAddress("\(local)@\(label).\(label).\(label).fi")
        #expect("\(local)@\(label).\(label).\(label).fi".utf8.count == 253)
        _ = try EmailAddress("\(local)@\(label).\(label)b.\(label).fi")
        #expect(throws: IdentityError.tooLong) { try EmailAddress("\(local)@\(label).\(label)b.\(label)b.fi") }
        #expect(throws: IdentityError.malformedLocalPart) { try EmailAddress("\(local)a@example.fi") }
        #expect(throws: IdentityError.malformedDomain) { try EmailAddress("a@\(label)bbb.fi") }
        #expect(throws: IdentityError.tooLong) { try EmailAddress(String(repeating: "@", count: 100_000)) }
    }

    @Test("What is no address is refused by its problem", arguments: [
        ("", IdentityError.empty), (" \t\n", .empty), ("example.fi", .notOneAtSign), ("a@b@example.fi", .notOneAtSign),
        ("@example.fi", .malformedLocalPart), (".a@example.fi", .malformedLocalPart), ("a.@example.fi", .malformedLocalPart),
        ("a..b@example.fi", .malformedLocalPart), ("a b@example.fi", .forbiddenCharacter), ("\"a\"@example.fi", .forbiddenCharacter),
        ("ä@example.fi", .forbiddenCharacter), ("\u{212A}@example.fi", .forbiddenCharacter), ("a\u{0}@example.fi", .forbiddenCharacter),
        ("a@", .malformedDomain), ("a@example", .malformedDomain), ("a@.fi", .malformedDomain), ("a@example.", .malformedDomain),
        ("a@-example.fi", .malformedDomain), ("a@example-.fi", .malformedDomain), ("a@exam ple.fi", .forbiddenCharacter),
        ("a@[127.0.0.1]", .forbiddenCharacter), ("a@127.0.0.1", .malformedDomain), ("a@exa_mple.fi", .forbiddenCharacter),
        ("a@a\u{308}.fi", .forbiddenCharacter), ("a@\u{202E}if.fi", .forbiddenCharacter),
        ("a@ｅxample.fi", .forbiddenCharacter), ("a@ﬁ.fi", .forbiddenCharacter), ("a@exªmple.fi", .forbiddenCharacter),
        ("a＠example.fi", .notOneAtSign), ("a@example。fi", .malformedDomain), ("a@example.fi\u{A0}", .forbiddenCharacter),
        ("\u{200F}a@example.fi", .forbiddenCharacter), ("ａ@example.fi", .forbiddenCharacter), ("0401234567", .notOneAtSign),
    ])
    func refused(text: String, problem: IdentityError) {
        #expect(throws: problem) { try EmailAddress(text) }
        #expect(text.count < 4 || !problem.description.contains(text))
    }

    @Test("ALL-5: it never prints", arguments: [
        ("matti@meikalainen.fi", "m•••@•••.fi"), ("ab@example.se", "•••@•••.se"), ("a@b.fi", "•••@•••.fi"),
    ])
    func masked(text: String, masked: String) throws {
        let address = try EmailAddress(text)
        #expect(address.description == masked)
        let parts = text.split(separator: "@").map(String.init)
        for shown in printed(address) {
            #expect(!shown.contains(text) && !shown.contains("@" + parts[1]) && !shown.contains(parts[0] + "@"), "\(shown)")
        }
    }

    @Test("The pseudonym is Python's hmac over the normal form")
    func pseudonym() throws {
        #expect(try EmailAddress("Matti.Meikalainen@example.fi").pseudonym(key: key).hex == "8EF7FD28D42FE3D3632590475AFF0E6A")
    }
}
