import Varlink

/// What the interface needs of a terminal's queue, and of what bounced. Records are named by id or sequence number, payments
/// by id, the unique beginning of one, or a till's reference; 1…64 bytes.
public protocol QueuePort: Sendable {
    /// Ends when nothing waits, when the host is away, or when nothing moves any more.
    func flush(progress: @escaping @Sendable (FlushProgressReply) async -> Void) async throws -> FlushProgressReply
    /// - Throws: ``DiagnosticsError/unknownRecord``.
    func queued(_ name: String) async throws -> QueuedDetailReply
    /// - Parameter name: nil for all that are set aside.
    /// - Throws: ``DiagnosticsError/unknownRecord`` when it is not set aside.
    func retry(_ name: String?) async throws -> FlushReply
    func exportQueue(after: Int64?) async throws -> ExportQueueReply
    func declined(openOnly: Bool, limit: Int) async throws -> ListDeclinedReply
    /// - Throws: ``DiagnosticsError/notCollectable(_:until:)``, ``DiagnosticsError/unknownPayment``.
    func collect(
        _ parameters: CollectParameters, news: @escaping @Sendable (PayReply) async -> Void
    ) async throws -> PayReply
    func giveUpDeclined(_ payment: String) async throws -> DeclinedReply
    /// Calls `news` for what is open, then for what happens, until cancelled.
    func watchAnnouncements(news: @escaping @Sendable (AnnouncementReply) async throws -> Void) async throws
}

extension DiagnosticsInterface {
    static func queueMethods(_ terminal: any TechnicianPort) -> [VarlinkMethod] {
        [
            VarlinkMethod.streaming("FlushQueue") { (_: NoParameters, call) in
                let reply = try await terminal.flush { try? await call.reply($0, continues: true) }
                try await call.reply(reply, continues: false)
            },
            VarlinkMethod("ShowQueued") { (parameters: ShowQueuedParameters, _) in
                ShowQueuedReply(record: try await terminal.queued(try name(parameters.record, "record")))
            },
            VarlinkMethod("RetryQueue") { (parameters: RetryQueueParameters, _) in
                try await terminal.retry(try parameters.record.map { try name($0, "record") })
            },
            VarlinkMethod("ExportQueue") { (parameters: ExportQueueParameters, _) in
                try await terminal.exportQueue(after: parameters.after)
            },
            VarlinkMethod("ListDeclined") { (parameters: ListDeclinedParameters, _) in
                try await terminal.declined(
                    openOnly: parameters.all != true, limit: min(max(parameters.limit ?? 100, 1), 1000))
            },
            VarlinkMethod.streaming("Collect") { (parameters: CollectParameters, call) in
                _ = try name(parameters.payment, "payment")
                let reply = try await terminal.collect(parameters) { try? await call.reply($0, continues: true) }
                try await call.reply(reply, continues: false)
            },
            VarlinkMethod("GiveUpDeclined") { (parameters: GiveUpDeclinedParameters, _) in
                GiveUpDeclinedReply(declined: try await terminal.giveUpDeclined(try name(parameters.payment, "payment")))
            },
            VarlinkMethod.streaming("WatchAnnouncements") { (_: NoParameters, call) in
                guard call.wantsMore else {
                    // Without a stream: whether there is anything to announce.
                    let open = try await terminal.declined(openOnly: true, limit: 1).declined.first
                    return try await call.reply(
                        AnnouncementReply(announcement: open == nil ? "none" : "open", declined: open), continues: false)
                }
                try await terminal.watchAnnouncements { try await call.reply($0, continues: true) }
            },
        ]
    }

    private static func name(_ text: String, _ field: String) throws(VarlinkError) -> String {
        guard (1...64).contains(text.utf8.count) else { throw .invalidParameter(field) }
        return text
    }
}
