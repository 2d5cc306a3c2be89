import Foundation
import Glibc
import HostLedger
import HostProtocol
import Logging
import Web

/// Takes over, while the host runs, what the commands change in its directory: the certificate that it shows, the next one,
/// sealing keys and pace.
struct DirectoryWatch: Sendable {
    let directory: HostDirectory
    let server: WebServer
    let ledger: Ledger
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
        try server.show(certificatePEM: identity.certificatePEM, keyPEM: identity.tlsKeyPEM)
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
        var seconds = 0
        var nanoseconds = 0

        init(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return }
            (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
        }

        var isFresh: Bool { (0...2).contains(time(nil) - seconds) }
    }
}
