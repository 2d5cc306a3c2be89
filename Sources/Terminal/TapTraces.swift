import Core
import Diagnostics
import EMV
import SmartCard

/// Taps recorded while a technician watches. What stands for the card is masked before it leaves the reader's thread, and
/// nothing is recorded while nobody watches.
public final class TapTraces: Sendable {
    private let news = Broadcast<TraceReply>(kept: 16)

    public init() {}

    /// - Returns: nil while nobody watches.
    func recording(_ channel: any CardChannel) -> RecordingChannel? {
        news.hasListeners ? RecordingChannel(channel) : nil
    }

    func post(
        _ recording: RecordingChannel, of setting: Transcript.Setting, payment: UUIDv7, lane: String, at now: UTCInstant
    ) {
        let transcript = Transcript(setting: setting, exchanges: recording.exchanges).masked
        news.post(
            TraceReply(
                payment: payment.description, lane: lane, at: now.milliseconds, exchanges: transcript.exchanges.count,
                transcript: transcript.text))
    }

    func stream() -> AsyncStream<TraceReply> { news.stream() }
}
