import Core
import Crypto
import Foundation
import HTTPTypes
import HostLedger
import HostProtocol
import Hummingbird
import NIOCore
import Synchronization

/// A host that answers what it is told to, over real TLS.
struct ScriptedHost: HTTPResponder {
    typealias Context = HostResponder.Context

    enum Reply: Sendable {
        case signed([UInt8])
        /// Signed, with an HTTP status of its own.
        case refused(Int, [UInt8])
        case unsigned([UInt8])
        /// A stranger's answer: without a signature, with a status and a wish for patience in seconds.
        case stranger(Int, retryAfter: Int)
        /// Signed by another key.
        case forged([UInt8])
        /// The connection breaks in the middle of the answer.
        case cut([UInt8])
        /// So many bytes of blanks, with or without saying so beforehand; `sent` counts those that left.
        case flood(Int, announced: Bool, sent: Count)
    }

    let key: Curve25519.Signing.PrivateKey
    let answer: @Sendable (_ path: String, _ body: [UInt8]) async throws -> Reply

    func respond(to request: Request, context: Context) async throws -> Response {
        let body = try await request.body.collect(upTo: 1 << 22)
        switch try await answer(request.uri.path, Array(body.readableBytesView)) {
        case .signed(let bytes): return try response(bytes, key)
        case .refused(let status, let bytes): return try response(bytes, key, status: status)
        case .unsigned(let bytes): return try response(bytes, nil)
        case .stranger(let status, let seconds):
            var answer = try response(Array("<html>".utf8), nil, status: status)
            answer.headers[.retryAfter] = "\(seconds)"
            return answer
        case .forged(let bytes): return try response(bytes, Curve25519.Signing.PrivateKey())
        case .cut(let bytes):
            let half = ByteBuffer(bytes: bytes.prefix(bytes.count / 2))
            return Response(
                status: .ok, headers: try headers(bytes, key),
                body: ResponseBody(contentLength: bytes.count) { writer in
                    try await writer.write(half)
                    throw CancellationError()
                })
        case .flood(let size, let announced, let sent):
            let part = ByteBuffer(repeating: 0x20, count: 64 << 10)
            return Response(
                status: .ok, headers: try headers([], key),
                body: ResponseBody(contentLength: announced ? size : nil) { writer in
                    for _ in 0..<size / part.readableBytes {
                        try await writer.write(part)
                        sent.add(part.readableBytes)
                        // The server takes what is written ahead of the connection, so it must not be written at once.
                        try await Task.sleep(for: .milliseconds(1))
                    }
                    try await writer.finish(nil)
                })
        }
    }

    private func response(
        _ bytes: [UInt8], _ key: Curve25519.Signing.PrivateKey?, status: Int = 200
    ) throws -> Response {
        Response(
            status: HTTPResponse.Status(code: status), headers: try headers(bytes, key), body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    private func headers(_ bytes: [UInt8], _ key: Curve25519.Signing.PrivateKey?) throws -> HTTPFields {
        var headers = HTTPFields()
        if let key, let name = HTTPField.Name(HostHeader.signature) {
            headers[name] = try HostSignature.signAnswer(bytes, key: key)
        }
        return headers
    }
}

/// A number that several may raise.
final class Count: Sendable {
    private let number = Mutex(0)
    var value: Int { number.withLock { $0 } }
    func add(_ amount: Int = 1) { number.withLock { $0 += amount } }
}

/// The limits of a scripted host: accounts with the version of their newest change, in pages of any size.
final class ScriptedBooks: Sendable {
    struct State {
        var incarnation: Int64 = 1
        var version: Int64 = 0
        var accounts: [String: AccountLimit] = [:]
        var pageSize = 1000
        /// Deltas go back to this version; older terminals are given a snapshot.
        var deltasFrom: Int64 = 1
        /// Whether `hold` is understood.
        var holds = true
        /// Requests that wait for news now.
        var open = 0
        /// Limit requests with the boot time at which each came, and the paths of all requests.
        var requests: [(request: LimitRequest, at: Int64)] = []
        var paths: [String] = []
        /// What to do instead with the answer of the n-th limit request, counted from 1.
        var spoil: @Sendable (Int, LimitPage, [UInt8]) throws -> ScriptedHost.Reply = { _, _, bytes in .signed(bytes) }
        /// Called when the n-th limit request has come.
        var onRequest: @Sendable (Int) throws -> Void = { _ in }
    }

    let state = Mutex(State())
    var now: State { state.withLock { $0 } }

    /// Changes accounts, each with a version of its own.
    func change(_ ids: some Sequence<String>, _ change: (inout AccountLimit) -> Void = { _ in }) {
        state.withLock { state in
            for id in ids {
                state.version += 1
                var account = state.accounts[id] ?? Self.account(id)
                change(&account)
                account.version = state.version
                state.accounts[id] = account
            }
        }
    }

    /// Lets go of the requests that are held: a server that ends waits for them.
    func endHolds() { state.withLock { $0.holds = false } }

    static func account(_ id: String) -> AccountLimit {
        AccountLimit(
            account: id, programme: "epassi-card", version: 0, currency: .sek, balance: 10_000, status: .active,
            countedThrough: 0, countedDay: nil, purchasesOnCountedDay: 0, offlineAllowance: nil, instruments: [])
    }

    static func names(_ range: Range<Int>) -> [String] { range.map { "A\(1000 + $0)" } }

    func answer(_ path: String, _ body: [UInt8]) async throws -> ScriptedHost.Reply {
        state.withLock { $0.paths.append(path) }
        switch path {
        case HostPath.health: return .signed(try ForgedAnswerTests.health(body))
        case HostPath.records:
            let batch = try WireJSON.decode(RecordBatch.self, from: body)
            let results = batch.records.map {
                RecordResult(id: $0.id, bodyHash: hash($0), outcome: .applied)
            }
            return .signed(try WireJSON.encode(BatchAnswer(terminal: "T1", results: results, hostTime: Shop.time())))
        case HostPath.authorisations:
            let request = try WireJSON.decode(AuthorisationRequest.self, from: body)
            return .signed(
                try WireJSON.encode(
                    AuthorisationAnswer(
                        payment: request.payment, approved: true, rule: "ALL-4", reason: "approved",
                        authorisationCode: "123456", account: nil, hostTime: Shop.time())))
        default:
            let request = try WireJSON.decode(LimitRequest.self, from: body)
            let (number, onRequest) = state.withLock { state in
                state.requests.append((request, BootClock.milliseconds))
                return (state.requests.count, state.onRequest)
            }
            try onRequest(number)
            try await news(request)
            let page = page(request)
            return try now.spoil(number, page, try WireJSON.encode(page))
        }
    }

    private func hash(_ record: ForwardedRecord) -> Data { Data(JournalChain.bodyHash(Array(record.body))) }

    /// Holds the request until there is news.
    private func news(_ request: LimitRequest) async throws {
        guard let hold = request.hold, now.holds else { return }
        state.withLock { $0.open += 1 }
        defer { state.withLock { $0.open -= 1 } }
        let end = BootClock.milliseconds + hold
        while now.holds, BootClock.milliseconds < end, now.version == request.since,
            now.incarnation == request.incarnation
        {
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    func page(_ request: LimitRequest) -> LimitPage {
        let state = now
        var page = LimitPage(
            terminal: "T1", nonce: request.nonce, version: state.version, base: 0, issuedAt: Shop.time(), merchant: "M1",
            enrolledProgrammes: ["epassi-card"], risk: TerminalRiskLimits(exposureCap: 0, maximumCacheAge: 0), accounts: [],
            incarnation: state.incarnation)
        let isDelta =
            request.snapshot == nil && request.incarnation == state.incarnation
            && (state.deltasFrom...max(state.deltasFrom, state.version)).contains(request.since)
        if isDelta {
            let changed = state.accounts.values.filter { $0.version > request.since }.sorted { $0.version < $1.version }
            page.base = request.since
            page.accounts = Array(changed.prefix(state.pageSize))
            page.more = changed.count > state.pageSize
            if page.more, let last = page.accounts.last { page.version = last.version }
        } else {
            if let position = request.snapshot, position.at <= state.version {
                page.position = position
                page.version = position.at
            }
            let ids = state.accounts.keys.sorted().filter { $0 > (page.position?.after ?? "") }
            page.accounts = ids.prefix(state.pageSize).compactMap { state.accounts[$0] }
                .filter { $0.version <= page.version }
            if ids.count > state.pageSize {
                page.next = SnapshotPosition(at: page.version, after: ids[state.pageSize - 1])
            }
        }
        return page
    }
}
