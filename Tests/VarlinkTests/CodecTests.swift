import Testing

@testable import Varlink

@Suite("Framing: messages end with NUL") struct FramingTests {
    private func frames(_ pieces: [String], limit: Int = 16) throws -> [String] {
        var framer = MessageFramer(limit: limit)
        var found: [String] = []
        for piece in pieces {
            framer.append(piece.utf8)
            while let message = try framer.next() { found.append(String(decoding: message, as: UTF8.self)) }
        }
        return found
    }

    @Test(arguments: [
        (["{}\0"], ["{}"]),
        (["{", "}", "\0"], ["{}"]),
        (["{}\0{}\0"], ["{}", "{}"]),
        (["{}\0{\"a", "\":1}\0{"], ["{}", "{\"a\":1}"]),
        (["{}"], []),
        (["0123456789abcdef\0"], ["0123456789abcdef"]),
    ])
    func cutsAtNUL(pieces: [String], messages: [String]) throws {
        #expect(try frames(pieces) == messages)
    }

    @Test(arguments: ["0123456789abcdefg", "0123456789abcdefg\0"])
    func refusesMoreThanTheLimit(piece: String) {
        #expect(throws: VarlinkProtocolError.messageTooLong(limit: 16)) { try frames([piece]) }
    }

    @Test(arguments: ["\0", "{}\0\0"])
    func refusesEmptyMessages(piece: String) {
        #expect(throws: VarlinkProtocolError.emptyMessage) { try frames([piece]) }
    }

    @Test func knowsThatAMessageHasBegun() throws {
        var framer = MessageFramer(limit: 16)
        #expect(!framer.holdsPart)
        framer.append("{}\0".utf8)
        _ = try framer.next()
        #expect(!framer.holdsPart)
        framer.append("{".utf8)
        #expect(framer.holdsPart)
    }
}

@Suite("Calls and replies as JSON") struct MessageTests {
    @Test(arguments: [
        ("{\"method\":\"a.B\"}", nil), ("  {\"method\":\"a.B\",\"more\":null,\"oneway\":true,\"x\":[[]]}", nil),
        ("[]", VarlinkProtocolError.malformed(field: "message")), ("", .malformed(field: "message")),
        ("{", .malformed(field: "message")), ("{}", .malformed(field: "method")),
        ("{\"method\":1}", .malformed(field: "method")), ("{\"method\":\"a\",\"more\":1}", .malformed(field: "more")),
        ("{\"method\":\"a\"} trailing", .malformed(field: "message")),
        ("{\"x\":[[[{}]]]}", .tooDeep(limit: 4)), ("{\"x\":\"[[[[[[[\\\"[[[\",\"method\":\"a\"}", nil),
    ] as [(String, VarlinkProtocolError?)])
    func headerOfACall(text: String, failure: VarlinkProtocolError?) {
        var thrown: VarlinkProtocolError?
        do {
            _ = try CallHeader(Array(text.utf8), maximumDepth: 4)
        } catch {
            thrown = error
        }
        #expect(thrown == failure)
    }

    @Test(arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x98]] as [[UInt8]])
    func invalidUTF8(bytes: [UInt8]) {
        let message = Array("{\"method\":\"".utf8) + bytes + Array("\"}".utf8)
        #expect(throws: VarlinkProtocolError.invalidUTF8) { try CallHeader(message, maximumDepth: 4) }
    }

    @Test func aHundredThousandBracketsDoNotReachTheParser() {
        let brackets = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
        let message = Array("{\"method\":\"a\",\"parameters\":".utf8) + brackets
        #expect(throws: VarlinkProtocolError.tooDeep(limit: 32)) { try CallHeader(message, maximumDepth: 32) }
    }

    @Test func writesFlagsOnlyWhenSet() throws {
        let plain = try VarlinkJSON.encode(CallMessage(method: "a.B", parameters: VarlinkEmpty()))
        #expect(String(decoding: plain, as: UTF8.self) == #"{"method":"a.B","parameters":{}}"#)
        let reply = try VarlinkJSON.encode(ReplyMessage(parameters: ["url": "a/b"], continues: true))
        #expect(String(decoding: reply, as: UTF8.self) == #"{"continues":true,"parameters":{"url":"a/b"}}"#)
        let error = try VarlinkJSON.encode(ReplyMessage(error: "a.E", parameters: VarlinkEmpty()))
        #expect(String(decoding: error, as: UTF8.self) == #"{"error":"a.E","parameters":{}}"#)
    }

    @Test(arguments: [
        #"{"null":null,"true":true,"one":1,"minus":-9223372036854775808}"#, #"{"half":0.5,"list":[1,"a",[],{}]}"#,
        #"{"text":"å\n\"\\"}"#,
    ])
    func anyValueSurvivesARoundTrip(text: String) throws {
        let value = try VarlinkJSON.decode(VarlinkValue.self, from: Array(text.utf8))
        let again = try VarlinkJSON.decode(VarlinkValue.self, from: VarlinkJSON.encode(value))
        #expect(value == again)
    }

    @Test func aValueKeepsItsKind() throws {
        let text = Array(#"{"a":1,"b":1.5,"c":true,"d":"1","e":null}"#.utf8)
        let value = try VarlinkJSON.decode(VarlinkValue.self, from: text)
        #expect(value == ["a": 1, "b": 1.5, "c": true, "d": "1", "e": nil])
    }

    private struct Order: Codable, Equatable {
        struct Item: Codable, Equatable { let price: Int64 }
        var items: [Item]?
        var amount: Int64?
    }

    @Test(arguments: [
        (#"{}"#, nil), (#"{"parameters":null}"#, nil), (#"{"parameters":{}}"#, nil),
        (#"{"parameters":[]}"#, "parameters"), (#"{"parameters":{"amount":"1"}}"#, "amount"),
        (#"{"parameters":{"amount":9223372036854775808}}"#, "amount"),
        (#"{"parameters":{"items":[{"price":1},{"price":12.5}]}}"#, "items[1].price"),
        (#"{"parameters":{"amount":1.5,"items":[{"price":12.5}]}}"#, "parameters"),
        (#"{"parameters":{"amount":1e400}}"#, "parameters"),
        (#"{"parameters":{"items":[{"price":1},{}]}}"#, "items[1].price"),
    ] as [(String, String?)])
    func aDecodingFailureNamesTheField(text: String, field: String?) throws {
        let message = Array(text.utf8)
        do {
            let order = try VarlinkJSON.parameters(Order.self, of: message)
            #expect(field == nil && order == Order())
        } catch let failure as DecodingError {
            #expect(VarlinkJSON.field(of: failure, in: message) == field)
        }
    }
}

@Suite("Interfaces agree with their descriptions") struct InterfaceTests {
    private func method(_ name: String) -> VarlinkMethod {
        VarlinkMethod(name) { (_: VarlinkEmpty, _) in VarlinkEmpty() }
    }

    @Test func declaredMethodsAreFoundInTheSource() throws {
        let source = """
            # method Commented() -> ()
            interface a.b
            type T (method: string, interface: string)
            method One() -> ()
            method
              Two(method: string) -> () # method Three() -> ()
            """
        let interface = try VarlinkInterface(name: "a.b", description: source, methods: [method("One")])
        #expect(interface.declaredMethods == ["One", "Two"])
    }

    @Test func disagreementIsAnError() {
        let source = "interface a.b\nmethod One() -> ()"
        #expect(throws: VarlinkInterfaceError.nameDiffers(interface: "a.c")) {
            try VarlinkInterface(name: "a.c", description: source, methods: [])
        }
        #expect(throws: VarlinkInterfaceError.undeclared(method: "a.b.Two")) {
            try VarlinkInterface(name: "a.b", description: source, methods: [method("Two")])
        }
        #expect(throws: VarlinkInterfaceError.duplicate("a.b.One")) {
            try VarlinkInterface(name: "a.b", description: source, methods: [method("One"), method("One")])
        }
        #expect(throws: VarlinkInterfaceError.duplicate("a.b")) {
            let interface = try VarlinkInterface(name: "a.b", description: source, methods: [])
            _ = try VarlinkService(vendor: "", product: "", version: "", url: "", interfaces: [interface, interface])
        }
    }
}
