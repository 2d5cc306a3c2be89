import Programmes
import Varlink

/// The interface that field technicians and scripts use, and the table of methods that carries it out.
public enum DiagnosticsInterface {
    public static let name = "org.kassa.terminal.diagnostics"

    /// The interface over a terminal.
    public static func make(_ terminal: any TechnicianPort) throws -> VarlinkInterface {
        try VarlinkInterface(
            name: name, description: description,
            methods: [
                VarlinkMethod("GetStatus") { (_: NoParameters, _) in await terminal.status() },
                VarlinkMethod("ListReaders") { (_: NoParameters, _) in await terminal.readers() },
                VarlinkMethod("ListQueue") { (parameters: ListQueueParameters, _) in
                    try await terminal.queue(
                        limit: min(max(parameters.limit ?? 100, 1), 1000), setAside: parameters.setAside == true)
                },
                VarlinkMethod.streaming("Pay") { (parameters: PayParameters, call) in
                    let reply = try await terminal.pay(parameters) { try? await call.reply($0, continues: true) }
                    try await call.reply(reply, continues: false)
                },
                VarlinkMethod("Complete") { (parameters: CompleteParameters, _) in
                    AmendmentReply(result: try await terminal.complete(parameters))
                },
                VarlinkMethod("Release") { (parameters: ReleaseParameters, _) in
                    AmendmentReply(result: try await terminal.release(parameters))
                },
                VarlinkMethod("Refund") { (parameters: RefundParameters, _) in
                    AmendmentReply(result: try await terminal.refund(parameters))
                },
                VarlinkMethod("Void") { (parameters: VoidParameters, _) in
                    AmendmentReply(result: try await terminal.void(parameters))
                },
                VarlinkMethod("ListPayments") { (parameters: ListPaymentsParameters, _) in
                    PaymentsReply(
                        payments: try await terminal.payments(
                            count: min(max(parameters.count ?? 20, 1), 1000), reference: parameters.reference))
                },
                VarlinkMethod("Explain") { (parameters: ExplainParameters, _) in
                    let language = try language(parameters.language)
                    guard (1...64).contains(parameters.payment.utf8.count) else { throw DiagnosticsError.unknownPayment }
                    return ExplainReply(try await terminal.decided(parameters.payment), in: language)
                },
                VarlinkMethod("ListProgrammes") { (_: NoParameters, _) in
                    ProgrammesReply(programmes: await terminal.programmes().map(ProgrammeReply.init))
                },
                VarlinkMethod("ShowProgramme") { (parameters: ProgrammeParameters, _) in
                    ProgrammeDataReply(try await programme(parameters.programme, of: terminal))
                },
                VarlinkMethod("ExplainProgramme") { (parameters: ProgrammeParameters, _) in
                    let language = try language(parameters.language)
                    let loaded = try await programme(parameters.programme, of: terminal)
                    return TextReply(text: loaded.programme.explained(in: language, on: loaded.today))
                },
                VarlinkMethod("Reconcile") { (parameters: ReconcileParameters, _) in
                    try await terminal.reconcile(parameters)
                },
                VarlinkMethod.streaming("ReadTag") { (parameters: ReadTagParameters, call) in
                    let reply = try await terminal.readTag(timeoutSeconds: parameters.timeoutSeconds) { prompt in
                        try? await call.reply(TagReply(prompt: prompt), continues: true)
                    }
                    try await call.reply(reply, continues: false)
                },
                VarlinkMethod.streaming("WriteTag") { (parameters: WriteTagParameters, call) in
                    let reply = try await terminal.writeTag(parameters) { prompt in
                        try? await call.reply(TagWrittenReply(prompt: prompt), continues: true)
                    }
                    try await call.reply(reply, continues: false)
                },
            ] + queueMethods(terminal) + journalMethods(terminal) + traceMethods(terminal))
    }

    private static func language(_ code: String?) throws(VarlinkError) -> Language {
        guard let language = Language(rawValue: code ?? Language.english.rawValue) else {
            throw .invalidParameter("language")
        }
        return language
    }

    private static func programme(_ id: String, of terminal: any TechnicianPort) async throws -> LoadedProgramme {
        guard let loaded = await terminal.programmes().first(where: { $0.programme.id == id }) else {
            throw DiagnosticsError.unknownProgramme
        }
        return loaded
    }

    /// `org.kassa.terminal.diagnostics.GetStatus`
    public static func method(_ method: String) -> String { "\(name).\(method)" }
}
