import Foundation
import GRDB
import Hummingbird
import Logging
import NIOCore
import Web

/// The bare endpoint: the project's HTTPS listener, and one durable commit for each request, of its body as it is.
enum Sink {
    static func serve(certificate: String, key: String, port: Int, file: String) async throws {
        var configuration = Configuration()
        configuration.journalMode = .wal
        let database = try DatabaseQueue(path: file, configuration: configuration)
        try await database.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA synchronous = FULL")
            try database.execute(sql: "CREATE TABLE IF NOT EXISTS batch (number INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT")
        }
        // As long as an answer about a hundred records.
        let answer = ByteBuffer(repeating: 0x20, count: 14_000)
        let router = Router()
        router.post("**") { request, _ in
            let body = try await request.body.collect(upTo: 1 << 22)
            try await database.write { database in
                try database.execute(sql: "INSERT INTO batch (body) VALUES (?)", arguments: [Data(buffer: body)])
            }
            return Response(status: .ok, body: ResponseBody(byteBuffer: answer))
        }
        let server = try WebServer(
            WebConfiguration(
                host: "127.0.0.1", port: port,
                tls: WebTLS(
                    certificatePEM: try String(contentsOfFile: certificate, encoding: .utf8),
                    keyPEM: try String(contentsOfFile: key, encoding: .utf8))),
            responder: router.buildResponder(), logger: Logger(label: "sink") { _ in SwiftLogNoOpLogHandler() })
        try await server.runUntilSignal { port in
            print("listening on \(port)")
            fflush(nil)
        }
    }
}
