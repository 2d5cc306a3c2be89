extension TagDictionary {
    /// Objects of kernel 3 and of Visa's cards (Book C-3 annex A). Columns as in ``general``.
    static let visa = """
        9F50 | Offline accumulator balance | card | n | 6 | amount | +
        9F51 | Application currency code, internal | card | n | 2 | currency | ?
        9F52 | Application default action (ADA) | card | b | 2-6 | - | ?
        9F53 | Consecutive transaction limit, international | card | b | 1 | number | ?
        9F54 | Cumulative total transaction amount limit | card | n | 6 | amount | ?
        9F55 | Geographic indicator | card | b | 1 | bits GEO | +
        9F56 | Issuer authentication indicator | card | b | 1 | - | ?
        9F57 | Issuer country code, internal | card | n | 2 | country | ?
        9F58 | Lower consecutive offline limit, card | card | b | 1 | number | ?
        9F59 | Upper consecutive offline limit, card | card | b | 1 | number | ?
        9F5A | Application program identifier | card | b | 1-16 | - | +
        9F5B | Issuer script results | terminal | b | 0-255 | scriptresults | +
        9F5C | Cumulative total transaction amount upper limit | card | n | 6 | amount | +
        9F5D | Available offline spending amount (AOSA) | card | n | 6 | amount | +
        9F5E | Consecutive transaction international upper limit | card | b | 1 | number | +
        9F5F | Offline balance | card | n | 6 | amount | ?
        9F63 | Offline counter initial value | card | b | 1 | number | +
        9F66 | Terminal transaction qualifiers (TTQ) | terminal | b | 4 | bits TTQ | +
        9F67 | MSD offset | card | b | 1 | - | ?
        9F68 | Card additional processes | card | b | 4 | bits CAP | +
        9F69 | Card authentication related data | card | b | 5-16 | cardauth | +
        9F6A | VLP reset threshold | card | n | 6 | - | ?
        9F6B | Card CVM limit | card | n | 6 | amount | +
        9F6C | Card transaction qualifiers (CTQ) | card | b | 2 | bits CTQ | +
        9F6D | VLP reset threshold | card | n | 6 | amount | ?
        9F6E | Form factor indicator (FFI) | card | b | 4 | bits FFI | +
        9F72 | Consecutive transaction limit, international country | card | b | 1 | number | ?
        9F73 | Currency conversion parameters | card | b | 5-20 | - | ?
        9F74 | VLP issuer authorisation code | card | an | 6 | text | +
        9F75 | Cumulative total transaction amount limit, dual currency | card | n | 6 | amount | ?
        9F76 | Secondary application currency code | card | n | 2-10 | currencies | ?
        9F77 | VLP funds limit | card | n | 6 | amount | ?
        9F78 | VLP single transaction limit | card | n | 6 | amount | ?
        9F79 | VLP available funds | card | n | 6 | amount | ?
        9F7A | VLP terminal support indicator | terminal | b | 1 | - | +
        9F7B | VLP terminal transaction limit | terminal | n | 6 | amount | ?
        9F7C | Customer exclusive data (CED) | card | b | 0-32 | - | +
        9F7D | VLP data | card | b | 0-255 | - | ?
        BF55 | Contactless counters template | card | b | 0-255 | template | ?
        BF56 | Counters data template | card | b | 0-255 | template | ?
        BF57 | International counters template | card | b | 0-255 | template | ?
        BF58 | Amounts data template | card | b | 0-255 | template | ?
        BF59 | Profile controls template | card | b | 0-255 | template | ?
        BF5A | Application file locator template | card | b | 0-255 | template | ?
        BF5B | Application internal data template | card | b | 0-255 | template | ?
        """
}
