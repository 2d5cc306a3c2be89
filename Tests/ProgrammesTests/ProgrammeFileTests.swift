import Testing

@testable import Programmes

@Suite("Programme files")
struct ProgrammeFileTests {
    private static let good = """
        id = "culture-card"
        name = "Culture"
        currency = "EUR"
        time_zone = "Europe/Helsinki"
        [instrument]
        emv_applications = ["A0000000031010"]
        [purchase]
        maximum = "100.00"
        approved_per_day = 4
        [offline]
        allowance_required = true
        deferred_authorisation = false
        host_time_required = true
        maximum_amount = "20.00"
        """

    @Test("A new programme with known kinds of rule is a file, no code")
    func anotherProgramme() throws {
        let programme = try Programme(toml: Self.good, fileName: "culture.toml")
        #expect(programme.id == "culture-card")
        #expect(programme.maximumPurchase.description == "100.00 EUR")
        #expect(programme.takes(application: [0xA0, 0, 0, 0, 3, 0x10, 0x10, 0x01]))
        #expect(!programme.takes(application: [0xA0, 0, 0, 0, 4, 0x10, 0x10]))
    }

    @Test(
        "What is wrong is named with its file and field",
        arguments: [
            ("maximum = \"100.00\"", "maximum = 100", "culture.toml:8: purchase.maximum: must be an amount in quotes, such as \"100.00\""),
            ("approved_per_day = 4", "approved_per_day = 0", "culture.toml:9: purchase.approved_per_day: must be a whole number above 0"),
            ("approved_per_day = 4", "aproved_per_day = 4", "culture.toml:7: purchase.approved_per_day: is missing"),
            ("currency = \"EUR\"", "currency = \"EUX\"", "culture.toml:3: currency: is no known ISO 4217 code"),
            ("Europe/Helsinki", "Europe/Turku", "culture.toml:4: time_zone: is no known time zone"),
            ("A0000000031010", "A0", "culture.toml:6: instrument.emv_applications: must hold 5 to 16 bytes in hexadecimal each"),
            ("[offline]", "[offline]\nfloor = 3", "culture.toml:11: offline.floor: is no known key"),
            ("deferred_authorisation = false", "deferred_authorisation = true", "culture.toml:12: offline.deferred_authorisation: is not offered by this version; set it to false"),
        ])
    func wrong(_ from: String, _ to: String, _ message: String) {
        let text = Self.good.replacing(from, with: to)
        let error = #expect(throws: TOMLFileError.self) { _ = try Programme(toml: text, fileName: "culture.toml") }
        #expect(error?.description == message)
    }

    @Test("A syntax error is named with its line")
    func syntax() {
        let error = #expect(throws: TOMLFileError.self) {
            _ = try Programme(toml: Self.good + "\n[broken", fileName: "culture.toml")
        }
        #expect(error?.line == 15)
    }
}
