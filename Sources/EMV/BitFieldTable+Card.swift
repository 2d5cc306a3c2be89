extension BitFieldTable {
    /// Fields of the card and the issuer (EMV Book 3 annex C; Books C-2 and C-3 annex A; Visa's issuer application data).
    static let cardTables = """
        = AIP
        1.8 XDA supported
        2.7 Mobile phone
        2.6 Contactless transaction
        = AUC
        1.8 Valid for domestic cash transactions
        1.7 Valid for international cash transactions
        1.6 Valid for domestic goods
        1.5 Valid for international goods
        1.4 Valid for domestic services
        1.3 Valid for international services
        1.2 Valid at ATMs
        1.1 Valid at terminals other than ATMs
        2.8 Domestic cashback allowed
        2.7 International cashback allowed
        = CID
        1.8-7 Cryptogram: 0 AAC, declined; 1 TC, approved offline; 2 ARQC, online authorisation asked for
        1.6-5 Payment system's own cryptogram:
        1.4 Advice required
        1.3-1 Reason: 1 service not allowed; 2 PIN try limit exceeded; 3 issuer authentication failed
        = PRIORITY
        1.8 Not without the cardholder's confirmation
        1.4-1 Priority, 1 first, 0 none:
        = CTQ
        1.8 Online PIN required
        1.7 Signature required
        1.6 Go online if offline data authentication fails and the reader can
        1.5 Switch interface if offline data authentication fails and the reader has a contact chip
        1.4 Go online if the application is expired
        1.3 Switch interface for cash transactions
        1.2 Switch interface for cashback transactions
        1.1 Not valid for contactless ATM transactions
        2.8 Consumer device CVM performed
        2.7 Card supports issuer update processing
        = FFI
        1.8-6 Version:
        1.5-1 Form: 0 card; 1 mini-card; 2 other than a card; 3 mobile phone; 4 worn at the wrist
        2.8 Passcode capable
        2.7 Signature panel
        2.6 Hologram
        2.5 CVV2
        2.4 Two-way messaging
        2.3 Cloud based credentials
        2.2 Biometric cardholder verification capable
        4.4-1 Technology: 0 proximity contactless; 1 not used in VCPS
        = CAP
        1.8 Low value check supported
        1.7 Low value and CTTA check supported
        1.6 Count qVSDC online transactions
        1.5 Streamlined qVSDC supported
        1.4 PIN tries exceeded check supported
        1.3 Offline international transactions allowed
        1.2 Card prefers contact chip
        1.1 Return available offline spending amount
        = GEO
        1.8 Valid for domestic transactions
        1.7 Valid for international transactions
        = ACI
        1.8-5 Version:
        1.4-1 Data storage: 0 not supported; 1 version 1; 2 version 2
        2.3 Field off detection supported
        2.2 Balance can be read offline
        2.1 CDA as in EMV, over TC, ARQC and AAC
        3.8-1 Standalone data storage scheme:
        = PCII
        2.5 Offline PIN verification successful
        2.4 Context is conflicting
        2.3 Offline change PIN required
        2.2 Acknowledgement required
        2.1 OD-CVM verification successful
        = VISACVR
        1.8-7 Second GENERATE AC: 0 AAC; 1 TC; 2 not requested
        1.6-5 First cryptogram: 0 AAC; 1 TC; 2 ARQC
        1.4 Issuer authentication performed and failed
        1.3 Offline PIN verification performed
        1.2 Offline PIN verification failed
        1.1 Unable to go online
        2.8 Last online transaction not completed
        2.7 PIN try limit exceeded
        2.6 Velocity checking counters exceeded
        2.5 New card
        2.4 Issuer authentication failed on the last online transaction
        2.3 Issuer authentication not performed after online authorisation
        2.2 Application blocked by the card because the PIN try limit was exceeded
        2.1 SDA failed on the last transaction
        3.8-5 Issuer script commands:
        3.4 Issuer script processing failed
        3.3 DDA failed on the last transaction
        3.2 DDA performed
        3.1 PIN verification command not received, though the card expected it
        = VISACVR2
        1.8-5 Consumer device CVM verified by: 0 none; 1 Visa mobile payment application; 2 MG; 3 co-residing SE application; 4 TEE application; 5 mobile application; 6 terminal; 7 cloud; 8 operating system of the device
        1.4-1 Consumer device CVM: 0 none; 1 passcode; 2 finger; 3 pattern; 4 face; 5 iris; 6 voice; 7 palm; 13 signature; 14 online PIN
        2.8-7 Second GENERATE AC: 0 AAC; 1 TC; 2 not requested
        2.6-5 First cryptogram: 0 AAC; 1 TC; 2 ARQC
        2.4 Issuer authentication performed and failed
        2.3 Consumer device CVM successful
        2.1 Unable to go online
        3.8 Last online transaction not completed
        3.7 PIN try limit exceeded
        3.6 Velocity checking counters exceeded
        3.5 New card
        3.4 Issuer authentication failed on the last online transaction
        3.3 Issuer authentication not performed after online authorisation
        3.2 Application blocked by the card because the PIN try limit was exceeded
        3.1 SDA failed on the last transaction
        4.8-5 Issuer script commands:
        4.4 Issuer script processing failed
        4.3 DDA failed on the last transaction
        4.2 DDA performed
        4.1 PIN verification command not received, though the card expected it
        5.8 Device is not in debug mode
        5.7 Device is not rooted
        5.6 Mobile application is not hooked
        5.5 Mobile application is intact
        5.4 Device has data connectivity
        5.3 Device is genuine
        5.2 Consumer device CVM performed
        5.1 Secure messaging with EMV session keys
        = CCDCVR
        1.8-7 Second GENERATE AC: 0 AAC; 1 TC; 2 not requested
        1.6-5 First GENERATE AC: 0 AAC; 1 TC; 2 ARQC
        1.4 CDA performed
        1.3 DDA performed
        1.2 Issuer authentication not performed
        1.1 Issuer authentication failed
        2.8-5 PIN try counter, low nibble:
        2.4 Offline PIN verification performed
        2.3 Offline PIN verification not successful
        2.2 PIN try limit exceeded
        2.1 Last online transaction not completed
        3.8 Lower offline transaction count limit exceeded
        3.7 Upper offline transaction count limit exceeded
        3.6 Lower cumulative offline amount limit exceeded
        3.5 Upper cumulative offline amount limit exceeded
        3.4 Issuer's own bit 1
        3.3 Issuer's own bit 2
        3.2 Issuer's own bit 3
        3.1 Issuer's own bit 4
        4.8-5 Issuer script commands done:
        4.4 Issuer script processing failed
        4.3 Offline data authentication failed on previous transaction
        4.2 Go online on next transaction was set
        4.1 Unable to go online
        = CSU
        1.8 Proprietary authentication data included
        1.4-1 PIN try counter:
        2.8 Issuer approves the online transaction
        2.7 Card block
        2.6 Application block
        2.5 Update PIN try counter
        2.4 Go online on next transaction
        2.3 Made by a proxy for the issuer
        2.2-1 Offline counters: 0 not updated; 1 set to the upper limits; 2 reset to zero; 3 transaction added
        """
}
