import Core
import Crypto
import HostProtocol
import Programmes

@testable import Varlink

extension Feed {
    /// Frames of the diagnostics socket and the calls in them. First byte: in what pieces they arrive.
    static func varlink(_ bytes: [UInt8]) throws {
        let limits = VarlinkLimits(maximumCallBytes: 4096)
        var framer = MessageFramer(limit: limits.maximumCallBytes)
        let piece = max(1, Int(bytes.first ?? 0) * 4)
        var rest = bytes.dropFirst()
        do throws(VarlinkProtocolError) {
            while !rest.isEmpty {
                framer.append(rest.prefix(piece))
                rest = rest.dropFirst(piece)
                while let message = try framer.next() {
                    if message.count > limits.maximumCallBytes { throw .messageTooLong(limit: -1) }
                    let call = try? CallHeader(message, maximumDepth: limits.maximumDepth)
                    let reply = try? ReplyHeader(message, maximumDepth: limits.maximumDepth)
                    if call != nil || reply != nil {
                        do { _ = try VarlinkJSON.parameters(VarlinkValue.self, of: message) } catch let error as DecodingError {
                            _ = VarlinkJSON.field(of: error, in: message)
                        } catch {}
                    }
                }
            }
        } catch {
            if error == .messageTooLong(limit: -1) { throw BrokenPromise("a message longer than its limit") }
        }
    }

    private static func wire<Value: Codable & Equatable>(_ type: Value.Type, _ body: [UInt8]) throws {
        guard let value = try? WireJSON.decode(type, from: body) else { return }
        guard let written = try? WireJSON.encode(value) else { return }
        let again = try? WireJSON.decode(type, from: written)
        try promise(again == value, "\(type) reads differently than it was written")
    }

    /// What host and terminal send each other, as it stands inside the signature. First byte: which message.
    static func hostAnswers(_ bytes: [UInt8]) throws {
        let body = Array(bytes.dropFirst())
        switch (bytes.first ?? 0) % 10 {
        case 0: try wire(LimitPage.self, body)
        case 1: try wire(BatchAnswer.self, body)
        case 2: try wire(RecordBatch.self, body)
        case 3: try wire(AuthorisationAnswer.self, body)
        case 4: try wire(AuthorisationRequest.self, body)
        case 5: try wire(HealthAnswer.self, body)
        case 6: try wire(ReconciliationAnswer.self, body)
        case 7: try wire(FailureAnswer.self, body)
        case 8: try wire(TagKeyAnswer.self, body)
        default: try wire(TagKeyRequest.self, body)
        }
    }

    private static let recipientKey = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: [UInt8](repeating: 0x22, count: 32))
    private static let exportKey = try? Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: 0x11, count: 32))

    /// What a journal's rows hold: records, decisions, lines of an export. First byte: which.
    static func journal(_ bytes: [UInt8]) throws {
        let body = Array(bytes.dropFirst())
        switch (bytes.first ?? 0) % 4 {
        case 0: try wire(JournalRecord.self, body)
        case 1:
            guard let decision = Decision(stored: String(decoding: body, as: UTF8.self)) else { return }
            // What is no text of ours comes back cleaned of control characters.
            let again = Decision(stored: decision.stored)
            try promise(again?.stored == decision.stored, "a decision reads differently than it was written")
        case 2:
            _ = QueueExport.claimedTerminal(line: body)
            if let key = exportKey?.publicKey { _ = try? QueueExport.read(QueueExport.Line.self, line: body, key: key) }
        default:
            let payment = UUIDv7(milliseconds: 1_795_262_400_000, random: Array(0..<10))
            let text = String(decoding: body, as: UTF8.self)
            _ = try? SealedEvidence.open(text, payment: payment, keys: [])
            if let recipientKey {
                let opened = try? TagSecrets(opening: text, version: "0123456789ABCDEF", terminal: "T1", key: recipientKey)
                if opened != nil { throw BrokenPromise("keys of tags that nobody sealed") }
            }
        }
    }
}
