import Foundation
import HostLedger
import HostProtocol
import Logging
import Web

/// Takes over, while the host runs, what the commands change in its directory: the certificate that it shows, the next one,
/// sealing keys, the keys of closed-loop tags, and pace.
struct DirectoryWatch: Sendable {
    let directory: HostDirectory
    /// All show the host's certificate.
    let servers: [WebServer]
    let ledger: SQLiteLedger
    let certificates: CertificateDesk
    let pace: PaceKeeper
    let logger: Logger

    /// Until cancelled.
    func run() async {
        var seen: Stamp?
        var trouble: String?
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(500))
            let stamp = Stamp(directory.url.path)
            // Files are replaced by renaming, which the directory's time tells; within its grain it tells nothing.
            guard stamp != seen || stamp.isFresh else { continue }
            do {
                try takeOver()
                (seen, trouble) = (stamp, nil)
            } catch {
                // A command may be half-way: the next look is in a moment.
                if trouble != "\(error)" { logger.warning("directory not taken over", metadata: ["error": "\(error)"]) }
                trouble = "\(error)"
            }
        }
    }

    /// What is announced must work before: first the keys that open, then the certificate, then the word.
    private func takeOver() throws {
        let identity = try directory.identity()
        let limits = try directory.pace()
        let keys = [identity.sealingKey] + identity.formerSealingKeys
        ledger.evidenceKeys.current = keys
        let tags = try directory.tagSecrets(), version = tags?.version
        if ledger.tagKeys.version != version {
            ledger.tagKeys.secrets = tags
            logger.notice("keys of closed-loop tags taken over", metadata: ["version": "\(version ?? "none")"])
        }
        for server in servers { try server.show(certificatePEM: identity.certificatePEM, keyPEM: identity.tlsKeyPEM) }
        if certificates.trust != identity.trust {
            certificates.trust = identity.trust
            logger.notice("certificates and sealing key taken over")
        }
        if pace.limits != limits {
            pace.limits = limits
            logger.notice(
                "pace taken over",
                metadata: [
                    "capacity": "\(limits.capacity)", "batches": "\(limits.batches)", "waiting": "\(limits.waiting)",
                ])
        }
    }

    /// When the directory changed last.
    private struct Stamp: Equatable {
        let changed: Date?

        init(_ path: String) {
            changed = try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
        }

        /// Within the grain of file times, or ahead of the clock.
        var isFresh: Bool { changed.map { $0.timeIntervalSinceNow > -2 } ?? true }
    }
}
