import Core
import Diagnostics
import Foundation
import HostLink
import HostProtocol
import PCSC
import Payments
import Programmes
import SmartCard
import Store
import Synchronization
import Tags
import Varlink
import Workers

extension KassaTerminal: TechnicianPort {
    public func readers() async -> ReadersReply {
        let wanted = KassaTerminal.assignment(of: system, for: configuration)
        return ReadersReply(
            service: serviceWord,
            readers: system.readers.map { status in
                var answer: String?
                if case .card(let bytes, _) = status.state { answer = Hex.encode(bytes) }
                return ReaderReply(
                    name: status.name, state: status.word, answerToReset: answer, since: status.since.milliseconds,
                    lane: wanted == .reader(status.name) ? lane.name : nil, identity: status.identity?.key,
                    usb: status.identity?.usbID)
            })
    }

    public func queue(limit: Int, setAside: Bool) async throws -> QueueReply {
        let now = clock.now.instant
        return try await onStore { store in
            QueueReply(
                queue: QueueSummaryReply(try store.queueSummary(), oldest: try store.oldestWaiting(), now: now),
                records: try store.queue(limit: limit, setAside: setAside).map { record in
                    QueuedRecordReply(
                        sequence: record.sequence, record: record.id.description, payment: record.payment.description,
                        kind: record.kind.rawValue, amount: AmountReply(record.amount), quarantined: record.quarantined)
                })
        }
    }

    public func pay(
        _ parameters: PayParameters, news: @escaping @Sendable (PayReply) async -> Void
    ) async throws -> PayReply {
        let request = try parameters.purchaseRequest()
        try check(parameters.reference)
        try checkReady()
        return try await pay(
            request, reference: parameters.reference, timeoutSeconds: parameters.timeoutSeconds, news: news)
    }

    func pay(
        _ request: PurchaseRequest, reference: String?, timeoutSeconds: Int?,
        news: @escaping @Sendable (PayReply) async -> Void
    ) async throws -> PayReply {
        do {
            let receipt = try await lane.pay(
                request, reference: reference, timeout: cardTimeout(timeoutSeconds)
            ) { await news(PayReply($0)) }
            let stored = try? await onStore { try $0.payment(receipt.result.payment) }
            var reply = PayReply(receipt, programme(stored?.programme))
            reply.reversal = try? await onStore { store in try stored.flatMap { try store.reversal(of: $0)?.rawValue } }
            reply.open = await offers(after: receipt.result.payment, by: receipt.instrument)
            return reply
        } catch Lane.Failure.busy {
            throw DiagnosticsError.busy(lane: lane.name)
        }
    }

    // MARK: What the methods share

    /// No payment starts before interrupted ones are closed.
    func checkReady() throws {
        guard isReady else { throw DiagnosticsError.storeUnavailable("the store is not open yet: see kassactl status") }
    }

    /// 1 to 600 s; the lane's own when none is asked for.
    func cardTimeout(_ seconds: Int?) -> Duration {
        seconds.map { Duration.seconds(min(max($0, 1), 600)) } ?? configuration.lane.cardTimeout
    }

    /// A job on the store's thread. What goes wrong there is told with its remedy.
    func onStore<Value: Sendable>(_ body: @escaping @Sendable (PaymentStore) throws -> Value) async throws -> Value {
        do {
            return try await storeThread.run { [store] in try body(store) }
        } catch {
            throw DiagnosticsError.store(error)
        }
    }
}

extension DiagnosticsError {
    static func store(_ error: any Error) -> VarlinkError { storeUnavailable((error as? StoreError)?.remedy ?? "\(error)") }
}

extension ReaderStatus {
    var word: String {
        switch state {
        case .empty: "empty"
        case .card: "card"
        case .mute: "mute"
        case .unavailable: "unavailable"
        case .stuck: "stuck"
        }
    }
}
