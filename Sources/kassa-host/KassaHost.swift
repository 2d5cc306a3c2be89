import ArgumentParser
import Core
import Crypto
import Foundation
import Glibc
import HostLedger

/// `kassa-host`: a reference host for integrators, tests and the demo.
@main
struct KassaHost: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kassa-host",
        abstract: "A reference host: issues limits, authorises online, books what terminals forward.",
        subcommands: [
            Initialise.self, TerminalCommand.self, AccountCommand.self, Run.self, ShowLedger.self, ExportTrust.self,
            PseudonymKey.self,
        ])
}

/// The directory of one host.
struct DirectoryOption: ParsableArguments {
    @Option(name: .customLong("dir"), help: "The host's directory.")
    var path: String

    var directory: HostDirectory {
        // Whatever this process creates, SQLite's files too, is its owner's alone.
        umask(0o077)
        return HostDirectory(path)
    }
}

enum Clock {
    static var now: UTCInstant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UTCInstant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

struct Initialise: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Makes a host: its keys, its certificate, its empty books.")

    @OptionGroup var host: DirectoryOption
    @Option(help: "A DNS name of the host, beside localhost; may be repeated.")
    var name: [String] = []

    func run() async throws {
        try host.directory.create(try HostIdentity.make(names: name, now: Date()))
        _ = try host.directory.ledger()
        print("host made in \(host.path)")
    }
}

struct ExportTrust: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes what a terminal must be given.",
        discussion: """
            host-certificate.pem    the only certificate the terminal trusts
            host-signing-key.b64    Ed25519 public key of the host's answers
            host-sealing-key.b64    X25519 public key that card evidence is sealed to
            pseudonym-key.b64       32 secret bytes that name instruments alike at host and terminals
            """)

    @OptionGroup var host: DirectoryOption
    @Option(help: "Where to write.")
    var out: String

    func run() async throws {
        try host.directory.exportTrust(to: URL(fileURLWithPath: out, isDirectory: true))
    }
}

struct PseudonymKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints the pseudonym key in base64. It is secret: with it, pseudonyms can be tried against card numbers.")

    @OptionGroup var host: DirectoryOption

    func run() async throws {
        print(try host.directory.identity().pseudonymKey.withUnsafeBytes { Data($0) }.base64EncodedString())
    }
}
