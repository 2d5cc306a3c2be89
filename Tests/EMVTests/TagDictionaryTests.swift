import Core
import EMV
import SmartCard
import Testing

@Suite("The tag dictionary")
struct TagDictionaryTests {
    @Test("Every row can be read, and no tag has two meanings for one kernel")
    func rows() {
        #expect(TagDictionary.unreadableRows.isEmpty)
        let all = TagDictionary.all
        #expect(all.count >= 250)
        #expect(Set(all.map { "\($0.tag) \($0.scope)" }).count == all.count)
        #expect(all.filter(\.isConfirmed).count >= 250)
        // A tag reads back as one tag of its own length.
        for definition in all {
            let list = try? TLV.list(definition.tag.bytes + [0])
            #expect(list?.map(\.tag) == [definition.tag], "\(definition.tag)")
        }
    }

    @Test("Templates are what the tag's bit 6 says")
    func templates() {
        for definition in TagDictionary.all where definition.content == .template { #expect(definition.tag.isConstructed, "\(definition.tag)") }
        for definition in TagDictionary.all where definition.tag.isConstructed { #expect(definition.content == .template || definition.isSensitive || definition.scope == .common, "\(definition.tag)") }
    }

    @Test("A bit field names a table, and its bytes are as many as the field has")
    func tables() {
        for definition in TagDictionary.all {
            guard case .bits(let name) = definition.content else { continue }
            let table = BitFieldTable.named(name)
            #expect(table != nil, "\(definition.tag) \(name)")
            let greatest = definition.lengths.map(\.upperBound).max() ?? 0
            for field in table?.fields ?? [] { #expect(field.byte <= greatest, "\(name) \(field)") }
        }
        // No bit has two names in one table.
        for (name, table) in BitFieldTable.all {
            let bits = table.fields.flatMap { field in (field.low...field.high).map { field.byte * 8 + $0 } }
            #expect(Set(bits).count == bits.count, "\(name)")
        }
    }

    @Test("What the kernel decides by has the name that the dictionary prints", arguments: [
        ("TTQ", 1, 8, TerminalTransactionQualifiers.magneticStripeMode.bytes), ("TTQ", 1, 6, TerminalTransactionQualifiers.emvMode.bytes),
        ("TTQ", 1, 4, TerminalTransactionQualifiers.offlineOnly.bytes), ("TTQ", 2, 8, TerminalTransactionQualifiers.onlineCryptogramRequired.bytes),
        ("TTQ", 2, 7, TerminalTransactionQualifiers.verificationRequired.bytes), ("TTQ", 3, 7, TerminalTransactionQualifiers.deviceVerification.bytes),
        ("TTQ", 4, 8, TerminalTransactionQualifiers.fDDAVersion1.bytes), ("CTQ", 1, 8, CardTransactionQualifiers.onlinePINRequired.bytes),
        ("CTQ", 1, 4, CardTransactionQualifiers.onlineIfExpired.bytes), ("CTQ", 2, 8, CardTransactionQualifiers.deviceVerificationPerformed.bytes),
        ("CTQ", 2, 7, CardTransactionQualifiers.issuerUpdateSupported.bytes),
    ] as [(String, Int, Int, [UInt8])])
    func qualifiers(table: String, byte: Int, bit: Int, bytes: [UInt8]) throws {
        let table = try #require(BitFieldTable.named(table))
        #expect(table.name(byte: byte, bit: bit) != nil)
        #expect(table.readings(bytes).map(\.label) == ["\(byte).\(bit)"])
    }

    @Test("The same tag means another thing to another kernel", arguments: [
        (Tag(rawValue: 0x9F5D), "Available offline spending amount (AOSA)", "Application capabilities information"),
        (0x9F66, "Terminal transaction qualifiers (TTQ)", "PUNATC, track 2 (positions of UN and ATC)"),
        (0x9F6C, "Card transaction qualifiers (CTQ)", "Mag-stripe application version number, card"),
        (0x9F69, "Card authentication related data", "UDOL"), (0x9F6E, "Form factor indicator (FFI)", "Third party data"),
        (0x9F26, "Application cryptogram", "Application cryptogram"),
    ])
    func scoped(tag: SmartCard.Tag, visa: String, mastercard: String) {
        #expect(TagDictionary.definition(of: tag, in: .visa)?.name == visa)
        #expect(TagDictionary.definition(of: tag, in: .mastercard)?.name == mastercard)
    }

    @Test("Without a kernel the length decides")
    func byLength() {
        #expect(TagDictionary.definition(of: 0x9F5D, length: 6)?.scope == .visa)
        #expect(TagDictionary.definition(of: 0x9F5D, length: 3)?.scope == .mastercard)
        #expect(TagDictionary.definition(of: 0x9F6B, length: 19)?.content == .track2)
    }

    @Test("Card numbers, tracks, names and PINs are sensitive to every kernel that has them", arguments: [
        Tag(rawValue: 0x56), 0x57, 0x5A, 0x5F20, 0x99, 0x9F0B, 0x9F1F, 0x9F20, 0x5F53,
    ])
    func sensitive(tag: SmartCard.Tag) { #expect(TagDictionary.meanings(of: tag).filter { !$0.isSensitive }.isEmpty) }

    @Test("Countries and currencies by number")
    func codes() {
        #expect(ISOCodes.country(752) == "Sweden (SE)")
        #expect(ISOCodes.country(246) == "Finland (FI)")
        for currency in Currency.known {
            let found = ISOCodes.currency(Int(currency.numeric))
            #expect(found?.code == currency.code)
            #expect(found?.exponent == currency.exponent)
        }
        #expect(ISOCodes.country(0) == nil)
    }
}
