import HostProtocol

extension HostLink {
    /// Sends what the terminal holds of a scope, and gives what the host holds of it.
    public func reconcile(
        _ request: ReconciliationRequest, timeout: Duration = .seconds(60)
    ) async throws(LinkFailure) -> ReconciliationAnswer {
        try await ask(HostPath.reconciliations, request, timeout: timeout) { [configuration] bytes throws(LinkFailure) in
            try AnswerCheck.reconciliation(bytes, request: request, terminal: configuration.terminal)
        }
    }
}

extension AnswerCheck {
    static func reconciliation(
        _ bytes: [UInt8], request: ReconciliationRequest, terminal: String
    ) throws(LinkFailure) -> ReconciliationAnswer {
        let answer = try decode(ReconciliationAnswer.self, bytes)
        try requireAnswer(
            answer.type == .reconciliation, of: (answer.terminal, answer.nonce), to: (terminal, request.nonce))
        try require(answer.lines.count <= ReconciliationRequest.maximumLines, "lines")
        try require(answer.digest.count == 32 || answer.digest.isEmpty, "digest")
        let records = answer.records
        try require(records.count <= ReconciliationAnswer.maximumRecords, "records")
        // In order, within what was asked for, and each page after the one before: a list that never ends is none.
        let asked = request.scope.sequences
        try require(
            records.allSatisfy { asked.contains($0.sequence) && $0.bodyHash.count == 32 }
                && zip(records, records.dropFirst()).allSatisfy(ReconciledRecord.precedes), "records")
        if let after = request.after, let first = records.first {
            try require((after.sequence, after.id) < (first.sequence, first.id), "records")
        }
        let last = records.last.map { ReconciliationPosition(sequence: $0.sequence, id: $0.id) }
        try require(answer.next == nil || answer.next == last, "next")
        return answer
    }
}
