import HostProtocol

extension HostLink {
    /// Asks for the keys of closed-loop tags, sealed to `request.recipient`. They are not opened here.
    public func tagKeys(
        _ request: TagKeyRequest, timeout: Duration = .seconds(15)
    ) async throws(LinkFailure) -> TagKeyAnswer {
        try await ask(HostPath.tagKeys, request, timeout: timeout) { [configuration] bytes throws(LinkFailure) in
            try AnswerCheck.tagKeys(bytes, request: request, terminal: configuration.terminal)
        }
    }
}

extension AnswerCheck {
    static func tagKeys(_ bytes: [UInt8], request: TagKeyRequest, terminal: String) throws(LinkFailure) -> TagKeyAnswer {
        let answer = try decode(TagKeyAnswer.self, bytes)
        try requireAnswer(
            answer.type == .tagKeys, of: (answer.terminal, answer.nonce), to: (terminal, request.nonce))
        try require(TagSecrets.isVersion(answer.version), "version")
        try require((answer.sealed?.utf8.count ?? 0) <= TagSecrets.maximumEnvelope, "sealed")
        // Nothing to open is right for nothing new alone.
        try require(answer.sealed != nil || answer.version == request.known, "sealed")
        return answer
    }
}
