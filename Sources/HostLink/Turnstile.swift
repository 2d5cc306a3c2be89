/// Lets one through at a time, in the order of arrival.
actor Turnstile {
    private var taken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func pass<Value: Sendable>(_ work: @Sendable () async throws -> Value) async rethrows -> Value {
        if taken {
            await withCheckedContinuation { waiting.append($0) }
        } else {
            taken = true
        }
        defer { leave() }
        return try await work()
    }

    private func leave() {
        if waiting.isEmpty {
            taken = false
        } else {
            waiting.removeFirst().resume()
        }
    }
}
