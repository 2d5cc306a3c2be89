extension HostileParser {
    /// Every parser, a line each: `make fuzz`, `make test` and the corpus follow. Not here, as their rooms need GRDB, NIO or
    /// Hummingbird: rows that come back from SQLite (`StoreTests`, `CrashTests`), TLS and HTTP (`HostLinkTests`, `HostLedgerTests`),
    /// Varlink's sockets (`VarlinkTests/HostileClientTests`).
    public static let all: [HostileParser] = [
        HostileParser("apdu", Feed.commands, Samples.commands),
        HostileParser("tlv", Feed.objects, Samples.objects, within: WorkBound(asked: .init(65_536, each: 512))),
        HostileParser("atr", Feed.answerToReset, Samples.answersToReset, within: WorkBound(asked: .init(65_536, each: 512))),
        HostileParser("dol", Feed.dataObjectList, Samples.lists),
        HostileParser("ndef", Feed.message, Samples.messages),
        HostileParser("tag-memory", Feed.tagMemory, Samples.tagMemories, within: .tags),
        HostileParser("tag-answers", Feed.tagAnswers, Samples.tagAnswers, within: .tags),
        HostileParser("dynamic-url", Feed.dynamicURL, Samples.dynamicURLs),
        HostileParser("closed-loop-tag", Feed.closedLoopTag, Samples.closedLoopTags, within: .exchange),
        HostileParser("tag-evidence", Feed.tagEvidence, Samples.tagEvidences),
        HostileParser("telephone", Feed.telephone, Samples.telephones, within: .exchange),
        HostileParser("desfire", Feed.desfire, Samples.desfireAnswers, within: WorkBound(commands: 100)),
        HostileParser("tag-session", Feed.tagSession, Samples.sessionAnswers, within: WorkBound(commands: 400, asked: .init(65_536, each: 512))),
        HostileParser("reader", Feed.reader, Samples.readers),
        HostileParser("records", Feed.records, Samples.records, within: WorkBound(asked: .init(65_536, each: 1_024))),
        HostileParser("certificates", Feed.certificates, Samples.certificates),
        HostileParser("transcript", Feed.transcript, Samples.transcripts),
        HostileParser("contactless", Feed.contactless, Samples.contactless, within: WorkBound(commands: 5_000)),
        HostileParser("contact", Feed.contact, Samples.contact, within: WorkBound(commands: 5_000)),
        HostileParser("decode", Feed.decode, Samples.decode, within: .decoder),
        HostileParser("varlink", Feed.varlink, Samples.varlink),
        HostileParser("host-json", Feed.hostAnswers, Samples.hostMessages),
        HostileParser("settings", Feed.settings, Samples.settings, within: .settings),
        HostileParser("key-block", Feed.keyBlock, Samples.keyBlocks),
        HostileParser("key-state", Feed.keyState, Samples.keyStates),
        HostileParser("journal", Feed.journal, Samples.journal),
        HostileParser("receipt", Feed.receipt, Samples.receipts),
        HostileParser("presentation", Feed.presentation, Samples.presentations, within: .receipts),
        HostileParser("typed-code", Feed.typedCode, Samples.typedCodes, within: .codes),
        HostileParser("site-keys", Feed.siteKeys, Samples.siteKeyForms),
    ]

    public static func named(_ name: String) -> HostileParser? { all.first { $0.name == name } }
}

extension WorkBound {
    /// A tag of a few bytes may promise a message of 8 KiB, which is read in pieces as small as it likes.
    static let tags = WorkBound(commands: 20_000, asked: .init(16 << 20, each: 512), held: .init(1 << 20, each: 256))
}

extension WorkBound {
    /// At most 18 commands, each with 32 more where the rest of an answer waits.
    static let exchange = WorkBound(commands: 18 * 34, asked: .init(1 << 18, each: 512))
}

extension WorkBound {
    /// Eight levels of objects, each explained in words.
    static let decoder = WorkBound(asked: .init(1 << 20, each: 4_096), held: .init(1 << 18, each: 1_024))
}

extension WorkBound {
    /// TOMLKit frees nothing that it has parsed. Files are read once, at the start.
    static let settings = WorkBound(asked: .init(1 << 20, each: 2_048), held: .init(1 << 18, each: 512), left: 4_096)
}

extension WorkBound {
    /// A token in at most 34 commands, decoded and encoded again before it is verified.
    static let receipts = WorkBound(commands: 34, asked: .init(65_536, each: 512))
}

extension WorkBound {
    /// A code's search is the same work for each: an HMAC for each of seven minutes.
    static let codes = WorkBound(asked: .init(1 << 17, each: 512))
}

/// How each parser is fed, by what it reads.
enum Feed {}
