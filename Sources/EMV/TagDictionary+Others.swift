extension TagDictionary {
    /// Kernel 4. Columns as in ``general``.
    static let americanExpress = """
        9F51 | Application currency code, internal | card | n | 2 | currency | ?
        9F58 | Lower consecutive offline limit, card | card | b | 1 | number | ?
        9F59 | Upper consecutive offline limit, card | card | b | 1 | number | ?
        9F5A | Membership product identifier | card | ans | 1-8 | text | ?
        9F5B | Product membership number | card | ans | 1-32 | secret | ?
        9F67 | Form factor | card | b | 1-4 | - | +
        9F6D | Contactless reader capabilities | terminal | b | 1 | bits CRC | +
        9F6E | Enhanced contactless reader capabilities | terminal | b | 4 | bits ECRC | +
        9F70 | Card interface and payment capabilities | card | b | 4 | - | ?
        9F71 | Mobile CVM results | card | b | 3 | - | ?
        """

    /// Kernel 5.
    static let jcb = """
        9F50 | Offline accumulator balance | card | n | 6 | amount | ?
        9F52 | Terminal compatibility indicator | terminal | b | 1 | - | ?
        9F53 | Terminal interchange profile, dynamic | terminal | b | 3 | - | ?
        9F60 | Issuer update parameter | terminal | b | 1 | - | ?
        9F67 | Partner discretionary data | card | b | 0-255 | - | ?
        9F6C | Card transaction information | card | b | 2 | - | ?
        9F7C | Partner discretionary data | card | b | 0-255 | - | ?
        """

    /// Kernel 6.
    static let discover = """
        9F53 | Terminal processing options | terminal | b | 1-4 | - | ?
        9F5D | Available offline spending amount (AOSA) | card | n | 6 | amount | ?
        9F66 | Terminal transaction qualifiers (TTQ) | terminal | b | 4 | bits TTQ | ?
        9F69 | Card authentication related data | card | b | 5-16 | - | ?
        9F6C | Card transaction qualifiers (CTQ) | card | b | 2 | - | ?
        9F6E | Form factor indicator | card | b | 4 | - | ?
        9F71 | Card processing requirements (CPR) | card | b | 2 | - | ?
        9F7C | Customer exclusive data | card | b | 0-32 | - | ?
        9F7D | Application specific transparent template | card | b | 0-255 | - | ?
        """

    /// Kernel 7.
    static let unionPay = """
        9F51 | Application currency code | card | n | 2 | currency | ?
        9F57 | Issuer country code | card | n | 2 | country | ?
        9F58 | Consecutive offline transaction lower limit | card | b | 1 | number | ?
        9F59 | Consecutive offline transaction upper limit | card | b | 1 | number | ?
        9F5D | Available offline spending amount | card | n | 6 | amount | ?
        9F63 | Product identification information | card | b | 16 | - | +
        9F66 | Terminal transaction qualifiers (TTQ) | terminal | b | 4 | bits TTQ | +
        9F68 | Card additional processes | card | b | 4 | - | ?
        9F69 | Card authentication related data | card | b | 8 | - | ?
        9F6B | Card CVM limit | card | n | 6 | amount | ?
        9F6C | Card transaction qualifiers (CTQ) | card | b | 2 | bits CTQ | ?
        9F74 | Electronic cash issuer authorisation code | card | an | 6 | text | ?
        9F77 | Electronic cash balance limit | card | n | 6 | amount | ?
        9F78 | Electronic cash single transaction limit | card | n | 6 | amount | ?
        9F79 | Electronic cash balance | card | n | 6 | amount | ?
        9F7A | Electronic cash terminal support indicator | terminal | b | 1 | number | ?
        9F7B | Electronic cash terminal transaction limit | terminal | n | 6 | amount | ?
        DF69 | SM algorithm support indicator | terminal | b | 1 | - | ?
        """

    /// Kernel 8 (Book C-8).
    static let common = """
        9E | Kernel key data: the reader's ephemeral point | terminal | b | 32-64 | - | +
        9F2B | Kernel qualifier | terminal | b | 8 | - | +
        9F2C | Card qualifier | card | b | 7-11 | - | +
        9F8102 | Cardholder verification decision | card | b | 1 | cvd | +
        9F8103 | Card key data: blinded point and enciphered blinding factor | card | b | 0-127 | - | +
        9F8104 | Cardholder verification capability | terminal | b | 0-4 | - | ?
        9F8105 | Enhanced data authentication MAC (EDA-MAC) | card | b | 8 | - | +
        9F8106 | Authenticated application data | card | b | 0-128 | - | ?
        DA | Enciphered record template | card | b | 0-255 | - | +
        """
}
