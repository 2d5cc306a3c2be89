import Crypto
import EMV
import Foundation
import Programmes

/// What `kassad --check` finds: every file that the terminal would read, each with what is wrong with it. Reads only;
/// starts and makes nothing.
public struct ConfigurationCheck: Sendable {
    public struct Finding: Sendable, Hashable {
        public let file: String
        /// With file, line and field where they are known; nil: the file is good.
        public let problem: String?

        /// `programmes.d/lunch.toml: ok`, or the problem.
        public var line: String { problem ?? "\(file): ok" }
    }

    public private(set) var findings: [Finding] = []

    public var isGood: Bool { findings.allSatisfy { $0.problem == nil } }

    /// - Parameter configurationFile: a path to `kassad.toml`.
    public init(configurationFile: String) {
        let configuration: TerminalConfiguration? = read(configurationFile) { text throws(TOMLFileError) in
            try TerminalConfiguration(toml: text, fileName: configurationFile)
        }
        checkShippedProgrammes()
        // What it points to can't be known without it.
        guard let configuration else { return }
        checkProgrammes(in: configuration.programmesDirectory)
        checkLimits(configuration, configurationFile)
        _ = read(configuration.caKeyFile) { text throws(TOMLFileError) in
            try CAPublicKeyStore(toml: text, fileName: configuration.caKeyFile)
        }
        checkTrust(in: configuration.host.trustDirectory, state: configuration.stateDirectory)
    }

    private mutating func note(_ file: String, _ problem: String?) {
        findings.append(Finding(file: file, problem: problem))
    }

    private mutating func read<Value>(_ file: String, _ parse: (String) throws(TOMLFileError) -> Value) -> Value? {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            note(file, "\(file): is missing or can't be read")
            return nil
        }
        do {
            let value = try parse(text)
            note(file, nil)
            return value
        } catch {
            note(file, "\(error)")
            return nil
        }
    }

    // MARK: Programmes

    private mutating func checkShippedProgrammes() {
        do {
            for programme in try Programme.shipped() { note("\(programme.id) (shipped)", nil) }
            for organisation in try Organisation.shipped() { note("\(organisation.id) (shipped)", nil) }
        } catch {
            note(error.file, "\(error)")
        }
    }

    private mutating func checkProgrammes(in directory: String) {
        var isDirectory: ObjCBool = false
        // The folder may be absent; something else in its place may not.
        guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory) else { return }
        guard isDirectory.boolValue, let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
            note(directory, "\(directory): is no folder that can be read")
            return
        }
        var files: [String: String] = [:]
        for name in names.filter({ $0.hasSuffix(".toml") }).sorted() {
            let path = directory + "/" + name
            let found: Programme?? = read(path) { text throws(TOMLFileError) in
                guard Organisation.isOne(toml: text) else { return try Programme(toml: text, fileName: path) }
                _ = try Organisation(toml: text, fileName: path)
                return nil
            }
            guard let programme = found ?? nil else { continue }
            if let other = files[programme.id] {
                findings.removeLast()
                note(path, "\(path): id: is that of \(other) too, which would not be used")
            }
            files[programme.id] = path
        }
    }

    /// Limits for applications that no programme takes.
    private mutating func checkLimits(_ configuration: TerminalConfiguration, _ file: String) {
        guard let programmes = try? Programme.load(overrides: configuration.programmesDirectory),
            let unused = configuration.unusedLimits(of: programmes).first
        else { return }
        findings.removeAll { $0.file == file }
        findings.insert(Finding(file: file, problem: "\(file): \(unused)"), at: 0)
    }

    // MARK: Trust

    private mutating func checkTrust(in trust: String, state: String) {
        // Before enrolment there are none.
        let certificate = trust + "/" + TrustBundle.certificateFile
        if FileManager.default.fileExists(atPath: certificate) {
            let pem = try? String(contentsOfFile: certificate, encoding: .utf8)
            note(
                certificate,
                pem?.contains("BEGIN CERTIFICATE") == true ? nil : "\(certificate): is not what it should be")
        }
        checkKey(trust + "/" + TrustBundle.signingKeyFile) { (try? Curve25519.Signing.PublicKey(rawRepresentation: $0)) != nil }
        checkKey(trust + "/" + TrustBundle.sealingKeyFile) {
            (try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: $0)) != nil
        }
        checkKey(trust + "/" + TrustBundle.pseudonymKeyFile) { $0.count == 32 }
        checkKey(state + "/device-key.b64") { (try? Curve25519.Signing.PrivateKey(rawRepresentation: $0)) != nil }
    }

    private mutating func checkKey(_ file: String, _ isKey: (Data) -> Bool) {
        guard FileManager.default.fileExists(atPath: file) else { return }
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            note(file, "\(file): can't be read")
            return
        }
        let bytes = Data(base64Encoded: text.trimmingCharacters(in: .whitespacesAndNewlines))
        note(file, bytes.map(isKey) == true ? nil : "\(file): is not what it should be")
    }
}
