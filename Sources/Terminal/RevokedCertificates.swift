import Core
import EMV
import Programmes

extension CAPublicKeyStore {
    /// The `[[revoked]]` tables of a key file.
    static func revoked(_ root: TOMLFileTable) throws(TOMLFileError) -> Set<RevokedCertificate> {
        guard root.has("revoked") else { return [] }
        var found: Set<RevokedCertificate> = []
        for table in try root.tables("revoked") {
            guard let index = Hex.decode(try table.string("index")), index.count == 1 else {
                throw table.wrong("index", "must be one byte in hexadecimal")
            }
            guard let rid = Hex.decode(try table.string("rid")), rid.count == 5 else {
                throw table.wrong("rid", "must be five bytes in hexadecimal")
            }
            guard let serial = Hex.decode(try table.string("serial")),
                let certificate = RevokedCertificate(rid: rid, index: index[0], serial: serial)
            else { throw table.wrong("serial", "must be three bytes in hexadecimal") }
            found.insert(certificate)
            try table.allKnown()
        }
        return found
    }
}
