import SmartCard
import Tags
import Testing
import VirtualCards

@Suite("An address that a chip fills in is shown without what makes it a tap") struct TagAddressTests {
    @Test("Place and names stay; what a chip may have filled in goes", arguments: [
        // NXP's example of AN12196 §4.4.4.2.1.
        ("https://ntag.nxp.com/424?e=EF963FF7828658A599F3041510671E88&c=94EED9EE65337086", "https://ntag.nxp.com/424?e=********************************&c=****************"),
        ("https://www.nxp.com/index.html?m=04E141124C2880x003F31", "https://www.nxp.com/index.html?m=*********************"),
        ("https://example.com/t/42", "https://example.com/t/42"), ("https://kassa.example/04A1B2C3D4E5F6/x", "https://kassa.example/**************/x"),
        ("https://anna:1234@kassa.example/t", "https://*********@kassa.example/t"), ("https://kassa.example/t#04A1B2", "https://kassa.example/t#******"),
        ("https://x@y.example/?u=https://b@c.example", "https://**********************************"),
        ("HTTPS://KASSA.EXAMPLE/T?CMAC=94EED9EE65337086", "HTTPS://KASSA.EXAMPLE/T?CMAC=****************"), ("coap://kassa.example/?c=1", "coap://kassa.example/?c=*"),
        ("https://facade.example/decade", "https://facade.example/decade"), ("tel:+46701234567", "tel:+46701234567"), ("mailto:kassa@example.com", "mailto:kassa@example.com"), ("app:94EED9EE65337086", "app:****************"), ("", ""),
    ])
    func addresses(_ address: String, _ expected: String) {
        #expect(TagAddress.shown(address) == expected)
        #expect(TagAddress.shown(TagAddress.shown(address)) == expected)
    }

    @Test("In a text", arguments: [
        ("Tap https://kassa.example/t?cmac=94EED9EE65337086 here", "Tap https://kassa.example/t?cmac=**************** here"),
        ("04E141124C2880x003F31", "**************x003F31"), ("Välkommen, bord 12", "Välkommen, bord 12"), ("4761739001010010", "4761739001010010"),
        ("12345678901234567890", "********************"),
    ])
    func texts(_ text: String, _ expected: String) { #expect(TagAddress.shown(text: text) == expected) }

    @Test("Nothing of a twin's tap is left in what a technician reads")
    func twin() throws {
        var scene = try ClosedLoopScene()
        let tag = try TagReader(DirectChannel(try scene.tag())).read()
        let address = try #require(tag.uri)
        let shown = TagAddress.shown(address)
        #expect(shown.hasPrefix("https://kassa.example/t?picc_data=*") && shown.count == address.count)
        for value in address.split(separator: "?").last?.split(separator: "&").compactMap({ $0.split(separator: "=").last }) ?? [] {
            #expect(value.count >= 16)
            for start in 0...(value.count - 4) { #expect(!shown.contains(value.dropFirst(start).prefix(4))) }
        }
    }
}
