import Core
import Diagnostics
import Foundation
import HostLink
import HostProtocol
import Logging
import Synchronization

extension KassaTerminal {
    /// Between two turns when all is well; while the host's certificate is being rotated, no more than the retry cap.
    private static let certificateInterval = Duration.seconds(3600)

    static func makeKeeper(
        _ configuration: TerminalConfiguration, _ trust: TrustBundle, _ link: HostLink, _ settings: HostLinkConfiguration,
        _ clock: SystemClock, logger: Logger
    ) -> CertificateKeeper {
        let exchange = CertificateExchange(settings)
        return CertificateKeeper(
            files: CertificateFiles(
                stateDirectory: configuration.stateDirectory, terminal: configuration.terminal, bundled: trust.host,
                signingKey: trust.hostSigningKey),
            bundled: trust.host, deviceKey: trust.deviceKey,
            ports: CertificateKeeper.Ports(
                ask: { request, pins, identity in
                    await exchange.ask(request, pinnedCertificates: pins, identity: identity)
                },
                adopt: { pins, identity in
                    do throws(LinkConfigurationError) {
                        try link.adopt(pinnedCertificates: pins, identity: identity)
                    } catch {
                        logger.error("certificates not taken over", metadata: ["reason": "\(error)"])
                    }
                },
                now: { clock.now.instant }, nonce: { Fresh.id(at: clock.now.instant) }))
    }

    /// Until cancelled. A turn that failed is tried again soon, and at once when the link has found the host; one that
    /// went well, once an hour, when the host lets the link in no more, or when it is known by other certificates or another
    /// sealing key than before: its signs of life say so. One that does not say may have new ones when it was away.
    func keepCertificates() async {
        let cap = min(Duration.seconds(900), configuration.host.retryCap)
        let step = min(Duration.seconds(5), cap)
        // The first visit waits its turn with the link's: the others may have been off for as long.
        while !Task.isCancelled, !link.state.hasBegun || link.state.firstAttemptAt != nil {
            try? await Task.sleep(for: .milliseconds(100))
        }
        var failures = 0
        // Asked for once, whatever comes of it: then by the hour.
        var hurriedFor: String?
        while !Task.isCancelled {
            let asked = clock.bootMilliseconds
            let outcome = await keeper.turn()
            note(outcome)
            let isGood = outcome == .settled || outcome == .notOffered
            failures = isGood ? 0 : min(failures + 1, 16)
            if isGood, !link.state.isReachable { link.probeSoon() }
            let usual = keeper.trust.certificates.count > 1 ? cap : Self.certificateInterval
            var left = isGood ? usual : min(cap, .milliseconds(500 << failures))
            // Terminals that were switched on together do not ask together.
            left = left * Double.random(in: 0.5...1)
            var isAsking = false
            while left > .zero, !Task.isCancelled {
                let pause = min(step, left)
                try? await Task.sleep(for: pause)
                left -= pause
                switch link.state.reach {
                case .reachable where !isGood: left = .zero
                case .reachable(let since) where !isAsking:
                    let told = link.state.hostTrust
                    let hasNews = told.map { $0 != keeper.trust.id && $0 != hurriedFor } ?? (since > asked)
                    guard hasNews else { continue }
                    // All of its terminals hear of it within seconds, and must not all ask in them.
                    (left, isAsking, hurriedFor) = (min(left, min(cap, link.span) * Double.random(in: 0...1)), true, told)
                case .unreachable(_, let reason, _) where isGood && reason.isOfCertificate: left = .zero
                case .starting, .reachable, .unreachable: break
                }
            }
        }
    }

    private func note(_ outcome: CertificateKeeper.Outcome) {
        let isNews = certificateOutcome.withLock { held in
            defer { held = outcome }
            return held != outcome
        }
        guard isNews else { return }
        switch outcome {
        case .settled, .notOffered: logger.notice("certificates", metadata: ["outcome": "\(outcome)"])
        case .unreachable, .refused, .notKept: logger.warning("certificates", metadata: ["outcome": "\(outcome)"])
        }
    }

    // MARK: Words

    func certificates() -> [CertificateReply] {
        let now = clock.now.instant
        func reply(_ of: String, _ end: UTCInstant) -> CertificateReply {
            CertificateReply(
                of: of, until: end.milliseconds, daysLeft: Int(end.millisecondsSince(now) / 86_400_000), expired: end <= now)
        }
        let own = keeper.ownExpiry.map { [reply("terminal", $0)] } ?? []
        let host = zip(["host", "nextHost"], keeper.trust.certificates).compactMap { name, pem in
            CertificateMaker.expiry(pem).map { reply(name, $0) }
        }
        return own + host
    }

    func certificateFindings() -> [FindingReply] {
        CertificateAlarms.findings(
            own: keeper.ownExpiry, host: keeper.trust.certificates.compactMap { CertificateMaker.expiry($0) },
            outcome: certificateOutcome.withLock { $0 }, now: clock.now.instant)
    }
}
