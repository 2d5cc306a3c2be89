import Core
import Diagnostics
import HostLink
import HostProtocol
import Logging
import Programmes
import Store
import Workers

extension KassaTerminal {
    static func makeTagKeeper(
        _ configuration: TerminalConfiguration, _ trust: TrustBundle, _ link: HostLink, _ clock: SystemClock
    ) throws -> TagKeyKeeper {
        TagKeyKeeper(
            safe: try TagKeySafe(
                stateDirectory: configuration.stateDirectory, terminal: configuration.terminal, deviceKey: trust.deviceKey,
                hostSigningKey: trust.hostSigningKey),
            layout: configuration.tags,
            ports: TagKeyKeeper.Ports(
                ask: { request in
                    do throws(LinkFailure) {
                        return .success(try await link.tagKeys(request))
                    } catch {
                        return .failure(error)
                    }
                },
                nonce: { Fresh.id(at: clock.now.instant) }))
    }

    /// Until cancelled: asks for the keys of closed-loop tags when the host has others than are kept, while the merchant takes
    /// tags; forgets them when a page of limits says that it takes none any more.
    func keepTagKeys() async {
        let cap = min(Duration.seconds(900), configuration.host.retryCap)
        let step = min(Duration.seconds(5), cap)
        var schedule = TagKeySchedule(cap: cap.wholeMilliseconds)
        var lookedAt: Int64?
        var last: TagKeyKeeper.Outcome?
        while !Task.isCancelled {
            try? await Task.sleep(for: step)
            let state = link.state
            guard isReady, state.isReachable, let sync = state.lastSync, !Task.isCancelled else { continue }
            let isDue = schedule.isDue(
                kept: tagKeeper.keptVersion, told: state.tagKeys, now: clock.bootMilliseconds,
                span: link.span.wholeMilliseconds, random: Double.random(in: 0...1))
            guard isDue || lookedAt != sync.version else { continue }
            guard let takesTags = await takesTags() else { continue }
            lookedAt = sync.version
            guard takesTags else {
                if tagKeeper.standing != .none {
                    tagKeeper.forget()
                    logger.notice("tag keys forgotten: no programme with tags is enrolled")
                }
                continue
            }
            guard isDue else { continue }
            let outcome = await tagKeeper.turn()
            schedule.asked(outcome, at: clock.bootMilliseconds, random: Double.random(in: 0...1))
            if case .settled = outcome {
                logger.notice("tag keys taken over", metadata: ["version": "\(tagKeeper.keptVersion ?? "-")"])
            } else if outcome != last {
                logger.warning("tag keys", metadata: ["outcome": "\(outcome)"])
            }
            last = outcome
        }
    }

    /// Whether tags pay from a programme that the merchant is enrolled with; nil: not known now.
    private func takesTags() async -> Bool? {
        guard let enrolled = try? await storeThread.run({ [store] in try store.enrolledProgrammes() }), !enrolled.isEmpty else {
            return nil
        }
        return programmes.contains { $0.instruments.kinds.contains(.tag) && enrolled.contains($0.id) }
    }

    func tagKeyFindings() -> [FindingReply] { TagKeyAlarms.findings(tagKeeper.standing) }
}

/// What a technician is told of the keys of closed-loop tags.
enum TagKeyAlarms {
    static func findings(_ standing: TagKeyKeeper.Standing) -> [FindingReply] {
        switch standing {
        case .none, .held(_, _, isKept: true): []
        case .held(_, _, isKept: false):
            [
                FindingReply(
                    severity: "error", what: "the keys of tags can't be kept", whoIsHurt: "payers with a tag, after the next start",
                    remedy: "make the state directory writable, and room on its disk")
            ]
        case .unreadable(let problem):
            [
                FindingReply(
                    severity: "error", what: "the keys of tags can't be opened: \(problem.words)",
                    whoIsHurt: "payers with a tag: none is taken",
                    remedy: "let the terminal reach its host: it asks for them anew; if nobody has replaced its device key, find out who wrote"
                        + " \(TagKeySafe.file) in its state directory")
            ]
        }
    }
}
