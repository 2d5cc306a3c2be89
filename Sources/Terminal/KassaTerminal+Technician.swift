import CLinux
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
import Workers

extension KassaTerminal: TechnicianPort {
    public func status() async -> StatusReply {
        let now = clock.now
        let link = linkReply()
        let readers = system.readers
        var queue: QueueSummaryReply?
        var storeReply: StoreReply
        do {
            // A step of the journal's check each time: the lanes don't wait for the whole of it.
            let walk: @Sendable (PaymentStore) throws -> Bool = { [self] store in
                var walk = chain.withLock { $0 }
                try store.step(&walk)
                let stepped = walk
                chain.withLock { $0 = stepped }
                return walk.broken == nil
            }
            let facts = try await storeThread.run { [store] in
                StoreFacts(
                    queue: try store.queueSummary(), version: try store.limitVersion(), accounts: try store.accountCount(),
                    stops: try store.stopCount(), isCurrent: try store.isCurrent(),
                    position: (try? store.limitPosition())?.incarnation,
                    hasSnapshot: ((try? store.snapshotPosition()) ?? nil) != nil,
                    age: try store.terminalState(currency: .eur, now: now, hostReachable: false).cacheAge,
                    isWhole: try walk(store))
            }
            queue = QueueSummaryReply(facts.queue)
            // Readable is not enough: no payment starts before interrupted ones are closed.
            storeReply = StoreReply(
                state: !facts.isCurrent ? "forwardOnly" : isReady ? "ok" : "opening", remedy: facts.isCurrent ? nil : StoreError.notCurrent.remedy,
                limitVersion: facts.version, accounts: facts.accounts, journalWhole: facts.isWhole,
                tables: facts.isCurrent ? "current" : "forwardOnly", stopListEntries: facts.stops,
                incarnation: facts.position.map { String($0) }, snapshotUnderWay: facts.hasSnapshot,
                cacheSharePercent: programmes.map { Int($0.offlineShare(atAge: facts.age)) }.min())
        } catch {
            let error = error as? StoreError ?? .failed(code: -1)
            storeReply = StoreReply(state: "\(error)", remedy: error.remedy)
        }
        let bounced = try? await storeThread.run { [store] in try store.declinedSummary() }
        return StatusReply(
            version: KassaTerminal.version, terminal: configuration.terminal,
            merchant: try? await storeThread.run { [store] in try store.merchant() }, time: now.instant.milliseconds,
            timeAnchored: now.anchored, service: serviceWord, readers: readers.count, link: link, queue: queue,
            store: storeReply, cpuMicroseconds: kassa_process_cpu_microseconds(),
            findings: findings(now, link, queue, storeReply, readers, bounced) + certificateFindings()
                + (await journalFindings()) + (await reconciliationFindings()),
            declined: bounced.map { DeclinedSummaryReply($0) }, certificates: certificates())
    }

    public func readers() async -> ReadersReply {
        let wanted = KassaTerminal.reader(of: system, wanted: configuration.lane.reader)?.name
        return ReadersReply(
            service: serviceWord,
            readers: system.readers.map { status in
                var answer: String?
                if case .card(let bytes, _) = status.state { answer = Hex.encode(bytes) }
                return ReaderReply(
                    name: status.name, state: status.word, answerToReset: answer, since: status.since.milliseconds,
                    lane: status.name == wanted ? lane.name : nil)
            })
    }

    public func queue(limit: Int) async throws -> QueueReply {
        try await onStore { store in
            QueueReply(
                queue: QueueSummaryReply(try store.queueSummary()),
                records: try store.queue(limit: limit).map { record in
                    QueuedRecordReply(
                        sequence: record.sequence, record: record.id.description, payment: record.payment.description,
                        kind: record.kind.rawValue, amount: AmountReply(record.amount), quarantined: record.quarantined)
                })
        }
    }

    public func pay(
        _ parameters: PayParameters, prompt: @escaping @Sendable (String) async -> Void
    ) async throws -> PayReply {
        let request = try parameters.purchaseRequest()
        try check(parameters.reference)
        guard isReady else { throw DiagnosticsError.storeUnavailable("the store is not open; see status") }
        return try await pay(
            request, reference: parameters.reference, timeoutSeconds: parameters.timeoutSeconds, prompt: prompt)
    }

    func pay(
        _ request: PurchaseRequest, reference: String?, timeoutSeconds: Int?,
        prompt: @escaping @Sendable (String) async -> Void
    ) async throws -> PayReply {
        let timeout = timeoutSeconds.map { Duration.seconds(min(max($0, 1), 600)) }
        do {
            let receipt = try await lane.pay(
                request, reference: reference, timeout: timeout ?? configuration.lane.cardTimeout
            ) { await prompt($0.rawValue) }
            let stored = try? await onStore { try $0.payment(receipt.result.payment) }
            var reply = PayReply(receipt, programme(stored?.programme))
            reply.reversal = try? await onStore { store in try stored.flatMap { try store.reversal(of: $0)?.rawValue } }
            reply.open = await offers(after: receipt.result.payment)
            return reply
        } catch Lane.Failure.busy {
            throw DiagnosticsError.busy(lane: lane.name)
        }
    }

    public func readTag(
        timeoutSeconds: Int?, prompt: @escaping @Sendable (String) async -> Void
    ) async throws -> TagReply {
        guard let reader = KassaTerminal.reader(of: system, wanted: configuration.lane.reader) else {
            throw DiagnosticsError.noReader
        }
        let timeout = timeoutSeconds.map { Duration.seconds(min(max($0, 1), 600)) } ?? configuration.lane.cardTimeout
        await prompt(CardPrompt.presentCard.rawValue)
        guard case .presented = await CardWait.card(in: reader, newerThan: nil, within: timeout, Cancellation()) else {
            throw DiagnosticsError.noCard
        }
        do {
            return try await reader.withCard { channel in
                let tag = try TagReader(channel).read()
                return TagReply(uid: Hex.encode(tag.uid), kind: "\(tag.kind)", uri: tag.uri)
            }
        } catch let error as CardError {
            throw error.isCardLoss ? DiagnosticsError.noCard : DiagnosticsError.notATag("\(error)")
        } catch {
            throw DiagnosticsError.notATag("\(error)")
        }
    }

    // MARK: Words

    func onStore<Value: Sendable>(_ body: @escaping @Sendable (PaymentStore) throws -> Value) async throws -> Value {
        do {
            return try await storeThread.run { [store] in try body(store) }
        } catch {
            throw DiagnosticsError.storeUnavailable((error as? StoreError)?.remedy ?? "\(error)")
        }
    }

    private var serviceWord: String {
        if system.isServiceUp { return "up" }
        return system.outage.map { "\($0)" } ?? "starting"
    }

    private func linkReply() -> LinkReply {
        let state = link.state
        let boot = clock.bootMilliseconds
        switch state.reach {
        case .starting:
            return LinkReply(
                state: "starting", nextAttemptInMilliseconds: state.nextAttempt(in: boot), lastContact: state.lastContact)
        case .reachable(let since):
            return LinkReply(state: "reachable", sinceMilliseconds: boot - since, lastContact: state.lastContact)
        case .unreachable(let since, let reason, _):
            return LinkReply(
                state: "unreachable", reason: "\(reason)", sinceMilliseconds: boot - since,
                nextAttemptInMilliseconds: state.nextAttempt(in: boot), lastContact: state.lastContact)
        }
    }

    private func findings(
        _ now: TrustedTime, _ link: LinkReply, _ queue: QueueSummaryReply?, _ store: StoreReply, _ readers: [ReaderStatus],
        _ bounced: DeclinedSummary?
    ) -> [FindingReply] {
        var findings: [FindingReply] = []
        if let remedy = store.remedy {
            findings.append(
                FindingReply(
                    severity: "error", what: "the store can't be used (\(store.state))",
                    whoIsHurt: "every payer: no payment is taken", remedy: remedy))
        }
        switch self.store.reserve.standing {
        case .none, .held: break
        case .used:
            findings.append(
                FindingReply(
                    severity: "error", what: "the disk is full: payments are stored in the space that was kept for them",
                    whoIsHurt: "soon every payer",
                    remedy: "free space on the disk of \(self.store.path); the daemon goes on by itself"))
        case .missing where isReady:
            findings.append(
                FindingReply(
                    severity: "warning",
                    what: "no space is kept for waiting payments: \(self.store.reserve.bytes >> 20) MB are wanted",
                    whoIsHurt: "payments, when the disk is full",
                    remedy: "free space on the disk of \(self.store.path), or lower reserve_megabytes"))
        case .missing: break
        }
        if store.journalWhole == false {
            findings.append(
                FindingReply(
                    severity: "error", what: "the journal is not whole", whoIsHurt: "the merchant's proof",
                    remedy: "see kassactl journal verify; keep the file and call support"))
        }
        if !system.isServiceUp {
            findings.append(
                FindingReply(
                    severity: "error", what: "no PC/SC service (\(serviceWord))", whoIsHurt: "every payer with a card",
                    remedy: "start pcscd: systemctl start pcscd.socket"))
        } else if KassaTerminal.reader(of: system, wanted: configuration.lane.reader) == nil {
            findings.append(
                FindingReply(
                    severity: "error",
                    what: readers.isEmpty ? "no reader" : "no usable reader named \(configuration.lane.reader)",
                    whoIsHurt: "every payer with a card", remedy: "plug the reader in; see kassactl readers"))
        }
        if link.state == "unreachable" {
            findings.append(
                FindingReply(
                    severity: "warning", what: "the host does not answer: \(link.reason ?? "unknown")",
                    whoIsHurt: "cards without an offline allowance (CARD-21)",
                    remedy: "check the network; what is approved meanwhile is kept and sent later"))
        }
        if !now.anchored {
            findings.append(
                FindingReply(
                    severity: "warning", what: "no host time since boot", whoIsHurt: "offline payments (ALL-4)",
                    remedy: "let the terminal reach its host once"))
        }
        if let queue, queue.quarantined > 0 {
            findings.append(
                FindingReply(
                    severity: "error", what: "\(queue.quarantined) record(s) refused by the host",
                    whoIsHurt: "the merchant's settlement", remedy: "see kassactl queue; call support"))
        }
        if let bounced, bounced.open > 0 {
            let sums = bounced.amounts.map(\.description).joined(separator: ", ")
            findings.append(
                FindingReply(
                    severity: "warning", what: "\(bounced.open) payment(s) declined later by the host: \(sums)",
                    whoIsHurt: "the merchant, who has not been paid; their cards, which pay nothing offline here",
                    remedy: "kassactl queue declined; then queue collect PAYMENT with the card, or queue give-up PAYMENT"))
        }
        return findings
    }
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

extension QueueSummaryReply {
    init(_ summary: QueueSummary) {
        self.init(
            approvals: summary.approvals, advices: summary.advices, quarantined: summary.quarantined,
            exposure: summary.exposure.map(AmountReply.init))
    }
}

/// What the status tells of the store.
private struct StoreFacts: Sendable {
    var queue: QueueSummary
    var version: Int64
    var accounts: Int
    var stops: Int
    var isCurrent: Bool
    var position: Int64?
    var hasSnapshot: Bool
    var age: Int64?
    var isWhole: Bool
}

extension PayReply {
    init(_ receipt: Lane.Receipt, _ programme: Programme?) {
        let result = receipt.result
        let decision = result.decision
        self.init()
        payment = result.payment.description
        outcome = decision.outcome.rawValue
        rule = decision.rule.rawValue
        reason = decision.reason.rawValue
        sentence = SentenceReply(decision.sentence)
        amount = AmountReply(result.amount)
        approved = AmountReply(decision.approvedAmount)
        online = result.online
        authorisationCode = result.authorisationCode
        available = decision.availableAfter.map(AmountReply.init)
        cardBalance = result.cardBalance.map(AmountReply.init)
        maskedCard = result.maskedCard
        sequence = result.sequence
        tapMicroseconds = receipt.tapMicroseconds
        cardMicroseconds = receipt.cardMicroseconds
        trace = decision.trace.map(VerdictReply.init)
        due = AmountReply(decision.due(of: result.amount))
        split = ShareReply.all(decision, programme)
        lines = decision.lines.map(LineReply.init)
        valueDate = decision.valueDate?.description
        provisional = decision.isProvisional
    }
}
