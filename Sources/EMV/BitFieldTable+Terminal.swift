extension BitFieldTable {
    /// Fields of the terminal (EMV Book 3 annex C, Book 4 annex A; Books C-2, C-3, C-4).
    static let terminalTables = """
        = TVR
        1.1 XDA selected
        2.2 Biometric performed and successful
        2.1 Biometric template format not supported
        3.2 Biometric required but capture device not working
        3.1 Biometric required, capture device present, but subtype bypassed
        4.3 Biometric try limit exceeded
        4.2 A selected biometric type is not supported
        4.1 XDA signature verification failed
        5.4 Relay resistance threshold exceeded (contactless)
        5.3 CA ECC key missing (contact); relay resistance time limits exceeded (contactless)
        5.2 ECC key recovery failed (contact); relay resistance protocol performed (contactless)
        5.1 Relay resistance protocol not performed (contactless)
        = TSI
        = TERMCAP
        2.3 Online biometric
        2.2 Offline biometric
        2.1 Enciphered PIN for offline verification (ECC)
        3.3 XDA
        = ADDCAP
        1.8 Cash
        1.7 Goods
        1.6 Services
        1.5 Cashback
        1.4 Inquiry
        1.3 Transfer
        1.2 Payment
        1.1 Administrative
        2.8 Cash deposit
        3.8 Numeric keys
        3.7 Alphabetic and special character keys
        3.6 Command keys
        3.5 Function keys
        4.8 Print, attendant
        4.7 Print, cardholder
        4.6 Display, attendant
        4.5 Display, cardholder
        4.2 Code table 10
        4.1 Code table 9
        5.8 Code table 8
        5.7 Code table 7
        5.6 Code table 6
        5.5 Code table 5
        5.4 Code table 4
        5.3 Code table 3
        5.2 Code table 2
        5.1 Code table 1
        = TTQ
        1.8 Mag-stripe mode supported
        1.6 EMV mode (qVSDC) supported
        1.5 EMV contact chip supported
        1.4 Offline-only reader
        1.3 Online PIN supported
        1.2 Signature supported
        1.1 Offline data authentication for online authorisations supported
        2.8 Online cryptogram required
        2.7 CVM required
        2.6 Offline PIN supported (contact chip)
        2.4 Fast mode supported
        2.3 Transit terminal
        3.8 Issuer update processing supported
        3.7 Consumer device CVM supported
        3.6 Consumer device CVM for transit supported
        3.4 Consumer device CVM required
        4.8 fDDA version 01 supported
        = TRMD
        1.8 Restart supported
        1.7 Online PIN, contactless
        1.6 Signature, contactless
        1.5 Enciphered offline PIN, contactless
        1.4 No CVM required, contactless
        1.3 Consumer device CVM, contactless
        1.2 Plaintext offline PIN, contactless
        1.1 Present and hold supported
        2.8 CVM limit exceeded
        2.7 Online PIN, contact
        2.6 Signature, contact
        2.5 Enciphered offline PIN, contact
        2.4 No CVM required, contact
        2.3 Consumer device CVM, contact
        2.2 Plaintext offline PIN, contact
        3.8 Mag-stripe mode contactless not supported
        3.7 EMV mode contactless not supported
        3.6 Consumer device CVM without CDA supported
        4.8 Consumer device CVM bypass requested
        4.7 Exempt from strong customer authentication
        = RCP
        1.8-7 Cryptogram asked for: 0 AAC; 1 TC; 2 ARQC
        1.5 CDA signature requested
        = CDIC
        1.8 Manual key entry
        1.7 Magnetic stripe
        1.6 IC with contacts
        = CVMC
        1.8 Plaintext PIN for offline verification by the card
        1.7 Enciphered PIN for online verification
        1.6 Signature (paper)
        1.5 Enciphered PIN for offline verification
        1.4 No CVM required
        = SECC
        1.8 SDA
        1.7 DDA
        1.6 Card capture
        1.4 CDA
        = KCONF
        1.8 Mag-stripe mode contactless not supported
        1.7 EMV mode contactless not supported
        1.6 On-device cardholder verification supported
        1.5 Relay resistance protocol supported
        1.4 Reserved for the payment system
        1.3 Read all records even when no CDA
        = MSI
        1.2 OD-CVM required
        1.1 Mobile supported
        = CRC
        1.8 Contactless EMV
        1.7 Contactless mag-stripe mode
        1.4 CVM required
        = ECRC
        1.8 Contact mode supported
        1.7 Contactless mag-stripe mode supported
        1.6 Contactless EMV, full online
        1.5 Contactless EMV, partial online
        1.4 Contactless mobile supported
        1.3 Try another interface after a decline
        2.8 Mobile CVM supported
        2.7 Online PIN supported
        2.6 Signature supported
        2.5 Plaintext offline PIN supported
        3.8 Offline-only reader
        3.7 CVM required
        4.8 Exempt from No CVM checks
        4.7 Delayed authorisation terminal
        4.6 Transit terminal
        4.3-1 Kernel version: 1 2.2 or 2.3; 2 2.4 to 2.6; 3 2.7
        """
}
