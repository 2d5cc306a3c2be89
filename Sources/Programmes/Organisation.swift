import Core

/// The merchant's own organisation: people who pay nothing, but sign in to services (POS-1…POS-5). A file of the same
/// folder as the programmes, told from them by its `[sign_in]` table.
public struct Organisation: Sendable, Equatable {
    public let id: String
    public let name: String
    public let signIn: SignInRules

    public init(toml text: String, fileName: String) throws(TOMLFileError) {
        let root = try TOMLFileTable(toml: text, file: fileName)
        id = try root.string("id")
        guard !id.isEmpty, id.utf8.count <= 64, id.utf8.allSatisfy({ TOMLFileTable.idCharacters.contains($0) }) else {
            throw root.wrong("id", "must be lower-case letters, digits and hyphens")
        }
        name = try root.string("name")
        signIn = try SignInRules(try root.table("sign_in"), currency: .eur)
        try root.allKnown()
    }

    /// Whether a file is an organisation's.
    public static func isOne(toml text: String) -> Bool {
        (try? TOMLFileTable(toml: text, file: ""))?.has("sign_in") ?? false
    }

    public static func shipped() throws(TOMLFileError) -> [Organisation] {
        let text = String(decoding: PackageResources.posti_toml, as: UTF8.self)
        return [try Organisation(toml: text, fileName: "posti.toml")]
    }
}
