import Core
import Foundation
import Programmes
import Tags

extension ClosedLoopProfile {
    /// The keys of a programme's closed-loop tags: `meta_key` and `master_key`, 16 bytes in hexadecimal each, `key_number` of the
    /// key that authenticates (3), whether tags let their counter be read, and the parameters of their URL.
    ///
    /// The file opens every tag of the programme: readable for the daemon alone, on a disk that is not carried away.
    init(toml text: String, fileName: String) throws(TOMLFileError) {
        let root = try TOMLFileTable(toml: text, file: fileName)
        func key(_ name: String) throws(TOMLFileError) -> AESKey {
            guard let bytes = Hex.decode(try root.string(name)), let key = AESKey(bytes) else {
                throw root.wrong(name, "must be 16 bytes in hexadecimal")
            }
            return key
        }
        let (meta, master) = (try key("meta_key"), try key("master_key"))
        let number = try root.has("key_number") ? root.integer("key_number", in: 1...4) : 3
        let readsCounter = try root.has("reads_counter") ? root.flag("reads_counter") : true
        let layout = SDMLayout(
            identity: .encrypted(parameter: try root.string("identity_parameter", default: "picc_data")),
            mac: try root.string("mac_parameter", default: "cmac"))
        try root.allKnown()
        guard
            let url = SDMVerifier(layout: layout, metaRead: meta, fileRead: .diversified(master: master, label: .url))
        else { throw root.wrong("meta_key", "is missing") }
        self.init(
            url: url, key: .diversified(master: master, label: .value), keyNumber: UInt8(truncatingIfNeeded: number),
            readsCounter: readsCounter)
    }

    /// - Throws: ``TrustBundle/Failure/missing(file:)``, ``TrustBundle/Failure/readableByOthers(file:)``, or what is wrong with
    ///   the file.
    static func load(_ file: String) throws -> ClosedLoopProfile {
        guard let facts = try? FileManager.default.attributesOfItem(atPath: file),
            let text = try? String(contentsOfFile: file, encoding: .utf8)
        else { throw TrustBundle.Failure.missing(file: file) }
        guard let mode = facts[.posixPermissions] as? Int, mode & 0o077 == 0 else {
            throw TrustBundle.Failure.readableByOthers(file: file)
        }
        return try ClosedLoopProfile(toml: text, fileName: file)
    }
}
