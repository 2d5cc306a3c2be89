import Foundation
import PCSC
import Programmes
import Testing

@testable import Terminal

@Suite("Configured readers: roles, and what is wrong with them")
struct ReaderConfigurationTests {
    @Test("Roles with a place, a name, a serial number")
    func roles() throws {
        let configuration = try TerminalConfiguration.small(
            lane: #"name = "lane 2""#,
            tables: """
            [[reader]]
            role = "lane 1"
            path = "usb:1-1.3"
            [[reader]]
            role = "lane 2"
            name = "ACS ACR1252"
            serial = "A1"
            """)
        #expect(
            configuration.readers == [
                ReaderRole(role: "lane 1", path: "1-1.3"), ReaderRole(role: "lane 2", name: "ACS ACR1252", serial: "A1"),
            ])
    }

    @Test("The lane's own reader goes on working, and no table is needed")
    func laneReader() throws {
        let configuration = try TerminalConfiguration.small(lane: #"reader = "ACS""#, tables: "")
        #expect(configuration.lane.reader == "ACS")
        #expect(configuration.readers.isEmpty)
    }

    @Test("Each wrong value", arguments: [
        ("", "[[reader]]\nrole = \"lane 1\"", "reader[0].role"),
        ("", "[[reader]]\nrole = \"lane 1\"\npath = \"1-1.3\"", "reader[0].path"),
        ("", "[[reader]]\nrole = \"lane 1\"\npath = \"usb:1-1.3:1.0\"", "reader[0].path"),
        ("", "[[reader]]\nrole = \"\"\nname = \"A\"", "reader[0].role"),
        ("", "[[reader]]\nrole = \"lane 4111111111111111\"\nname = \"A\"", "reader[0].role"),
        ("", "[[reader]]\nrole = \"lane 1\"\nname = \"A\"\n[[reader]]\nrole = \"lane 1\"\nname = \"B\"", "reader[1].role"),
        ("", "[[reader]]\nrole = \"lane 1\"\nname = \"A\"\nindex = 1", "reader[0].index"),
        ("", "[[reader]]\nrole = \"lane 2\"\nname = \"A\"", "reader"),
        ("reader = \"A\"", "[[reader]]\nrole = \"lane 1\"\nname = \"A\"", "lane.reader"),
    ])
    func refused(_ lane: String, _ readers: String, _ field: String) throws {
        let error = try #require(throws: TOMLFileError.self) { try TerminalConfiguration.small(lane: lane, tables: readers) }
        #expect(error.field == field)
        #expect(!"\(error)".contains("4111"))
    }
}
