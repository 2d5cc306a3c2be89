import Varlink

public struct TraceTapsParameters: Codable, Sendable {
    public static let mostTaps = 1_000
    public static let defaultTimeout = 60
    public static let longestTimeout = 3_600

    /// Taps to wait for; 1 when not said.
    public var count: Int?
    public var timeoutSeconds: Int?

    public init(count: Int? = nil, timeoutSeconds: Int? = nil) {
        self.count = count
        self.timeoutSeconds = timeoutSeconds
    }
}

/// One tap: what terminal and card said to each other.
public struct TraceReply: Codable, Sendable, Equatable {
    /// Alone, before the first tap: from now on taps are recorded.
    public var prompt: String?
    public var payment: String?
    public var lane: String?
    /// Milliseconds since 1970.
    public var at: Int64?
    public var exchanges: Int?
    /// Text of a transcript, its card data masked; it replays but for offline data authentication.
    public var transcript: String?

    public init(prompt: String) { self.prompt = prompt }

    public init(payment: String, lane: String, at: Int64, exchanges: Int, transcript: String) {
        (self.payment, self.lane, self.at) = (payment, lane, at)
        (self.exchanges, self.transcript) = (exchanges, transcript)
    }
}

extension DiagnosticsInterface {
    /// Traces, part of ``description``.
    static let traceDescription = """
        # Waits for the lane's next taps and shows what terminal and card said to each other, card data masked. More than one
        # tap: with "more"; then the first reply is a prompt: from now on taps are recorded. Nothing is recorded unless somebody
        # waits. NoCard: fewer taps came in time (60 s unless said).
        method TraceTaps(count: ?int, timeoutSeconds: ?int) -> (
            prompt: ?string,
            payment: ?string,
            lane: ?string,
            # milliseconds since 1970
            at: ?int,
            exchanges: ?int,
            # see kassactl trace replay, kassactl decode
            transcript: ?string
        )
        """

    static func traceMethods(_ terminal: any TechnicianPort) -> [VarlinkMethod] {
        [
            VarlinkMethod.streaming("TraceTaps") { (parameters: TraceTapsParameters, call) in
                let count = parameters.count ?? 1
                guard (1...TraceTapsParameters.mostTaps).contains(count), count == 1 || call.wantsMore else {
                    throw VarlinkError.invalidParameter("count")
                }
                let taps = Counter()
                try await terminal.trace(count: count, timeoutSeconds: parameters.timeoutSeconds) { reply in
                    if reply.transcript == nil {
                        try? await call.reply(reply, continues: true)
                    } else {
                        try await call.reply(reply, continues: await taps.next() < count)
                    }
                }
            }
        ]
    }
}

private actor Counter {
    private var value = 0
    func next() -> Int {
        value += 1
        return value
    }
}
