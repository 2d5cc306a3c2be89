import HTTPTypes
import HostProtocol
import Hummingbird
import NIOCore

/// The wire's description and nothing else, for who has no certificate: the terminals' own listener asks for one before it
/// reads a word.
public struct DescriptionResponder: HTTPResponder {
    public typealias Context = HostResponder.Context

    public init() {}

    public func respond(to request: Request, context: Context) async throws -> Response {
        guard request.method == .get, request.uri.path == HostPath.description else {
            return Response(status: .notFound, headers: [.contentType: "text/plain"], body: ResponseBody())
        }
        return Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: HostDescription.text)))
    }
}
