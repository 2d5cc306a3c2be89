import Core
import Programmes

/// What the interface needs of a terminal. Errors thrown are ``DiagnosticsError`` or become `InternalError`.
public protocol TechnicianPort: QueuePort, JournalPort {
    func status() async -> StatusReply
    func readers() async -> ReadersReply
    func queue(limit: Int, setAside: Bool) async throws -> QueueReply
    /// - Parameter news: prompts and messages on the way to the payment's answer.
    func pay(_ parameters: PayParameters, news: @escaping @Sendable (PayReply) async -> Void) async throws -> PayReply
    func complete(_ parameters: CompleteParameters) async throws -> AmendmentResult
    func release(_ parameters: ReleaseParameters) async throws -> AmendmentResult
    func refund(_ parameters: RefundParameters) async throws -> AmendmentResult
    func void(_ parameters: VoidParameters) async throws -> AmendmentResult
    /// The newest first; `count` is 1…1000.
    /// With a reference: the payment that has it.
    func payments(count: Int, reference: String?) async throws -> [PaymentReply]
    /// - Parameter name: an id, the unique beginning of one, or a till's reference; 1…64 bytes.
    /// - Throws: ``DiagnosticsError/unknownPayment``, ``DiagnosticsError/ambiguousPayment(count:)``.
    func decided(_ name: String) async throws -> DecidedPayment
    func programmes() async -> [LoadedProgramme]
    /// - Throws: ``DiagnosticsError/malformedField(_:)`` for a scope that is none.
    func reconcile(_ parameters: ReconcileParameters) async throws -> ReconcileReply
    func readTag(timeoutSeconds: Int?, prompt: @escaping @Sendable (String) async -> Void) async throws -> TagReply
    /// - Throws: also ``DiagnosticsError/tagNotWritten(_:isTouched:)``, ``DiagnosticsError/malformedField(_:)``.
    func writeTag(
        _ parameters: WriteTagParameters, prompt: @escaping @Sendable (String) async -> Void
    ) async throws -> TagWrittenReply
    /// Watches the lane's next taps, their card data masked. The first news is a prompt alone.
    /// - Parameter count: 1…``TraceTapsParameters/mostTaps``.
    /// - Throws: ``DiagnosticsError/noCard`` when fewer came in time.
    func trace(count: Int, timeoutSeconds: Int?, onNews: @escaping @Sendable (TraceReply) async throws -> Void) async throws
}

/// A payment that the terminal has decided, as its store keeps it.
public struct DecidedPayment: Sendable {
    public var payment: UUIDv7
    public var asked: Money
    public var decision: Decision
    /// Names its purses; nil when the programme is no longer here, or no instrument was read.
    public var programme: Programme?

    public init(payment: UUIDv7, asked: Money, decision: Decision, programme: Programme?) {
        self.payment = payment
        self.asked = asked
        self.decision = decision
        self.programme = programme
    }
}

/// A programme in use.
public struct LoadedProgramme: Sendable {
    public var programme: Programme
    /// The file it was read from; the name alone for a shipped one.
    public var file: String
    /// Now in the programme's zone, by the terminal's trusted time.
    public var today: CivilDate

    public init(programme: Programme, file: String, today: CivilDate) {
        self.programme = programme
        self.file = file
        self.today = today
    }
}
