import ArgumentParser
import Core
import Crypto
import EMV
import VirtualCards

/// The certification authority key behind the virtual cards, for a test terminal's configuration.
struct CAKeys: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ca-keys",
        abstract: "Prints the CA public key behind the virtual cards, as a terminal's ca-keys.toml. For tests only.")

    func run() throws {
        let key = try TestKeys.caPublicKey
        let checksum = Insecure.SHA1.hash(data: key.rid + [key.index] + key.modulus + key.exponent)
        print(
            """
            # The test CA of kassa-card: its private key is public. Never trust it where money moves.
            [[key]]
            rid = "\(Hex.encode(key.rid))"
            index = "\(Hex.encode([key.index]))"
            modulus = "\(Hex.encode(key.modulus))"
            exponent = "\(Hex.encode(key.exponent))"
            checksum = "\(Hex.encode(checksum))"
            """)
    }
}

/// The issuer's key behind the virtual cards, for a test host.
struct IssuerKey: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "issuer-key",
        abstract: "Prints the issuer master key (hexadecimal) behind the virtual cards' cryptograms. For tests only.")

    func run() { print(Hex.encode(VisaPrepaidCard.testIssuerMasterKey)) }
}
