/// One row of an interface's table of methods: a name and what carries it out.
public struct VarlinkMethod: Sendable {
    /// Without the interface: `Pay`.
    public let name: String
    /// May send several replies to a client that asks for `more`.
    public let streams: Bool
    let run: @Sendable (_ message: [UInt8], VarlinkCall) async throws -> Void

    /// A method with one reply: what `body` returns.
    ///
    /// Parameters that cannot be decoded are answered with `InvalidParameter` naming the field, and `body` is not
    /// called. A ``VarlinkError`` that `body` throws is the error reply; any other error is logged and becomes
    /// `InternalError`.
    public init<Parameters: Decodable & SendableMetatype, Reply: Encodable & SendableMetatype>(
        _ name: String, _ body: @escaping @Sendable (Parameters, VarlinkCall) async throws -> Reply
    ) {
        self.name = name
        self.streams = false
        self.run = { message, call in
            try await call.reply(body(try decodeParameters(of: message), call), continues: false)
        }
    }

    /// A method that replies through ``VarlinkCall/reply(_:continues:)`` as often as it likes, at last with
    /// `continues: false`. A body that returns without a final reply has its call answered with `InternalError`.
    public static func streaming<Parameters: Decodable & SendableMetatype>(
        _ name: String, _ body: @escaping @Sendable (Parameters, VarlinkCall) async throws -> Void
    ) -> VarlinkMethod {
        VarlinkMethod(name: name, streams: true) { message, call in
            try await body(try decodeParameters(of: message), call)
        }
    }

    private init(
        name: String, streams: Bool, run: @escaping @Sendable ([UInt8], VarlinkCall) async throws -> Void
    ) {
        self.name = name
        self.streams = streams
        self.run = run
    }
}

private func decodeParameters<Parameters: Decodable>(of message: [UInt8]) throws -> Parameters {
    do {
        return try VarlinkJSON.parameters(Parameters.self, of: message)
    } catch let failure as DecodingError {
        throw VarlinkError.invalidParameter(VarlinkJSON.field(of: failure, in: message))
    }
}
