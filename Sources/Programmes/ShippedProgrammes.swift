/// The programme files that ship with the terminal: the payment systems of the rule book.
extension Programme {
    public static func shipped() throws(TOMLFileError) -> [Programme] {
        var programmes: [Programme] = []
        for (name, bytes) in shippedFiles {
            programmes.append(try Programme(toml: String(decoding: bytes, as: UTF8.self), fileName: name))
        }
        return programmes
    }

    /// Name and text of each file, for who wants to write one.
    package static var shippedFiles: [(name: String, bytes: [UInt8])] {
        [
            ("epassi-card.toml", PackageResources.epassi_card_toml),
            ("epassi-mobile.toml", PackageResources.epassi_mobile_toml),
            ("epassi-wallet.toml", PackageResources.epassi_wallet_toml),
            ("smartum.toml", PackageResources.smartum_toml),
            ("smartum-plus.toml", PackageResources.smartum_plus_toml),
        ]
    }
}
