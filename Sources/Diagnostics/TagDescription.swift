extension DiagnosticsInterface {
    /// Tags, part of ``description``.
    static let tagDescription = """
        # A record of an NDEF message. Kind: uri, text, poster, media, external; also read: empty, handover, wellKnown, unknown, malformed.
        type TagRecord (
            kind: string,
            uri: ?string,
            # of a text, the title of a poster, or the payload of a media or external record that is text
            text: ?string,
            # of the text, such as sv
            language: ?string,
            # media type, or the name of an external or well-known type
            type: ?string,
            # of the payload
            bytes: ?int
        )

        # Waits for a tag and reads it; Busy while a payment is under way at the lane, also for WriteTag. Capacity: bytes the tag has for a message, none when it is not formatted. Problem: why
        # there is no message. Chip and genuine (its UID was signed by NXP, which any emulator can repeat): of NXP chips.
        method ReadTag(timeoutSeconds: ?int) -> (
            prompt: ?string,
            uid: ?string,
            kind: ?string,
            uri: ?string,
            capacity: ?int,
            records: ?[]TagRecord,
            problem: ?string,
            chip: ?string,
            genuine: ?bool
        )

        # Waits for a tag and puts a message in place of the one it carries; it must be formatted for NDEF. With a UID: that tag
        # and no other. A tag torn away carries the old message, none, or the new one whole.
        method WriteTag(timeoutSeconds: ?int, uid: ?string, records: []TagRecord) -> (
            prompt: ?string,
            uid: ?string,
            kind: ?string,
            capacity: ?int,
            bytes: ?int
        )

        # Reason: anotherTag, unsupported, notFormatted, readOnly, noRoom, readProtected, authenticationRefused, refused, notVerified,
        # removed, interrupted (by the reader), or a fault of the tag's memory. isTouched: the tag may carry an empty message now.
        error TagNotWritten (reason: string, isTouched: bool)
        """
}
