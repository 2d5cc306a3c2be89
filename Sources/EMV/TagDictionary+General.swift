extension TagDictionary {
    /// Objects that mean the same to every kernel (EMV Book 1 annex B, Book 3 annex A, Book A and B; ISO/IEC 7816-4, 7816-6).
    /// Columns: tag | name | source | format | lengths | content | status. See ``TagDefinition/init(row:scope:)``.
    static let general = """
        06 | Object identifier | issuer | b | 0-127 | - | +
        41 | Country code and national data | issuer | b | 0-127 | - | +
        42 | Issuer identification number (IIN) | issuer | n | 3 | - | +
        43 | Card service data | issuer | b | 1 | - | ?
        44 | Initial access data | issuer | b | 0-127 | - | ?
        45 | Card issuer's data | issuer | b | 0-127 | - | ?
        46 | Pre-issuing data | issuer | b | 0-127 | - | +
        47 | Card capabilities | issuer | b | 1-3 | - | ?
        48 | Status information of the card | card | b | 0-3 | - | ?
        4D | Extended header list | terminal | b | 0-255 | - | ?
        4F | Application identifier of the directory entry (ADF name) | card | b | 5-16 | aid | +
        50 | Application label | card | ans | 1-16 | text | +
        51 | Path | card | b | 0-127 | - | ?
        52 | Command to perform | card | b | 0-255 | - | +
        53 | Discretionary data | card | b | 0-255 | - | +
        56 | Track 1 data | card | ans | 0-76 | track1 | +
        57 | Track 2 equivalent data | card | b | 0-19 | track2 | +
        58 | Track 3 equivalent data | card | b | 0-127 | secret | ?
        59 | Card expiration date | card | n | 2 | - | ?
        5A | Application primary account number (PAN) | card | cn | 0-10 | pan | +
        5B | Name of an individual | card | ans | 0-127 | name | ?
        5C | Tag list | terminal | b | 0-255 | tags | ?
        5D | Header list | terminal | b | 0-255 | dol | ?
        5E | Proprietary login data | card | b | 0-255 | secret | +
        61 | Application template (directory entry) | card | b | 0-252 | template | +
        62 | File control parameters (FCP) template | card | b | 0-252 | template | ?
        64 | File management data (FMD) template | card | b | 0-252 | template | ?
        65 | Cardholder related data | card | b | 0-255 | template | ?
        66 | Card data template | card | b | 0-255 | template | ?
        67 | Authentication data template | card | b | 0-255 | template | ?
        68 | Special user requirements | card | b | 0-255 | template | ?
        6A | Login template | card | b | 0-255 | template | ?
        6E | Application related data | card | b | 0-255 | template | ?
        6F | File control information (FCI) template | card | b | 0-252 | template | +
        70 | Record template (READ RECORD response) | card | b | 0-252 | template | +
        71 | Issuer script template 1, before the final GENERATE AC | issuer | b | 0-255 | template | +
        72 | Issuer script template 2, after the final GENERATE AC | issuer | b | 0-255 | template | +
        73 | Directory discretionary template | card | b | 0-252 | template | +
        77 | Response template format 2 | card | b | 0-255 | template | +
        78 | Compatible tag allocation authority | card | b | 0-255 | template | ?
        79 | Coexistent tag allocation authority | card | b | 0-255 | template | ?
        7A | Security support template | card | b | 0-255 | template | ?
        7B | Security environment template | card | b | 0-255 | template | ?
        7D | Secure messaging template | card | b | 0-255 | template | ?
        7E | Non-interindustry data objects | card | b | 0-255 | template | ?
        7F21 | Cardholder certificate | card | b | 0-65535 | template | ?
        7F49 | Public key data | card | b | 0-65535 | template | ?
        7F60 | Biometric information template (BIT) | card | b | 0-65535 | template | ?
        80 | Response template format 1 | card | b | 0-255 | format1 | +
        81 | Amount, authorised (binary) | terminal | b | 4 | amountb | +
        82 | Application interchange profile (AIP) | card | b | 2 | bits AIP | +
        83 | Command template | terminal | b | 0-255 | command | +
        84 | Dedicated file (DF) name | card | b | 5-16 | aid | +
        86 | Issuer script command | issuer | b | 4-261 | script | +
        87 | Application priority indicator | card | b | 1 | bits PRIORITY | +
        88 | Short file identifier (SFI) | card | b | 1 | number | +
        89 | Authorisation code | issuer | ans | 6 | text | +
        8A | Authorisation response code | issuer | an | 2 | arc | +
        8B | POI information | terminal | b | 0-64 | - | +
        8C | Card risk management data object list 1 (CDOL1) | card | b | 0-252 | dol | +
        8D | Card risk management data object list 2 (CDOL2) | card | b | 0-252 | dol | +
        8E | Cardholder verification method (CVM) list | card | b | 10-252 | cvmlist | +
        8F | Certification authority public key index, card | card | b | 1 | - | +
        90 | Issuer public key certificate | card | b | 0-255 | - | +
        91 | Issuer authentication data | issuer | b | 8-16 | issuerauth | +
        92 | Issuer public key remainder | card | b | 0-255 | - | +
        93 | Signed static application data | card | b | 0-255 | - | +
        94 | Application file locator (AFL) | card | b | 0-252 | afl | +
        95 | Terminal verification results (TVR) | terminal | b | 5 | bits TVR | +
        96 | Kernel identifier, terminal | terminal | b | 8 | - | +
        97 | Transaction certificate data object list (TDOL) | card | b | 0-252 | dol | +
        98 | Transaction certificate (TC) hash value | terminal | b | 20 | - | +
        99 | Transaction PIN data | terminal | b | 0-255 | secret | +
        9A | Transaction date | terminal | n | 3 | date | +
        9B | Transaction status information (TSI) | terminal | b | 2 | bits TSI | +
        9C | Transaction type | terminal | n | 1 | transaction | +
        9D | Directory definition file (DDF) name | card | b | 5-16 | aid | +
        A5 | FCI proprietary template | card | b | 0-252 | template | +
        BF0C | FCI issuer discretionary data | card | b | 0-222 | template | +
        BF4A | Offline BIT group template | card | b | 0-255 | template | ?
        BF4B | Online BIT group template | card | b | 0-255 | template | ?
        BF4C | Biometric try counters template | card | b | 0-255 | template | +
        BF4D | Preferred attempts template | card | b | 0-255 | template | +
        BF4E | Biometric verification data template | terminal | b | 0-255 | secret | ?
        5F20 | Cardholder name | card | ans | 0-26 | name | +
        5F21 | Track 1 image | card | ans | 0-127 | secret | ?
        5F22 | Track 2 image | card | b | 0-127 | secret | ?
        5F23 | Track 3 image | card | b | 0-127 | secret | ?
        5F24 | Application expiration date | card | n | 3 | date | +
        5F25 | Application effective date | card | n | 3 | date | +
        5F26 | Card effective date | card | n | 2-3 | - | ?
        5F27 | Interchange control | card | n | 1 | - | ?
        5F28 | Issuer country code | card | n | 2 | country | +
        5F2A | Transaction currency code | terminal | n | 2 | currency | +
        5F2B | Date of birth | card | n | 4 | secret | ?
        5F2C | Cardholder nationality | card | n | 2 | country | ?
        5F2D | Language preference | card | an | 2-8 | text | +
        5F2E | Cardholder biometric data | card | b | 0-65535 | secret | ?
        5F2F | PIN usage policy | card | b | 2 | - | ?
        5F30 | Service code | card | n | 2 | servicecode | +
        5F32 | Transaction counter | card | b | 0-8 | number | ?
        5F33 | Date of a transaction | card | n | 7 | - | ?
        5F34 | Application PAN sequence number | card | n | 1 | digits | +
        5F35 | Sex (ISO/IEC 5218) | card | n | 1 | secret | ?
        5F36 | Transaction currency exponent | terminal | n | 1 | digits | +
        5F37 | Static internal authentication, one step | card | b | 0-255 | - | ?
        5F3D | Digital signature | card | b | 0-255 | - | ?
        5F40 | Cardholder portrait image | card | b | 0-65535 | secret | ?
        5F41 | Element list | card | b | 0-255 | - | ?
        5F42 | Address | card | ans | 0-255 | secret | ?
        5F43 | Cardholder handwritten signature image | card | b | 0-65535 | secret | ?
        5F45 | Hologram | card | b | 0-255 | - | ?
        5F49 | Cardholder public key | card | b | 0-65535 | - | ?
        5F4A | Certification authority reference or key | card | b | 0-65535 | - | ?
        5F4C | Certificate holder authorisation | card | b | 0-65535 | - | ?
        5F4D | Integrated circuit manufacturer identifier | card | b | 1 | - | ?
        5F50 | Issuer URL | card | ans | 0-255 | text | +
        5F53 | International bank account number (IBAN) | card | ans | 0-34 | secret | +
        5F54 | Bank identifier code (BIC) | card | an | 8,11 | text | +
        5F55 | Issuer country code, two letters | card | a | 2 | text | +
        5F56 | Issuer country code, three letters | card | a | 3 | text | +
        5F57 | Account type | terminal | n | 1 | account | +
        9F01 | Acquirer identifier | terminal | n | 6 | digits | +
        9F02 | Amount, authorised | terminal | n | 6 | amount | +
        9F03 | Amount, other (cashback) | terminal | n | 6 | amount | +
        9F04 | Amount, other (binary) | terminal | b | 4 | amountb | +
        9F05 | Application discretionary data | card | b | 1-32 | - | +
        9F06 | Application identifier (AID), terminal | terminal | b | 5-16 | aid | +
        9F07 | Application usage control (AUC) | card | b | 2 | bits AUC | +
        9F08 | Application version number, card | card | b | 2 | - | +
        9F09 | Application version number, terminal | terminal | b | 2 | - | +
        9F0A | Application selection registered proprietary data (ASRPD) | card | b | 0-255 | - | +
        9F0B | Cardholder name, extended | card | ans | 27-45 | name | +
        9F0C | Issuer identification number, extended (IINE) | card | n | 3-4 | digits | +
        9F0D | Issuer action code, default | card | b | 5 | bits TVR | +
        9F0E | Issuer action code, denial | card | b | 5 | bits TVR | +
        9F0F | Issuer action code, online | card | b | 5 | bits TVR | +
        9F10 | Issuer application data (IAD) | card | b | 0-32 | iad | +
        9F11 | Issuer code table index | card | n | 1 | codetable | +
        9F12 | Application preferred name | card | ans | 1-16 | text | +
        9F13 | Last online application transaction counter (ATC) register | card | b | 2 | number | +
        9F14 | Lower consecutive offline limit | card | b | 1 | number | +
        9F15 | Merchant category code | terminal | n | 2 | digits | +
        9F16 | Merchant identifier | terminal | ans | 15 | text | +
        9F17 | PIN try counter | card | b | 1 | tries | +
        9F18 | Issuer script identifier | issuer | b | 4 | - | +
        9F19 | Token requestor id | card | n | 6 | digits | +
        9F1A | Terminal country code | terminal | n | 2 | country | +
        9F1B | Terminal floor limit | terminal | b | 4 | amountb | +
        9F1C | Terminal identification | terminal | an | 8 | text | +
        9F1D | Terminal risk management data | terminal | b | 1-8 | bits TRMD | +
        9F1E | Interface device (IFD) serial number | terminal | an | 8 | text | +
        9F1F | Track 1 discretionary data | card | ans | 0-255 | secret | +
        9F20 | Track 2 discretionary data | card | cn | 0-255 | secret | +
        9F21 | Transaction time | terminal | n | 3 | time | +
        9F22 | Certification authority public key index, terminal | terminal | b | 1 | - | +
        9F23 | Upper consecutive offline limit | card | b | 1 | number | +
        9F24 | Payment account reference (PAR) | card | an | 29 | text | +
        9F25 | Last four digits of PAN | card | n | 2 | digits | +
        9F26 | Application cryptogram | card | b | 8 | opaque | +
        9F27 | Cryptogram information data (CID) | card | b | 1 | bits CID | +
        9F28 | Cardholder verification status, wallet | card | b | 0-255 | - | ?
        9F29 | Extended selection | card | b | 0-15 | - | +
        9F2A | Kernel identifier | card | b | 1,3-8 | kernel | +
        9F2D | ICC PIN encipherment public key certificate | card | b | 0-255 | - | +
        9F2E | ICC PIN encipherment public key exponent | card | b | 1,3 | number | +
        9F2F | ICC PIN encipherment public key remainder | card | b | 0-255 | - | +
        9F30 | Biometric terminal capabilities | terminal | b | 3 | - | ?
        9F31 | Card biometric information template (BIT) group | card | b | 0-255 | - | ?
        9F32 | Issuer public key exponent | card | b | 1,3 | number | +
        9F33 | Terminal capabilities | terminal | b | 3 | bits TERMCAP | +
        9F34 | Cardholder verification method (CVM) results | terminal | b | 3 | cvmresults | +
        9F35 | Terminal type | terminal | n | 1 | terminaltype | +
        9F36 | Application transaction counter (ATC) | card | b | 2 | number | +
        9F37 | Unpredictable number | terminal | b | 4 | opaque | +
        9F38 | Processing options data object list (PDOL) | card | b | 0-252 | dol | +
        9F39 | Point-of-service (POS) entry mode | terminal | n | 1 | entrymode | +
        9F3A | Amount, reference currency | terminal | b | 4 | amountb | +
        9F3B | Application reference currency | card | n | 2-8 | currencies | +
        9F3C | Transaction reference currency code | terminal | n | 2 | currency | +
        9F3D | Transaction reference currency exponent | terminal | n | 1 | digits | +
        9F3E | Terminal categories supported list | terminal | b | 0-255 | - | +
        9F3F | Static data object list (SDOL) | card | b | 0-252 | dol | +
        9F40 | Additional terminal capabilities | terminal | b | 5 | bits ADDCAP | +
        9F41 | Transaction sequence counter | terminal | n | 2-4 | digits | +
        9F42 | Application currency code | card | n | 2 | currency | +
        9F43 | Application reference currency exponent | card | n | 1-4 | digits | +
        9F44 | Application currency exponent | card | n | 1 | digits | +
        9F45 | Data authentication code | card | b | 2 | - | +
        9F46 | ICC public key certificate | card | b | 0-255 | - | +
        9F47 | ICC public key exponent | card | b | 1,3 | number | +
        9F48 | ICC public key remainder | card | b | 0-255 | - | +
        9F49 | Dynamic data authentication data object list (DDOL) | card | b | 0-252 | dol | +
        9F4A | Static data authentication tag list | card | b | 0-252 | tags | +
        9F4B | Signed dynamic application data | card | b | 0-255 | - | +
        9F4C | ICC dynamic number | card | b | 2-8 | opaque | +
        9F4D | Log entry | card | b | 2 | logentry | +
        9F4E | Merchant name and location | terminal | ans | 0-255 | text | +
        9F4F | Log format | card | b | 0-252 | dol | +
        """
}
