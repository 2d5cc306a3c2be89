extension StatusWord {
    /// In words, as ISO/IEC 7816-4 §5.6, EMV Book 3 §6 and the tags' makers say it; nil for a word nobody defines.
    public var meaning: String? {
        if let exact = Self.meanings[rawValue] { return exact }
        switch (sw1, sw2) {
        case (0x61, _): return "done; \(sw2 == 0 ? 256 : Int(sw2)) more bytes wait for GET RESPONSE"
        case (0x63, 0xC0): return "verification failed, no tries left"
        case (0x63, 0xC1): return "verification failed, one try left"
        case (0x63, 0xC2...0xCF): return "verification failed, \(sw2 & 0x0F) tries left"
        case (0x6C, _): return "wrong Le; the exact length is \(sw2 == 0 ? 256 : Int(sw2))"
        case (0x62, 0x02...0x80), (0x64, 0x02...0x80): return "the card asks for \(sw2) bytes"
        case (0x62, _): return "warning, memory unchanged"
        case (0x63, _): return "warning, memory changed"
        case (0x64, _): return "error, memory unchanged"
        case (0x65, _): return "error, memory changed"
        case (0x66, _): return "security error"
        case (0x68, _): return "a function of the class byte is not supported"
        case (0x69, _): return "command not allowed"
        case (0x6A, _): return "wrong parameters P1 P2"
        case (0x6D, _): return "instruction not supported"
        case (0x6E, _): return "class not supported"
        case (0x91, _): return "DESFire status \(StatusWord(0, sw2).description.suffix(2))"
        default: return nil
        }
    }

    private static let meanings: [UInt16: String] = [
        0x9000: "success",
        0x6200: "warning, memory unchanged", 0x6281: "part of the data may be corrupted",
        0x6282: "end of file before Le bytes", 0x6283: "selected file or application invalidated",
        0x6284: "file control information not in its form", 0x6285: "selected file in termination state",
        0x6286: "no input from a sensor", 0x6287: "at least one referenced record is deactivated",
        0x6300: "verification failed, or authentication failed", 0x6381: "file filled up by the last write",
        0x6400: "execution error, or PIN entry timed out at a pinpad", 0x6401: "immediate response required, or PIN entry cancelled",
        0x6402: "new PIN entries differ", 0x6403: "PIN too short or too long",
        0x6500: "error, memory changed", 0x6581: "memory failure",
        0x6700: "wrong length", 0x6881: "logical channel not supported", 0x6882: "secure messaging not supported",
        0x6883: "last command of the chain expected", 0x6884: "command chaining not supported",
        0x6900: "command not allowed", 0x6981: "command incompatible with the file structure",
        0x6982: "security status not satisfied", 0x6983: "authentication method blocked",
        0x6984: "reference data not usable; of GET PROCESSING OPTIONS: try another interface",
        0x6985: "conditions of use not satisfied", 0x6986: "command not allowed, no current file; of GET PROCESSING OPTIONS: see phone",
        0x6987: "secure messaging objects missing", 0x6988: "secure messaging objects incorrect",
        0x6A00: "wrong parameters P1 P2", 0x6A80: "incorrect data in the command", 0x6A81: "function not supported",
        0x6A82: "file or application not found", 0x6A83: "record not found", 0x6A84: "not enough memory in the file",
        0x6A85: "Nc inconsistent with TLV structure", 0x6A86: "incorrect parameters P1 P2", 0x6A87: "Nc inconsistent with P1 P2",
        0x6A88: "referenced data not found", 0x6A89: "file exists already", 0x6A8A: "DF name exists already",
        0x6B00: "wrong parameters P1 P2", 0x6B80: "invalid parameter in the pinpad's structure", 0x6D00: "instruction not supported",
        0x6E00: "class not supported", 0x6F00: "no precise diagnosis", 0x6FFF: "card is mute or gone",
        0x9100: "success (DESFire)", 0x91AF: "more frames follow (DESFire)", 0x910C: "no changes (DESFire)",
        0x910E: "out of memory (DESFire)", 0x911C: "illegal command (DESFire)", 0x911E: "integrity error (DESFire)",
        0x9140: "no such key (DESFire)", 0x917E: "length error (DESFire)", 0x919D: "permission denied (DESFire)",
        0x919E: "parameter error (DESFire)", 0x91A0: "application not found (DESFire)", 0x91AD: "authentication delay (DESFire)",
        0x91AE: "authentication error (DESFire)", 0x91BE: "boundary error (DESFire)", 0x91CA: "command aborted (DESFire)",
        0x91DE: "duplicate (DESFire)", 0x91F0: "file not found (DESFire)",
    ]

    /// The last bytes of an answer may be such a word.
    public var isPlausible: Bool { (0x61...0x6F).contains(sw1) || rawValue == 0x9000 || sw1 == 0x91 }
}
