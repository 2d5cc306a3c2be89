import Core
import Crypto
import Foundation
import HostLedger
import HostLink
import HostProtocol
import Testing

/// The messages of a running host as `curl` gets them, held against the description that the same host serves.
@Suite("The description holds for a live host")
struct DescriptionOverTLSTests {
    /// A request over TLS with the pinned certificate.
    /// - Returns: status, headers and body.
    private func curl(
        _ shop: Shop, _ folder: URL, _ path: String, body: [UInt8]? = nil, signature: String? = nil
    ) throws -> (status: Int, headers: String, body: Data) {
        let certificate = folder.appendingPathComponent("host.pem")
        try shop.identity.certificatePEM.write(to: certificate, atomically: true, encoding: .utf8)
        let (sent, headers, answer) = (
            folder.appendingPathComponent("sent"), folder.appendingPathComponent("headers"),
            folder.appendingPathComponent("answer")
        )
        var arguments = [
            "-sS", "--cacert", certificate.path, "-D", headers.path, "-o", answer.path, "-w", "%{http_code}",
            "https://127.0.0.1:\(shop.port)\(path)",
        ]
        if let body {
            try Data(body).write(to: sent)
            let own = try HostSignature.signRequest(method: "POST", path: path, body: body, key: shop.terminalKey)
            arguments += [
                "--data-binary", "@\(sent.path)", "-H", "Content-Type: application/json", "-H", "Kassa-Terminal: T1", "-H",
                "Kassa-Signature: \(signature ?? own)", "-H", "Expect:",
            ]
        }
        let status = try run("/usr/bin/curl", arguments)
        return (Int(status) ?? 0, try String(contentsOf: headers, encoding: .utf8), try Data(contentsOf: answer))
    }

    private func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test("Every endpoint, refusals included: bodies, statuses and headers are as described")
    func live() async throws {
        let shop = try await Shop()
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("live-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let served = try curl(shop, folder, HostPath.description)
        #expect(served.status == 200 && served.headers.lowercased().contains("content-type: application/json"))
        let document = folder.appendingPathComponent("openapi.json")
        try served.body.write(to: document)
        let described = try #require(try JSONSerialization.jsonObject(with: served.body) as? [String: Any])
        let paths = try #require(described["paths"] as? [String: [String: [String: Any]]])

        var messages: [String] = []
        func exchange(
            _ path: String, _ schema: String, _ body: [UInt8], _ answer: String, status: Int = 200, signature: String? = nil,
            wellFormed: Bool = true
        ) throws -> Data {
            let reply = try curl(shop, folder, path, body: body, signature: signature)
            #expect(reply.status == status, "\(path)")
            let sent = String(decoding: body, as: UTF8.self)
            if wellFormed { messages.append(#"{"schema":"\#(schema)","message":\#(sent)}"#) }
            messages.append(#"{"schema":"\#(answer)","message":\#(String(decoding: reply.body, as: UTF8.self))}"#)
            let name = "kassa-signature: "
            let line = reply.headers.split(whereSeparator: \.isNewline).first { $0.lowercased().hasPrefix(name) }
            let value = line.map { String($0.dropFirst(name.count)) }
            #expect(HostSignature.verifyAnswer(Array(reply.body), signature: value, key: shop.identity.signingKey.publicKey))
            if let operation = paths[path]?["post"], let responses = operation["responses"] as? [String: Any] {
                #expect(responses["\(status)"] != nil, "\(path) \(status) is not described")
            }
            return reply.body
        }

        let nonce = HealthRequest(nonce: Shop.id())
        _ = try exchange(HostPath.health, "HealthRequest", WireJSON.encode(nonce), "HealthAnswer")
        _ = try exchange(
            HostPath.limits, "LimitRequest", WireJSON.encode(LimitRequest(since: 0, nonce: Shop.id())), "LimitPage")
        let payment = try shop.request(9_500)
        _ = try exchange(HostPath.authorisations, "AuthorisationRequest", WireJSON.encode(payment), "AuthorisationAnswer")
        var other = payment
        other.amount = Money(minorUnits: 1, currency: .sek)
        _ = try exchange(
            HostPath.authorisations, "AuthorisationRequest", WireJSON.encode(other), "FailureAnswer", status: 409)
        let dear = try shop.request(9_000_000)
        _ = try exchange(HostPath.authorisations, "AuthorisationRequest", WireJSON.encode(dear), "AuthorisationAnswer")
        try shop.commit(3)
        var records = shop.store.now.queue
        records[2].body = Data(#"{"id":1}"#.utf8)
        let batch = RecordBatch(records: Array(records.prefix(2)))
        for _ in 0..<2 { _ = try exchange(HostPath.records, "RecordBatch", WireJSON.encode(batch), "BatchAnswer") }
        // One that is no record: its batch is described, its body is not.
        _ = try exchange(
            HostPath.records, "RecordBatch", WireJSON.encode(RecordBatch(records: [records[2]])), "BatchAnswer",
            wellFormed: false)
        for scope in [ReconciliationScope(first: 1, last: 3), ReconciliationScope(first: 7, last: 9)] {
            let asked = ReconciliationRequest(nonce: Shop.id(), scope: scope, lines: [], digest: ReconciliationSummary().digest)
            let bytes = try exchange(
                HostPath.reconciliations, "ReconciliationRequest", WireJSON.encode(asked), "ReconciliationAnswer")
            let answer = try WireJSON.decode(ReconciliationAnswer.self, from: Array(bytes))
            #expect(answer.records.count == (scope.first == 1 ? 2 : 0))
        }
        // Refusals.
        let good = try WireJSON.encode(nonce)
        _ = try exchange(
            HostPath.health, "HealthRequest", good, "FailureAnswer", status: 401, signature: "AAAA")
        _ = try exchange(HostPath.health, "", Array("{}".utf8), "FailureAnswer", status: 400, wellFormed: false)
        _ = try exchange("/v1/nothing", "", Array("{}".utf8), "FailureAnswer", status: 404, wellFormed: false)
        _ = try exchange(
            HostPath.health, "", [UInt8](repeating: 32, count: 70_000), "FailureAnswer", status: 413, wellFormed: false)

        let lines = folder.appendingPathComponent("messages")
        try (messages.joined(separator: "\n") + "\n").write(to: lines, atomically: true, encoding: .utf8)
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Support/openapi-check").path
        // Two batches hold two journal records each.
        let verdict = try run(script, [document.path, lines.path])
        #expect(verdict == "valid, \(messages.count + 4) messages", "\(verdict)")
        await shop.close()
    }

    @Test("A terminal's link reconciles with the live host, and believes no answer to another question")
    func link() async throws {
        let shop = try await Shop()
        let link = try shop.link()
        let asked = ReconciliationRequest(
            nonce: Shop.id(), scope: ReconciliationScope(first: 1, last: 10), lines: [], digest: ReconciliationSummary().digest)
        let answer = try await link.reconcile(asked)
        #expect(answer.agrees && answer.nonce == asked.nonce)
        await shop.close()
    }
}
