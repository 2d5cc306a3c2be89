import ArgumentParser
import Core
import Crypto
import Foundation
import HostLedger
import HostProtocol

struct CertificateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate", abstract: "The host's certificate, and those of its terminals.",
        subcommands: [List.self, Rotate.self, Revoke.self, Admit.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the certificates that have not expired, and the terminals that do not know the host's next one.")

        @OptionGroup var host: DirectoryOption

        func run() async throws {
            let identity = try host.directory.identity(), book = try host.directory.certificateBook()
            print("host  until \(try day(identity.certificatePEM))")
            if let next = identity.nextCertificatePEM { print("next  until \(try day(next))") }
            for entry in try await book.entries(now: Clock.now) {
                let revoked = entry.revokedAt.map { ", revoked \(CertificateCommand.day($0.milliseconds))" } ?? ""
                print("\(entry.terminal)  \(entry.serial)  until \(CertificateCommand.day(entry.notAfter.milliseconds))\(revoked)")
            }
            for terminal in try await book.barred() { print("\(terminal)  is given none") }
            for terminal in try await book.unaware(of: identity.trust.id, now: Clock.now) {
                print("\(terminal)  has not said that it knows the host's certificates and sealing key of now")
            }
        }

        private func day(_ pem: String) throws -> String {
            CertificateCommand.day(try HostIdentity.expiry(certificatePEM: pem).milliseconds)
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes the host's next certificate; called again, takes it into use.",
            discussion: """
                A running host takes each step at once: first it tells its terminals of the next certificate, then it shows \
                it to new connections. The second step is refused while a terminal has not said that it knows it.
                """)

        @OptionGroup var host: DirectoryOption
        @Flag(help: "Takes it into use though terminals do not know it: they must be given the new trust bundle by hand.")
        var force = false
        @Option(help: "Days for which the next certificate counts.")
        var days = 3650

        func validate() throws {
            guard (91...7300).contains(days) else { throw ValidationError("--days must be 91 to 7300") }
        }

        func run() async throws {
            let directory = host.directory
            if directory.isHalfSwitched { return try finish(directory) }
            let identity = try directory.identity()
            guard identity.nextCertificatePEM != nil else {
                try directory.makeNext(days: days)
                print("next certificate made; rotate again when `certificate list` names no terminal")
                return
            }
            let unaware = try await directory.certificateBook().unaware(of: identity.trust.id, now: Clock.now)
            guard unaware.isEmpty || force else {
                throw ValidationError("not known yet to \(unaware.joined(separator: ", ")); --force rotates all the same")
            }
            try finish(directory)
        }

        private func finish(_ directory: HostDirectory) throws {
            try directory.switchToNext()
            print("next certificate in use")
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shuts a terminal out at once, on open connections too; it is given no certificate until `admit`.")

        @OptionGroup var host: DirectoryOption
        @Argument(help: "The terminal's id.")
        var terminal: String

        func run() async throws {
            _ = try await host.directory.ledger().terminalKey(terminal)
            let count = try await host.directory.certificateBook().revoke(terminal, bar: true, now: Clock.now)
            print("\(terminal): \(count) certificate(s) revoked")
        }
    }

    struct Admit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lets a terminal be given certificates again.")

        @OptionGroup var host: DirectoryOption
        @Argument(help: "The terminal's id.")
        var terminal: String

        func run() async throws { try await host.directory.certificateBook().admit(terminal) }
    }

    static func day(_ milliseconds: Int64) -> String {
        String(Date(timeIntervalSince1970: TimeInterval(milliseconds / 1000)).formatted(.iso8601).prefix(10))
    }
}

struct SealingKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sealing-key", abstract: "The keys that card data are sealed to.",
        subcommands: [Rotate.self, List.self])

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a new key; a running host tells its terminals of it at once. Old keys are kept.")

        @OptionGroup var host: DirectoryOption

        func run() async throws { print(try host.directory.rotateSealingKey()) }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the ids of the keys, the one in use first.")

        @OptionGroup var host: DirectoryOption

        func run() async throws {
            let identity = try host.directory.identity()
            for key in [identity.sealingKey] + identity.formerSealingKeys { print(SealedEvidence.keyID(key.publicKey)) }
        }
    }
}
