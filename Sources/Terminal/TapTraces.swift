import Core
import Diagnostics
import Dispatch
import EMV
import SmartCard
import Tags

/// Taps recorded while a technician watches. What stands for the card is masked before anybody is told, beside the payment: that takes
/// longer the more a card says, and the till waits for no trace. Nothing is recorded while nobody watches.
public final class TapTraces: Sendable {
    private let news = Broadcast<TraceReply>(kept: 16)
    /// Masks in the order of the taps.
    private let masking = DispatchQueue(label: "kassa.traces", qos: .utility)

    public init() {}

    /// - Returns: nil while nobody watches.
    func recording(_ channel: any CardChannel) -> RecordingChannel? {
        news.hasListeners ? RecordingChannel(channel) : nil
    }

    /// - Parameter tag: what was said before, when the card was asked as a tag and was none of ours: it follows as remarks, so that
    ///   the transaction replays.
    func post(
        _ recording: RecordingChannel, after tag: RecordingChannel? = nil, of setting: Transcript.Setting, payment: UUIDv7, lane: String,
        at now: UTCInstant
    ) {
        let (said, asked) = (recording.exchanges, tag?.exchanges)
        masking.async { [self] in
            let transcript = Transcript(setting: setting, exchanges: said).masked
            let before = asked.map { Self.tagTranscript($0).text.split(separator: "\n").filter { "<>!".contains($0.prefix(1)) } } ?? []
            let title = "# asked as a tag before, and none of ours"
            let remarks = before.isEmpty ? "" : (["\(title):"] + before.map { "# \($0)" }).map { $0 + "\n" }.joined()
            // The transaction stays readable, however much a hostile card said before.
            let isWhole = remarks.utf8.count <= Transcript.greatestText - transcript.text.utf8.count
            post(transcript, isWhole ? remarks : "\(title), at too great length\n", payment, lane, now)
        }
    }

    /// The tap of a closed-loop tag.
    func post(tag recording: RecordingChannel, payment: UUIDv7, lane: String, at now: UTCInstant) {
        let said = recording.exchanges
        masking.async { [self] in post(Self.tagTranscript(said), "", payment, lane, now) }
    }

    private func post(_ transcript: Transcript, _ remarks: String, _ payment: UUIDv7, _ lane: String, _ now: UTCInstant) {
        news.post(
            TraceReply(
                payment: payment.description, lane: lane, at: now.milliseconds, exchanges: transcript.exchanges.count,
                transcript: transcript.text + remarks))
    }

    /// Masked by the rule for tags, and by that for cards after it.
    static func tagTranscript(_ said: [Transcript.Exchange]) -> Transcript {
        let masked = TagExchangeMask.masked(
            said.map { exchange in
                guard case .response(let bytes) = exchange.answer else { return .init(command: exchange.command, response: nil) }
                return .init(command: exchange.command, response: bytes)
            })
        let exchanges = zip(said, masked).map { exchange, masked in
            Transcript.Exchange(command: masked.command, answer: masked.response.map { .response($0) } ?? exchange.answer)
        }
        return Transcript(exchanges: exchanges).masked
    }

    func stream() -> AsyncStream<TraceReply> { news.stream() }
}
