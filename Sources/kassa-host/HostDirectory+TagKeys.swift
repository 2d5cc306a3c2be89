import Foundation
import HostProtocol

/// What the host's closed-loop tags are made with: `tag-meta-key.b64` and `tag-master-key.b64`, and of those before them
/// `tag-master-key-former.b64` and, where it was another, `tag-meta-key-former.b64`. Each is 16 bytes in base64.
extension HostDirectory {
    /// Nil when this host was given no master key.
    func tagSecrets() throws -> TagSecrets? {
        guard let master = try tagKey("tag-master-key") else { return nil }
        guard let meta = try tagKey("tag-meta-key") else { throw HostDirectoryError.unreadable(tagKeyPath("tag-meta-key")) }
        var generations = [(meta: meta, master: master)]
        if let former = try tagKey("tag-master-key-former") {
            generations.append((meta: try tagKey("tag-meta-key-former") ?? meta, master: former))
        }
        return TagSecrets(generations)
    }

    private func tagKeyPath(_ name: String) -> String { url.appendingPathComponent(name + ".b64").path }

    private func tagKey(_ name: String) throws -> [UInt8]? {
        let path = tagKeyPath(name)
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8),
            let bytes = Data(base64Encoded: text.trimmingCharacters(in: .whitespacesAndNewlines)), bytes.count == 16
        else { throw HostDirectoryError.unreadable(path) }
        return Array(bytes)
    }
}
