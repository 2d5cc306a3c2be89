import ArgumentParser
import Core
import Crypto
import Foundation
import HostLedger
import HostProtocol

struct TerminalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "terminal", abstract: "Terminals that this host knows.", subcommands: [Add.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds a terminal, or changes one, and writes its bundle: what `export-trust` writes.",
            discussion: "Another key than before means that the terminal was replaced: its old journal is closed.")

        @OptionGroup var host: DirectoryOption
        @Option(help: "The terminal's id.")
        var id: String
        @Option(help: "The merchant it stands at.")
        var merchant: String
        @Option(help: "Its Ed25519 public key, 32 bytes in base64.")
        var key: String
        @Option(help: "A programme the merchant is enrolled with; may be repeated.")
        var enrol: [String] = []
        @Option(help: "Largest sum of offline approvals the host has not seen, in minor units of each currency.")
        var exposureCap: Int64 = 500_000
        @Option(help: "Hours after the last contact in which it may approve offline.")
        var maximumCacheHours: Int64 = 72
        @Option(help: "The merchant's category, four digits of ISO 18245 (CARD-9).")
        var merchantCategory: String?
        @Option(help: "Where the bundle goes; default: terminal-bundle-ID in the host's directory.")
        var bundle: String?

        func validate() throws {
            guard exposureCap >= 0, (0...8760).contains(maximumCacheHours) else {
                throw ValidationError("--exposure-cap and --maximum-cache-hours must not be negative, nor above 8760 hours")
            }
        }

        func run() async throws {
            guard let bytes = Data(base64Encoded: key),
                let publicKey = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)
            else { throw ValidationError("--key is no Ed25519 public key in base64") }
            let directory = host.directory
            let ledger = try directory.ledger()
            let oldKey = try? await ledger.terminalKey(id)
            try await ledger.setTerminal(
                id, merchant: merchant, signingKey: publicKey, programmes: enrol,
                risk: TerminalRiskLimits(exposureCap: exposureCap, maximumCacheAge: maximumCacheHours * 3_600_000),
                merchantCategory: merchantCategory, now: Clock.now)
            // Another key is another machine: what the old one was given counts no more.
            if let oldKey, oldKey.rawRepresentation != publicKey.rawRepresentation {
                let book = try directory.certificateBook()
                try await book.revoke(id, bar: false, now: Clock.now)
                try await book.admit(id)
            }
            let out = bundle.map { URL(fileURLWithPath: $0, isDirectory: true) }
                ?? directory.url.appendingPathComponent("terminal-bundle-\(id.filter { $0.isLetter || $0.isNumber || $0 == "-" })")
            try directory.exportTrust(to: out)
            print("terminal \(id) added; its bundle is in \(out.path)")
        }
    }
}
