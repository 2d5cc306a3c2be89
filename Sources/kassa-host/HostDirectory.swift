import Core
import Crypto
import Foundation
import Glibc
import HostLedger
import Programmes

/// The files of one host. Everything in the directory is the owner's alone (0600).
struct HostDirectory {
    let url: URL

    init(_ path: String) { url = URL(fileURLWithPath: path, isDirectory: true) }

    enum Name: String, CaseIterable {
        case signingKey = "host-signing-private.b64"
        case sealingKey = "host-sealing-private.b64"
        case tlsKey = "host-tls-key.pem"
        case certificate = "host-certificate.pem"
        case pseudonymKey = "pseudonym-key.b64"
    }

    var ledgerPath: String { url.appendingPathComponent("ledger.sqlite").path }

    /// Writes a new identity.
    /// - Throws: ``HostDirectoryError/exists(_:)`` when the directory holds one: keys in use are never overwritten.
    func create(_ identity: HostIdentity) throws {
        try Self.makeDirectory(url)
        for name in Name.allCases where FileManager.default.fileExists(atPath: path(name)) {
            throw HostDirectoryError.exists(path(name))
        }
        let contents: [Name: String] = [
            .signingKey: Self.base64(identity.signingKey.rawRepresentation),
            .sealingKey: Self.base64(identity.sealingKey.rawRepresentation),
            .tlsKey: identity.tlsKeyPEM,
            .certificate: identity.certificatePEM,
            .pseudonymKey: Self.base64(identity.pseudonymKey.withUnsafeBytes { Data($0) }),
        ]
        for name in Name.allCases { try Self.write(contents[name] ?? "", to: path(name)) }
    }

    func identity() throws -> HostIdentity {
        let signing = try secret(.signingKey), sealing = try secret(.sealingKey), pseudonym = try secret(.pseudonymKey)
        guard let signingKey = try? Curve25519.Signing.PrivateKey(rawRepresentation: signing) else {
            throw HostDirectoryError.unreadable(path(.signingKey))
        }
        guard let sealingKey = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: sealing) else {
            throw HostDirectoryError.unreadable(path(.sealingKey))
        }
        var identity = HostIdentity(
            signingKey: signingKey, sealingKey: sealingKey, pseudonymKey: SymmetricKey(data: pseudonym),
            tlsKeyPEM: try text(.tlsKey), certificatePEM: try text(.certificate))
        identity.nextCertificatePEM = try nextCertificatePEM()
        identity.formerSealingKeys = try formerSealingKeys()
        return identity
    }

    /// - Parameter holdGrace: as ``SQLiteLedger`` takes it; only who expires holds needs it.
    func ledger(holdGrace: Int64 = 0) throws -> SQLiteLedger {
        let identity = try identity()
        return try SQLiteLedger(
            path: ledgerPath, programmes: try programmes(), evidenceKey: identity.sealingKey,
            pseudonymKey: identity.pseudonymKey,
            verifier: try issuerMasterKey().flatMap { IssuerKeyVerifier(issuerMasterKey: $0) }, holdGrace: holdGrace,
            formerEvidenceKeys: identity.formerSealingKeys, tagKeys: TagKeyRing(try tagSecrets()))
    }

    /// The shipped programmes, with those in the directory's `programmes.d` over them, by id.
    func programmes() throws -> [Programme] {
        let folder = url.appendingPathComponent("programmes.d").path
        var programmes = try Programme.shipped()
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".toml") }
        for name in names.sorted() {
            let path = folder + "/" + name
            let programme = try Programme(toml: try String(contentsOfFile: path, encoding: .utf8), fileName: path)
            programmes.removeAll { $0.id == programme.id }
            programmes.append(programme)
        }
        return programmes
    }

    func programme(_ id: String) throws -> Programme {
        guard let programme = try programmes().first(where: { $0.id == id }) else { throw LedgerError.unknownProgramme }
        return programme
    }

    private var issuerKeyPath: String { url.appendingPathComponent("issuer-master-key.b64").path }

    /// The key that card keys are derived from; nil when this host was given none.
    func issuerMasterKey() throws -> [UInt8]? {
        guard FileManager.default.fileExists(atPath: issuerKeyPath) else { return nil }
        guard let text = try? String(contentsOfFile: issuerKeyPath, encoding: .utf8),
            let bytes = Data(base64Encoded: text.trimmingCharacters(in: .whitespacesAndNewlines)), bytes.count == 16
        else { throw HostDirectoryError.unreadable(issuerKeyPath) }
        return Array(bytes)
    }

    func setIssuerMasterKey(_ key: [UInt8]) throws { try Self.write(Self.base64(Data(key)), to: issuerKeyPath) }

    /// What a terminal must be given, under the names that its configuration expects.
    func exportTrust(to directory: URL) throws {
        let identity = try identity()
        try Self.makeDirectory(directory)
        let files = [
            "host-certificate.pem": identity.certificatePEM + (identity.nextCertificatePEM ?? ""),
            "host-signing-key.b64": Self.base64(identity.signingKey.publicKey.rawRepresentation),
            "host-sealing-key.b64": Self.base64(identity.sealingKey.publicKey.rawRepresentation),
            "pseudonym-key.b64": Self.base64(identity.pseudonymKey.withUnsafeBytes { Data($0) }),
        ]
        for (name, content) in files { try Self.write(content, to: directory.appendingPathComponent(name).path) }
    }

    private func path(_ name: Name) -> String { url.appendingPathComponent(name.rawValue).path }

    private func text(_ name: Name) throws -> String {
        guard let text = try? String(contentsOfFile: path(name), encoding: .utf8) else {
            throw HostDirectoryError.unreadable(path(name))
        }
        return text
    }

    private func secret(_ name: Name) throws -> Data {
        let text = try text(name).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let bytes = Data(base64Encoded: text), bytes.count == 32 else {
            throw HostDirectoryError.unreadable(path(name))
        }
        return bytes
    }

    private static func base64(_ bytes: Data) -> String { bytes.base64EncodedString() + "\n" }

    private static func makeDirectory(_ url: URL) throws {
        try FileManager.default.createDirectory(
            at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    /// Replaces the file in one step, readable by its owner alone from its first byte.
    static func write(_ text: String, to path: String) throws {
        let draft = path + ".new"
        unlink(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw HostDirectoryError.unwritable(path) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: Data(text.utf8))
            try handle.synchronize()
        } catch {
            throw HostDirectoryError.unwritable(path)
        }
        guard rename(draft, path) == 0 else { throw HostDirectoryError.unwritable(path) }
    }
}

enum HostDirectoryError: Error, CustomStringConvertible {
    case exists(String)
    case unreadable(String)
    case unwritable(String)

    var description: String {
        switch self {
        case .exists(let path): "\(path) exists; a host's keys are not overwritten"
        case .unreadable(let path): "\(path) is missing or not what it should be (run `kassa-host init` first?)"
        case .unwritable(let path): "\(path) can't be written"
        }
    }
}
