import ArgumentParser
import Core
import Crypto
import Foundation
import HostLedger

/// `kassa-host`: a reference host for integrators, tests and the demo.
@main
struct KassaHost: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kassa-host",
        abstract: "A reference host: issues limits, authorises online, books what terminals forward.",
        subcommands: [
            Initialise.self, TerminalCommand.self, AccountCommand.self, PersonCommand.self, StopCommand.self,
            RateCommand.self, HoldCommand.self, PaceCommand.self, RecordsCommand.self, Run.self, ShowLedger.self,
            ReconcileCommand.self, CaseCommand.self, ReceiptCommand.self, CheckCommand.self, Restored.self, ExportTrust.self,
            PseudonymKey.self, IssuerKey.self, CertificateCommand.self, SealingKeyCommand.self,
        ])
}

enum Clock {
    static var now: UTCInstant {
        UTCInstant(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }
}

struct Initialise: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Makes a host: its keys, its certificate, its empty books.")

    @OptionGroup var host: DirectoryOption
    @Option(help: "A DNS name of the host, beside localhost; may be repeated.")
    var name: [String] = []
    @Option(help: "The issuer's master key, as for `issuer-key --set`.")
    var issuerMasterKey: String?

    func run() async throws {
        let issuerKey = try issuerMasterKey.map { try IssuerKey.read($0, "--issuer-master-key") }
        try host.directory.create(try HostIdentity.make(names: name, now: Date()))
        if let issuerKey { try host.directory.setIssuerMasterKey(issuerKey) }
        _ = try host.directory.ledger()
        _ = try host.directory.authority()
        print("host made in \(host.path)")
    }
}

struct ExportTrust: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes what a terminal must be given.",
        discussion: """
            host-certificate.pem    the only certificate the terminal trusts; while another is to follow, both
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

struct IssuerKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sets the issuer's master key, or says whether there is one. A running host takes it at its next start.",
        discussion: """
            With it the host checks application cryptograms: requests whose ARQC is not the card's are declined, and \
            offline approvals whose TC is not the card's raise an alarm.
            """)

    @OptionGroup var host: DirectoryOption
    @Option(help: "16 bytes in hexadecimal, or - to read them from standard input, where `ps` does not show them.")
    var set: String?

    func run() async throws {
        let directory = host.directory
        guard let set else {
            print(try directory.issuerMasterKey() == nil ? "no issuer master key" : "issuer master key set")
            return
        }
        // A directory that is no host's is a mistake.
        _ = try directory.identity()
        try directory.setIssuerMasterKey(try Self.read(set, "--set"))
    }

    static func read(_ text: String, _ option: String) throws -> [UInt8] {
        let digits = text == "-" ? readLine() ?? "" : text
        guard let key = Hex.decode(digits.trimmingCharacters(in: .whitespaces)), key.count == 16 else {
            throw ValidationError("\(option) must be 16 bytes in hexadecimal")
        }
        return key
    }
}
