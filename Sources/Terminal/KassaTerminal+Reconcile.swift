import Core
import Diagnostics
import HostLink
import HostProtocol
import Logging
import Store
import Workers

extension KassaTerminal {
    var reconciler: Reconciler {
        Reconciler(
            store: store, thread: storeThread, exchange: { [link] in try await link.reconcile($0) },
            nonce: { [clock] in Fresh.id(at: clock.now.instant) },
            recordsReturned: { [link] in
                link.recordsReturned()
                link.probeSoon()
            },
            compared: { [logger] in Self.tell($0, logger) })
    }

    /// Compares each day with the host once it is over and everything has been sent. Looks twice a minute: nothing waits for
    /// it.
    func reconcileDays() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(30))
            guard isReady, link.state.isReachable, clock.now.anchored, !Task.isCancelled else { continue }
            do {
                _ = try await reconciler.catchUp(at: clock.now.instant)
            } catch {
                logger.warning("not reconciled", metadata: ["error": "\(error)"])
            }
        }
    }

    private static func tell(_ outcome: ReconciliationOutcome, _ logger: Logger) {
        guard !outcome.agrees else {
            logger.info("reconciled", metadata: ["scope": "\(outcome.scope)", "records": "\(outcome.records)"])
            return
        }
        logger.error(
            "records differ from the host's",
            metadata: ["scope": "\(outcome.scope)", "differences": "\(outcome.comparison.total)"])
    }

    /// What the last comparison left to people.
    func reconciliationFindings() async -> [FindingReply] {
        guard let state = try? await storeThread.run({ [store] in try store.reconciliationState() }) else { return [] }
        let open = state.differences.filter { $0.difference.kind != .missingAtHost }
        guard !open.isEmpty else { return [] }
        return [
            FindingReply(
                severity: "error", what: "\(open.count) record(s) differ from the host's",
                whoIsHurt: "the merchant's settlement", remedy: "see kassactl reconcile; call support")
        ]
    }

    public func reconcile(_ parameters: ReconcileParameters) async throws -> ReconcileReply {
        let today = CivilDate(daysSince1970: clock.now.instant.milliseconds / 86_400_000)
        guard let scope = ReconciliationScope(parameters.scope ?? today.description) else {
            throw DiagnosticsError.malformedField("scope")
        }
        do {
            let outcome = try await reconciler.compare(scope)
            Self.tell(outcome, logger)
            try await reconciler.noteMended(outcome)
            return ReconcileReply(outcome)
        } catch let error as LinkFailure {
            return ReconcileReply(scope: scope.description, unreachable: error.words)
        } catch let error as StoreError {
            throw DiagnosticsError.store(error)
        }
    }
}

extension ReconcileReply {
    init(_ outcome: ReconciliationOutcome) {
        var lines: [ReconcileLineReply] = []
        func place(_ line: ReconciliationLine) -> Int {
            let found = lines.firstIndex {
                $0.programme == line.programme && $0.kind == line.kind && $0.currency == line.currency.code
            }
            if let found { return found }
            lines.append(ReconcileLineReply(programme: line.programme, kind: line.kind, currency: line.currency.code))
            return lines.count - 1
        }
        func side(_ line: ReconciliationLine) -> ReconcileSideReply {
            ReconcileSideReply(
                count: Int(clamping: line.count), amount: AmountReply(Money(minorUnits: line.amount, currency: line.currency)),
                approved: AmountReply(Money(minorUnits: line.approved, currency: line.currency)))
        }
        for line in outcome.lines { lines[place(line)].terminal = side(line) }
        for line in outcome.hostLines { lines[place(line)].host = side(line) }
        let named = outcome.comparison.differences.prefix(1000)
        self.init(
            scope: outcome.scope.description, unreachable: nil, agrees: outcome.agrees,
            records: Int(clamping: outcome.records), lines: lines,
            differences: named.map {
                ReconcileDifferenceReply(kind: $0.kind.rawValue, sequence: $0.sequence, record: $0.id.description)
            },
            unnamed: outcome.comparison.total - named.count, forwardedAgain: outcome.forwardedAgain)
    }
}
