/// Card master keys of IMK AA×16 by PAN and sequence number, computed with Python's cryptography package, without parity
/// adjustment.
enum MasterKeyVectors {
    static let expected = [
        "12345678901234/12": "B4ECC6DA120F0C2A4ACE9A8C02D8B78F",
        "1234567890123456/0": "2A93983529419196E49094141398C32C",
        "123456789012345/7": "534DD0D629EABD9A14723529F9216FFC",
        "12345678901234567/0": "BEF7EED984EFF349E27F73001E531C87",
        "1234567890123456789/45": "6EAD5786C2569D2A42574C384940FC7E",
    ]
}
