import Diagnostics
import Payments
import Varlink

extension KassaTerminal {
    public func trace(
        count: Int, timeoutSeconds: Int?, onNews: @escaping @Sendable (TraceReply) async throws -> Void
    ) async throws {
        let stream = traces.stream()
        try await onNews(TraceReply(prompt: CardPrompt.presentCard.rawValue))
        let seconds = min(max(timeoutSeconds ?? TraceTapsParameters.defaultTimeout, 1), TraceTapsParameters.longestTimeout)
        let found = try await withThrowingTaskGroup(of: Int?.self) { group in
            group.addTask {
                var found = 0
                for await tap in stream {
                    found += 1
                    try await onNews(tap)
                    if found == count { break }
                }
                return found
            }
            group.addTask {
                try? await Task.sleep(for: .seconds(seconds))
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        guard found == count else { throw DiagnosticsError.noCard }
    }
}
