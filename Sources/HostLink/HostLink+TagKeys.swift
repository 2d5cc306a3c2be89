import HostProtocol

extension HostLink {
    /// Asks for the keys of closed-loop tags, sealed to `request.recipient`. They are not opened here.
    public func tagKeys(
        _ request: TagKeyRequest, timeout: Duration = .seconds(15)
    ) async throws(LinkFailure) -> TagKeyAnswer {
        let terminal = configuration.terminal
        do throws(HostClient.Failure) {
            let bytes = try await client.post(HostPath.tagKeys, try encode(request), limit: Self.answerLimit, timeout: timeout)
            let answer = try checked { () throws(LinkFailure) in
                try AnswerCheck.tagKeys(bytes, request: request, terminal: terminal)
            }
            heard()
            return answer
        } catch {
            report(error, of: nil)
            throw error.cause
        }
    }
}

extension AnswerCheck {
    static func tagKeys(_ bytes: [UInt8], request: TagKeyRequest, terminal: String) throws(LinkFailure) -> TagKeyAnswer {
        let answer = try decode(TagKeyAnswer.self, bytes)
        try require(answer.type == .tagKeys, "type")
        try require(answer.terminal == terminal, "terminal")
        try require(answer.nonce == request.nonce, "nonce")
        try require(TagSecrets.isVersion(answer.version), "version")
        try require((answer.sealed?.utf8.count ?? 0) <= TagSecrets.maximumEnvelope, "sealed")
        // Nothing to open is right for nothing new alone.
        try require(answer.sealed != nil || answer.version == request.known, "sealed")
        return answer
    }
}
