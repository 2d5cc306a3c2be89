extension TagDictionary {
    /// Objects of kernel 2 and of Mastercard's cards (Book C-2 annex A). Columns as in ``general``.
    static let mastercard = """
        9F50 | Offline accumulator balance | card | n | 6 | amount | +
        9F51 | DRDOL | card | b | 0-250 | dol | +
        9F53 | Transaction category code | terminal | an | 1 | text | +
        9F54 | DS ODS card | card | b | 0-160 | - | +
        9F5B | DSDOL | card | b | 0-252 | dol | +
        9F5C | DS requested operator id | terminal | b | 8 | - | +
        9F5D | Application capabilities information | card | b | 3 | bits ACI | +
        9F5E | DS id | card | n | 8-11 | pan | +
        9F5F | DS slot availability | card | b | 1 | - | +
        9F60 | CVC3, track 1 | card | b | 2 | secret | +
        9F61 | CVC3, track 2 | card | b | 2 | secret | +
        9F62 | PCVC3, track 1 (positions of CVC3) | card | b | 6 | - | +
        9F63 | PUNATC, track 1 (positions of UN and ATC) | card | b | 6 | - | +
        9F64 | NATC, track 1 (digits of ATC) | card | b | 1 | number | +
        9F65 | PCVC3, track 2 (positions of CVC3) | card | b | 2 | - | +
        9F66 | PUNATC, track 2 (positions of UN and ATC) | card | b | 2 | - | +
        9F67 | NATC, track 2 (digits of ATC) | card | b | 1 | number | +
        9F69 | UDOL | card | b | 0-252 | dol | +
        9F6A | Unpredictable number, numeric | terminal | n | 4 | - | +
        9F6B | Track 2 data | card | b | 0-19 | track2 | +
        9F6C | Mag-stripe application version number, card | card | b | 2 | - | +
        9F6D | Mag-stripe application version number, reader | terminal | b | 2 | - | +
        9F6E | Third party data | card | b | 5-32 | thirdparty | +
        9F6F | DS slot management control | card | b | 1 | - | +
        9F70 | Protected data envelope 1 | card | b | 0-192 | - | +
        9F71 | Protected data envelope 2 | card | b | 0-192 | - | +
        9F72 | Protected data envelope 3 | card | b | 0-192 | - | +
        9F73 | Protected data envelope 4 | card | b | 0-192 | - | +
        9F74 | Protected data envelope 5 | card | b | 0-192 | - | +
        9F75 | Unprotected data envelope 1 | card | b | 0-192 | - | +
        9F76 | Unprotected data envelope 2 | card | b | 0-192 | - | +
        9F77 | Unprotected data envelope 3 | card | b | 0-192 | - | +
        9F78 | Unprotected data envelope 4 | card | b | 0-192 | - | +
        9F79 | Unprotected data envelope 5 | card | b | 0-192 | - | +
        9F7C | Merchant custom data | terminal | b | 20 | - | +
        9F7D | DS summary 1 | card | b | 8,16 | - | +
        9F7E | Mobile support indicator | terminal | b | 1 | bits MSI | +
        9F7F | DS unpredictable number | card | b | 4 | - | +
        C3 | Card issuer action code, decline | card | b | 3 | - | ?
        C4 | Card issuer action code, default | card | b | 3 | - | ?
        C5 | Card issuer action code, online | card | b | 3 | - | ?
        C6 | PIN try limit and counter, internal | card | b | 2 | - | ?
        C7 | CDOL1 related data length | card | b | 1 | number | ?
        C8 | Card risk management country code | card | n | 2 | country | +
        C9 | Card risk management currency code | card | n | 2 | currency | +
        CA | Lower cumulative offline transaction amount | card | n | 6 | amount | ?
        CB | Upper cumulative offline transaction amount | card | n | 6 | amount | ?
        CD | Card issuer action code, contactless default | card | b | 3 | - | ?
        CE | Card issuer action code, contactless online | card | b | 3 | - | ?
        CF | Card issuer action code, contactless decline | card | b | 3 | - | ?
        D1 | Currency conversion table | card | b | 25 | - | ?
        D3 | Additional check table | card | b | 18 | - | ?
        D5 | Application control | card | b | 2-6 | - | ?
        D6 | Default ARPC response code | card | b | 2 | - | ?
        D7 | Application control, contactless | card | b | 2-6 | - | ?
        DF4B | POS cardholder interaction information | card | b | 3 | bits PCII | +
        DF60 | DS input, card | terminal | b | 8 | - | +
        DF61 | DS digest H | terminal | b | 8 | - | +
        DF62 | DS ODS info | terminal | b | 1 | - | +
        DF63 | DS ODS term | terminal | b | 0-160 | - | +
        DF8101 | DS summary 2 | card | b | 8,16 | - | +
        DF8102 | DS summary 3 | card | b | 8,16 | - | +
        DF8104 | Balance read before GENERATE AC | kernel | n | 6 | amount | +
        DF8105 | Balance read after GENERATE AC | kernel | n | 6 | amount | +
        DF8106 | Data needed | kernel | b | 0-255 | tags | +
        DF8107 | CDOL1 related data | kernel | b | 0-255 | - | +
        DF8108 | DS AC type | terminal | b | 1 | - | +
        DF8109 | DS input, terminal | terminal | b | 8 | - | +
        DF810A | DS ODS info for reader | terminal | b | 1 | - | +
        DF810B | DS summary status | kernel | b | 1 | - | +
        DF810C | Kernel id | kernel | b | 1 | kernel | +
        DF810D | DSVN term | terminal | b | 1 | - | +
        DF810E | Post-GENERATE AC put data status | kernel | b | 1 | - | +
        DF810F | Pre-GENERATE AC put data status | kernel | b | 1 | - | +
        DF8110 | Proceed to first write flag | terminal | b | 1 | - | +
        DF8111 | PDOL related data | kernel | b | 0-255 | - | +
        DF8112 | Tags to read | terminal | b | 0-255 | tags | +
        DF8113 | DRDOL related data | kernel | b | 0-255 | - | +
        DF8114 | Reference control parameter | kernel | b | 1 | bits RCP | +
        DF8115 | Error indication | kernel | b | 6 | - | +
        DF8116 | User interface request data | kernel | b | 22 | - | +
        DF8117 | Card data input capability | reader | b | 1 | bits CDIC | +
        DF8118 | CVM capability, CVM required | reader | b | 1 | bits CVMC | +
        DF8119 | CVM capability, no CVM required | reader | b | 1 | bits CVMC | +
        DF811A | Default UDOL | reader | b | 3 | dol | +
        DF811B | Kernel configuration | reader | b | 1 | bits KCONF | +
        DF811C | Maximum lifetime of torn transaction log record | reader | b | 2 | number | +
        DF811D | Maximum number of torn transaction log records | reader | b | 1 | number | +
        DF811E | Mag-stripe CVM capability, CVM required | reader | b | 1 | - | +
        DF811F | Security capability | reader | b | 1 | bits SECC | +
        DF8120 | Terminal action code, default | terminal | b | 5 | bits TVR | +
        DF8121 | Terminal action code, denial | terminal | b | 5 | bits TVR | +
        DF8122 | Terminal action code, online | terminal | b | 5 | bits TVR | +
        DF8123 | Reader contactless floor limit | reader | n | 6 | amount | +
        DF8124 | Reader contactless transaction limit, no on-device CVM | reader | n | 6 | amount | +
        DF8125 | Reader contactless transaction limit, on-device CVM | reader | n | 6 | amount | +
        DF8126 | Reader CVM required limit | reader | n | 6 | amount | +
        DF8127 | Time-out value | reader | b | 2 | number | +
        DF8128 | IDS status | kernel | b | 1 | - | +
        DF8129 | Outcome parameter set | kernel | b | 8 | - | +
        DF812A | DD card, track 1 | kernel | ans | 0-56 | secret | +
        DF812B | DD card, track 2 | kernel | b | 0-11 | secret | +
        DF812C | Mag-stripe CVM capability, no CVM required | reader | b | 1 | - | +
        DF812D | Message hold time | reader | n | 3 | digits | +
        DF8130 | Hold time value | reader | b | 1 | number | +
        DF8131 | Phone message table | reader | b | 0-250 | - | +
        DF8132 | Minimum relay resistance grace period | reader | b | 2 | number | +
        DF8133 | Maximum relay resistance grace period | reader | b | 2 | number | +
        DF8134 | Terminal expected transmission time, relay resistance C-APDU | reader | b | 2 | number | +
        DF8135 | Terminal expected transmission time, relay resistance R-APDU | reader | b | 2 | number | +
        DF8136 | Relay resistance accuracy threshold | reader | b | 2 | number | +
        DF8137 | Relay resistance transmission time mismatch threshold | reader | b | 1 | number | +
        DF8301 | Terminal relay resistance entropy | kernel | b | 4 | - | +
        DF8302 | Device relay resistance entropy | card | b | 4 | - | +
        DF8303 | Minimum time for processing relay resistance APDU | card | b | 2 | number | +
        DF8304 | Maximum time for processing relay resistance APDU | card | b | 2 | number | +
        DF8305 | Device estimated transmission time, relay resistance R-APDU | card | b | 2 | number | +
        DF8306 | Measured relay resistance processing time | kernel | b | 2 | number | +
        DF8307 | Relay resistance protocol counter | kernel | b | 1 | number | +
        FF8101 | Torn record | kernel | b | 0-65535 | template | +
        FF8102 | Tags to write before GENERATE AC | terminal | b | 0-65535 | template | +
        FF8103 | Tags to write after GENERATE AC | terminal | b | 0-65535 | template | +
        FF8104 | Data to send | kernel | b | 0-65535 | template | +
        FF8105 | Data record | kernel | b | 0-65535 | template | +
        FF8106 | Discretionary data | kernel | b | 0-65535 | template | +
        """
}
