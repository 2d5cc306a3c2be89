import Varlink

/// The interface that field technicians and scripts use, and the table of methods that carries it out.
public enum DiagnosticsInterface {
    public static let name = "org.kassa.terminal.diagnostics"

    public static let description = """
        # What a kassad terminal tells and does for a technician. Amounts are minor units with an ISO 4217 code; times are
        # milliseconds since 1970 UTC. No field carries a full card number.
        interface org.kassa.terminal.diagnostics

        type Amount (minorUnits: int, currency: string, text: string)

        type Link (
            # starting, reachable, unreachable
            state: string,
            reason: ?string,
            sinceMilliseconds: ?int,
            nextAttemptInMilliseconds: ?int,
            lastContact: ?int
        )

        type Queue (approvals: int, advices: int, quarantined: int, exposure: []Amount)

        type Store (
            # ok; opening, while interrupted payments are closed; or what is wrong and what to do
            state: string,
            remedy: ?string,
            limitVersion: ?int,
            accounts: ?int,
            journalWhole: ?bool
        )

        type Finding (
            # error or warning
            severity: string,
            what: string,
            whoIsHurt: string,
            remedy: string
        )

        type Reader (
            name: string,
            # empty, card, mute, unavailable, stuck
            state: string,
            answerToReset: ?string,
            since: int,
            lane: ?string
        )

        type QueuedRecord (
            sequence: int,
            record: string,
            payment: string,
            kind: string,
            amount: Amount,
            quarantined: ?string
        )

        type Sentence (english: string, finnish: string, swedish: string)

        type Verdict (rule: string, passed: bool, inputs: string)

        # Everything at a glance; findings come with remedies.
        method GetStatus() -> (
            version: string,
            terminal: string,
            merchant: ?string,
            time: int,
            timeAnchored: bool,
            service: string,
            readers: int,
            link: Link,
            queue: ?Queue,
            store: Store,
            cpuMicroseconds: int,
            findings: []Finding
        )

        method ListReaders() -> (service: string, readers: []Reader)

        # The oldest records that wait for the host.
        method ListQueue(limit: ?int) -> (queue: Queue, records: []QueuedRecord)

        # Sends what waits now, if the host answers.
        method FlushQueue() -> (queue: Queue)

        # Sends records that the host refused once more, when the cause has been mended.
        method RetryQueue() -> (queue: Queue)

        # Takes a payment. With "more", replies with a prompt come first and carry no outcome.
        # tapMicroseconds: from the connected card to the durable decision; cardMicroseconds: the part until the card's
        # outcome stood.
        method Pay(amount: string, currency: string, reference: ?string, timeoutSeconds: ?int) -> (
            prompt: ?string,
            payment: ?string,
            outcome: ?string,
            rule: ?string,
            reason: ?string,
            sentence: ?Sentence,
            amount: ?Amount,
            approved: ?Amount,
            online: ?bool,
            authorisationCode: ?string,
            available: ?Amount,
            cardBalance: ?Amount,
            maskedCard: ?string,
            sequence: ?int,
            tapMicroseconds: ?int,
            cardMicroseconds: ?int,
            trace: ?[]Verdict
        )

        # Waits for a tag and reads it.
        method ReadTag(timeoutSeconds: ?int) -> (prompt: ?string, uid: ?string, kind: ?string, uri: ?string)

        error Busy (lane: string)
        error NoReader ()
        error NoCard ()
        error NotATag (reason: string)
        error StoreUnavailable (remedy: string)
        error MalformedAmount (field: string)
        """

    /// The interface over a terminal.
    public static func make(_ terminal: any TechnicianPort) throws -> VarlinkInterface {
        try VarlinkInterface(
            name: name, description: description,
            methods: [
                VarlinkMethod("GetStatus") { (_: NoParameters, _) in await terminal.status() },
                VarlinkMethod("ListReaders") { (_: NoParameters, _) in await terminal.readers() },
                VarlinkMethod("ListQueue") { (parameters: ListQueueParameters, _) in
                    try await terminal.queue(limit: min(max(parameters.limit ?? 100, 1), 1000))
                },
                VarlinkMethod("FlushQueue") { (_: NoParameters, _) in try await terminal.flush() },
                VarlinkMethod("RetryQueue") { (_: NoParameters, _) in try await terminal.retry() },
                VarlinkMethod.streaming("Pay") { (parameters: PayParameters, call) in
                    let reply = try await terminal.pay(parameters) { prompt in
                        try? await call.reply(PayReply(prompt: prompt), continues: true)
                    }
                    try await call.reply(reply, continues: false)
                },
                VarlinkMethod.streaming("ReadTag") { (parameters: ReadTagParameters, call) in
                    let reply = try await terminal.readTag(timeoutSeconds: parameters.timeoutSeconds) { prompt in
                        try? await call.reply(TagReply(prompt: prompt), continues: true)
                    }
                    try await call.reply(reply, continues: false)
                },
            ])
    }

    /// `org.kassa.terminal.diagnostics.GetStatus`
    public static func method(_ method: String) -> String { "\(name).\(method)" }
}

/// What the interface needs of a terminal. Errors thrown are ``DiagnosticsError`` or become `InternalError`.
public protocol TechnicianPort: Sendable {
    func status() async -> StatusReply
    func readers() async -> ReadersReply
    func queue(limit: Int) async throws -> QueueReply
    func flush() async throws -> FlushReply
    func retry() async throws -> FlushReply
    func pay(_ parameters: PayParameters, prompt: @escaping @Sendable (String) async -> Void) async throws -> PayReply
    func readTag(timeoutSeconds: Int?, prompt: @escaping @Sendable (String) async -> Void) async throws -> TagReply
}

/// The interface's own errors.
public enum DiagnosticsError {
    public static func busy(lane: String) -> VarlinkError { make("Busy", ["lane": .string(lane)]) }
    public static let noReader = make("NoReader")
    public static let noCard = make("NoCard")
    public static func notATag(_ reason: String) -> VarlinkError { make("NotATag", ["reason": .string(reason)]) }
    public static func storeUnavailable(_ remedy: String) -> VarlinkError {
        make("StoreUnavailable", ["remedy": .string(remedy)])
    }
    public static func malformedAmount(_ field: String) -> VarlinkError {
        make("MalformedAmount", ["field": .string(field)])
    }

    private static func make(_ name: String, _ parameters: [String: VarlinkValue] = [:]) -> VarlinkError {
        VarlinkError(name: DiagnosticsInterface.method(name), parameters: parameters)
    }
}
