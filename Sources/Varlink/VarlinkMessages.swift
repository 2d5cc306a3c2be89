/// `{"method":…,"parameters":{…},"oneway":true,"more":true}`; false flags are left out.
struct CallMessage<Parameters: Encodable>: Encodable {
    let method: String
    let parameters: Parameters
    var oneway: Bool?
    var more: Bool?
}

/// `{"parameters":{…},"continues":true}`, or with `error` the name of one.
struct ReplyMessage<Parameters: Encodable>: Encodable {
    var error: String?
    let parameters: Parameters
    var continues: Bool?
}

/// All of a call but its parameters, which only the method knows the type of.
struct CallHeader: Decodable {
    let method: String
    let oneway: Bool?
    let more: Bool?

    init(_ message: [UInt8], maximumDepth: Int) throws(VarlinkProtocolError) {
        self = try decodeHeader(message, maximumDepth: maximumDepth)
    }
}

/// All of a reply but its parameters.
struct ReplyHeader: Decodable {
    let error: String?
    let continues: Bool?

    init(_ message: [UInt8], maximumDepth: Int) throws(VarlinkProtocolError) {
        self = try decodeHeader(message, maximumDepth: maximumDepth)
    }
}

private func decodeHeader<Header: Decodable>(
    _ message: [UInt8], maximumDepth: Int
) throws(VarlinkProtocolError) -> Header {
    try JSONBounds.check(message, maximumDepth: maximumDepth)
    do {
        return try VarlinkJSON.decode(Header.self, from: message)
    } catch let failure as DecodingError {
        let field = VarlinkJSON.field(of: failure)
        throw .malformed(field: field == "parameters" ? "message" : field)
    } catch {
        throw .malformed(field: "message")
    }
}
