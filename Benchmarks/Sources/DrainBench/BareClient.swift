import AsyncHTTPClient
import Core
import Crypto
import Foundation
import HostProtocol
import NIOCore
import NIOSSL
import Store

/// The bare HTTP client: batches read, encoded and signed beforehand, posted one after the other over one connection. It believes
/// every answer and stores none.
enum BareClient {
    static func post(
        _ path: String, terminal: String, keyFile: String, certificate: String, url: String, identity: String?
    ) async throws {
        let text = try String(contentsOfFile: keyFile, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let bytes = Data(base64Encoded: text) else { throw Stop("KEY is not base64") }
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: bytes)
        let store = PaymentStore(path: path, terminal: terminal)
        let records = try store.pending(limit: .max)
        store.close()
        var batches: [(signature: String, body: [UInt8])] = []
        for start in stride(from: 0, to: records.count, by: RecordBatch.maximumCount) {
            let part = Array(records[start..<min(start + RecordBatch.maximumCount, records.count)])
            let body = try WireJSON.encode(RecordBatch(records: part))
            let signature = try HostSignature.signRequest(method: "POST", path: HostPath.records, body: body, key: key)
            batches.append((signature, body))
        }
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(certificate))
        tls.minimumTLSVersion = .tlsv13
        if let identity {
            // Key and certificate in one file, as the terminal keeps them.
            tls.certificateChain = try NIOSSLCertificate.fromPEMFile(identity).map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: identity, format: .pem))
        }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.httpVersion = .http1Only
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let start = ContinuousClock.now
        for batch in batches {
            var request = HTTPClientRequest(url: url + HostPath.records)
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/json")
            request.headers.add(name: HostHeader.terminal, value: terminal)
            request.headers.add(name: HostHeader.signature, value: batch.signature)
            request.body = .bytes(ByteBuffer(bytes: batch.body))
            let answer = try await client.execute(request, timeout: .seconds(60))
            _ = try await answer.body.collect(upTo: 1 << 22)
            guard answer.status == .ok else { throw Stop("HTTP \(answer.status.code)") }
        }
        print(rate(records.count, in: ContinuousClock.now - start), batches.first?.body.count ?? 0)
        try await client.shutdown()
    }
}
