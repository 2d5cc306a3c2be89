extension HostileParser {
    /// Every parser, a line each: `make fuzz`, `make test` and the corpus follow. Not here, as their rooms need GRDB, NIO or
    /// Hummingbird: rows that come back from SQLite (`StoreTests`, `CrashTests`), TLS and HTTP (`HostLinkTests`, `HostLedgerTests`),
    /// Varlink's sockets (`VarlinkTests/HostileClientTests`).
    public static let all: [HostileParser] = [
        HostileParser("apdu", Feed.commands),
        HostileParser("tlv", Feed.objects, within: WorkBound(asked: .init(65_536, each: 512))),
        HostileParser("atr", Feed.answerToReset),
        HostileParser("dol", Feed.dataObjectList),
        HostileParser("ndef", Feed.message),
        HostileParser("tag-memory", Feed.tagMemory, within: .tags),
        HostileParser("tag-answers", Feed.tagAnswers, within: .tags),
        HostileParser("records", Feed.records),
        HostileParser("certificates", Feed.certificates),
        HostileParser("transcript", Feed.transcript),
        HostileParser("contactless", Feed.contactless, within: WorkBound(commands: 5_000)),
        HostileParser("contact", Feed.contact, within: WorkBound(commands: 5_000)),
        HostileParser("decode", Feed.decode, within: WorkBound(asked: .init(1 << 20, each: 4_096), held: .init(1 << 20, each: 1024))),
        HostileParser("varlink", Feed.varlink),
        HostileParser("host-json", Feed.hostAnswers),
        HostileParser("settings", Feed.settings),
        HostileParser("journal", Feed.journal),
    ]

    public static func named(_ name: String) -> HostileParser? { all.first { $0.name == name } }
}

extension WorkBound {
    /// A tag of a few bytes may promise a message of 8 KiB, which is read in pieces as small as it likes.
    static let tags = WorkBound(commands: 20_000, asked: .init(32 << 20, each: 512), held: .init(1 << 20, each: 256))
}

/// How each parser is fed, by what it reads.
enum Feed {}
