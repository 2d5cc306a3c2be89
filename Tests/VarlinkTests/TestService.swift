import Foundation
import Synchronization
import Varlink

/// The interface the tests call, and what its handlers noted.
final class TestService: Sendable {
    static let interface = "org.example.till"
    static let source = """
        # A till for tests.
        interface org.example.till

        type Item (name: string, price: int)

        # Adds the prices up.
        method Add(items: []Item) -> (total: int, uid: int)

        # Counts to n; with more, one reply each.
        method Count(to: int) -> (value: int)

        # Waits until cancelled.
        method Wait() -> ()

        # Large replies without end.
        method Flood(bytes: int) -> (text: string)

        method Note(text: string) -> ()
        method Fail(how: string) -> ()
        method Absent() -> ()

        error Declined (reason: string, code: int)

        """

    struct Item: Codable, Sendable { let name: String; let price: Int64 }
    struct Items: Codable, Sendable { let items: [Item] }
    struct Total: Codable, Equatable, Sendable { let total: Int64; let uid: UInt32 }
    struct Goal: Codable, Sendable { let to: Int }
    struct Value: Codable, Equatable, Sendable { let value: Int }
    struct Size: Codable, Sendable { let bytes: Int }
    struct Text: Codable, Equatable, Sendable { let text: String }
    struct How: Codable, Sendable { let how: String }

    private let noted = Mutex<[String]>([])
    var notes: [String] { noted.withLock { $0 } }

    func note(_ text: String) { noted.withLock { $0.append(text) } }

    /// Whether a note appears, on however busy a machine.
    func notes(_ text: String) async -> Bool {
        for _ in 0..<4500 where !notes.contains(text) { try? await Task.sleep(for: .milliseconds(10)) }
        return notes.contains(text)
    }

    func service(
        authorize: (@Sendable (VarlinkCall) async throws -> Void)? = nil
    ) throws -> VarlinkService {
        let interface = try VarlinkInterface(
            name: Self.interface, description: Self.source,
            methods: [
                VarlinkMethod("Add") { (order: Items, call) in
                    Total(total: order.items.map(\.price).reduce(0, &+), uid: call.peer.uid)
                },
                .streaming("Count") { (goal: Goal, call) in
                    for value in 1..<max(goal.to, 1) { try await call.reply(Value(value: value), continues: true) }
                    try await call.reply(Value(value: goal.to), continues: false)
                },
                VarlinkMethod("Wait") { [self] (_: VarlinkEmpty, _) in
                    note("waiting")
                    try? await Task.sleep(for: .seconds(60))
                    note(Task.isCancelled ? "cancelled" : "slept")
                    return VarlinkEmpty()
                },
                .streaming("Flood") { [self] (size: Size, call) in
                    do {
                        while true {
                            try await call.reply(Text(text: String(repeating: "x", count: size.bytes)), continues: true)
                        }
                    } catch {
                        note("\(error)")
                        throw error
                    }
                },
                VarlinkMethod("Note") { [self] (text: Text, _) in
                    note(text.text)
                    return VarlinkEmpty()
                },
                .streaming("Fail") { (how: How, call) in
                    switch how.how {
                    case "declined":
                        throw VarlinkError(
                            name: "org.example.till.Declined", parameters: ["reason": "limit", "code": 51])
                    case "silent": return
                    case "twice":
                        try await call.reply(VarlinkEmpty(), continues: false)
                        try await call.reply(VarlinkEmpty(), continues: false)
                    case "long":
                        let text = String(repeating: "x", count: 2_000_000)
                        try await call.reply(Text(text: text), continues: false)
                    default: throw CocoaError(.fileNoSuchFile)
                    }
                },
            ])
        return try VarlinkService(
            vendor: "Kassa", product: "test", version: "1", url: "https://example.org", interfaces: [interface],
            authorize: authorize)
    }
}

/// Runs `body` beside a server on a socket of its own, then stops the server and waits for its end.
/// Deadlines that no busy machine passes: tests of deadlines set their own.
let patient = {
    var limits = VarlinkLimits()
    limits.readDeadline = .seconds(60)
    limits.writeDeadline = .seconds(60)
    return limits
}()

func withServer(
    limits: VarlinkLimits = patient, authorize: (@Sendable (VarlinkCall) async throws -> Void)? = nil,
    _ body: (_ path: String, TestService) async throws -> Void
) async throws {
    let path = temporaryPath()
    let till = TestService()
    let listener = try VarlinkListener.bind(path: path)
    let server = VarlinkServer(listener: listener, service: try till.service(authorize: authorize), limits: limits)
    let running = Task { try await server.run() }
    let outcome: Result<Void, any Error>
    do {
        outcome = .success(try await body(path, till))
    } catch {
        outcome = .failure(error)
    }
    running.cancel()
    try await running.value
    try outcome.get()
}

func temporaryPath() -> String { "/tmp/varlink-\(UInt32.random(in: 0 ... .max)).sock" }
