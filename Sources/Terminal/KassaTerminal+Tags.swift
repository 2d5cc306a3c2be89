import Core
import Diagnostics
import PCSC
import Payments
import SmartCard
import Tags
import Varlink

// Tags on a technician's order. Nothing is paid with what is read here.
extension KassaTerminal {
    public func readTag(
        timeoutSeconds: Int?, prompt: @escaping @Sendable (String) async -> Void
    ) async throws -> TagReply {
        let reader = try await presented(timeoutSeconds, prompt)
        return try await onTag(reader) { channel in
            let tag = try TagReader(channel).read()
            var reply = TagReply(uid: Hex.encode(tag.uid), kind: tag.kind.word, uri: TagRecord.address(tag.uri))
            reply.capacity = tag.kind.dataBytes
            reply.records = tag.ndef?.records.map(TagRecord.init)
            reply.problem = tag.problem?.word
            // Last: a chip that does not know the question leaves the field.
            if let chip = try Self.chip(tag, channel) {
                reply.chip = chip.version.model?.rawValue
                reply.genuine = chip.isGenuine
            }
            return reply
        }
    }

    public func writeTag(
        _ parameters: WriteTagParameters, prompt: @escaping @Sendable (String) async -> Void
    ) async throws -> TagWrittenReply {
        let message = try NDEFMessage(parameters.records)
        let bytes = try message.writable()
        let wanted = try parameters.uid.map { text throws(VarlinkError) in
            guard let uid = Hex.decode(text), (4...10).contains(uid.count) else { throw DiagnosticsError.malformedField("uid") }
            return uid
        }
        let reader = try await presented(parameters.timeoutSeconds, prompt)
        let (tag, chip) = try await onTag(reader) { channel in
            let tag = try TagReader(channel).read()
            return (tag, try? Self.chip(tag, channel)?.version)
        }
        guard wanted == nil || wanted == tag.uid else { throw DiagnosticsError.tagNotWritten("anotherTag", isTouched: false) }
        // A chip that did not know the question has left the field, and comes back by itself.
        let newest = await CardWait.card(in: reader, .any, within: .seconds(2), Cancellation())
        guard case .presented = newest else { throw DiagnosticsError.noCard }
        try await payersFirst()
        let hasBegun = Flag()
        let kind = try await onTag(reader, hasBegun) { channel in
            try TagWriter(channel).write(message, to: tag.uid, chip: chip) { hasBegun.raise() }
        }
        return TagWrittenReply(uid: Hex.encode(tag.uid), kind: kind.word, capacity: kind.dataBytes, bytes: bytes)
    }

    /// Waits for something in the field of the lane's reader.
    private func presented(
        _ timeoutSeconds: Int?, _ prompt: @escaping @Sendable (String) async -> Void
    ) async throws -> any CardReader {
        guard let reader = KassaTerminal.reader(of: system, for: configuration) else {
            throw DiagnosticsError.noReader
        }
        try await payersFirst()
        await prompt(CardPrompt.presentCard.rawValue)
        let timeout = cardTimeout(timeoutSeconds)
        guard case .presented = await CardWait.card(in: reader, .any, within: timeout, Cancellation()) else {
            throw DiagnosticsError.noCard
        }
        // What lies there now is the card of a payment that has begun meanwhile.
        try await payersFirst()
        return reader
    }

    /// - Throws: ``DiagnosticsError/busy(lane:)`` while the lane's reader waits for, or reads, the card of a payment.
    private func payersFirst() async throws {
        guard await !lane.isBusy else { throw DiagnosticsError.busy(lane: lane.name) }
    }

    /// - Parameter hasBegun: raised before the first command that changes the tag: from then on every failure says that it may have.
    private func onTag<Value: Sendable>(
        _ reader: any CardReader, _ hasBegun: Flag = Flag(), _ body: @escaping @Sendable (any CardChannel) throws -> Value
    ) async throws -> Value {
        do {
            return try await reader.withCard(body)
        } catch {
            throw TagTrouble.reply(to: error, hasBegun: hasBegun.isRaised)
        }
    }

    /// Of Type 2 tags: only NXP's answer, and know the question.
    private static func chip(_ tag: TagRead, _ channel: any CardChannel) throws(CardError) -> ChipIdentity? {
        guard case .type2 = tag.kind else { return nil }
        return try ChipIdentity(of: tag.uid, channel)
    }
}

extension TagKind {
    var word: String {
        switch self {
        case .type2: "type2"
        case .type3: "type3"
        case .type4: "type4"
        case .type5: "type5"
        case .classic: "classic"
        case .storage: "storage"
        case .smartCard: "smartCard"
        }
    }

    var dataBytes: Int? {
        switch self {
        case .type2(let bytes), .type3(let bytes), .type4(let bytes), .type5(let bytes), .classic(let bytes): bytes
        case .storage, .smartCard: nil
        }
    }
}

extension TagProblem {
    var word: String {
        switch self {
        case .refused: "refused"
        case .shortAnswer: "shortAnswer"
        case .truncatedBlock: "truncatedBlock"
        case .tooManyBlocks: "tooManyBlocks"
        case .message: "badMessage"
        case .badField(let field): "badField:\(field.rawValue)"
        case .interruptedWrite: "interruptedWrite"
        case .readProtected: "readProtected"
        case .authenticationRefused: "authenticationRefused"
        case .notFormatted: "notFormatted"
        case .readOnly: "readOnly"
        case .noRoom: "noRoom"
        case .notVerified: "notVerified"
        }
    }
}
