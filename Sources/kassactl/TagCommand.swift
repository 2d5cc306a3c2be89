import ArgumentParser
import Diagnostics
import SmartCard

struct TagCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tag", abstract: "Reads and writes NFC tags.", subcommands: [Read.self, Write.self],
        defaultSubcommand: Read.self)
}

extension TagCommand {
    struct Read: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Reads a tag: what it is, and the message it carries.")

        @Option(help: "Seconds to wait for a tag.")
        var timeout: Int?

        @OptionGroup var connection: Connection

        func run() async throws {
            let reply: TagReply = try await connection.follow("ReadTag", ReadTagParameters(timeoutSeconds: timeout)) {
                (reply: TagReply) in
                if reply.prompt != nil { Connection.prompt("Present the tag.") }
            }
            guard reply.uid != nil else { throw ExitCode(2) }
            try connection.show(reply) { reply.text }
        }
    }

    struct Write: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Puts a message onto a tag in place of the one it carries.",
            discussion: """
                The tag must be formatted for NDEF; only its data blocks are written, and each is read back. Records go onto the \
                tag in the order: URIs, posters, texts, media, external. Exit status 1 when the tag was not written.
                """)

        @Option(help: "A web address, or any other URI. May be given again.")
        var uri: [String] = []

        @Option(help: "A text. May be given again.")
        var text: [String] = []

        @Option(help: "The language of texts and titles (RFC 5646).")
        var language = "en"

        @Option(help: ArgumentHelp("A smart poster: a URI with the --title.", valueName: "uri"))
        var poster: String?

        @Option(help: "The poster's title.")
        var title: String?

        @Option(help: ArgumentHelp("A media type and its text.", valueName: "type=text"))
        var media: [String] = []

        @Option(help: ArgumentHelp("An external type and its text.", valueName: "domain:name=text"))
        var external: [String] = []

        @Option(help: ArgumentHelp("Only the tag with this UID.", valueName: "hex"))
        var uid: String?

        @Option(help: "Seconds to wait for a tag.")
        var timeout: Int?

        @OptionGroup var connection: Connection

        func run() async throws {
            let parameters = WriteTagParameters(timeoutSeconds: timeout, uid: uid, records: try records())
            let reply: TagWrittenReply = try await connection.follow("WriteTag", parameters) { (reply: TagWrittenReply) in
                if reply.prompt != nil { Connection.prompt("Present the tag, and hold it until it is written.") }
            }
            guard let bytes = reply.bytes else { throw ExitCode(2) }
            try connection.show(reply) {
                let room = reply.capacity.map { " of \($0)" } ?? ""
                return "written and read back: \(bytes)\(room) bytes, tag \(reply.uid ?? "")"
            }
        }

        private func records() throws -> [TagRecord] {
            guard title == nil || poster != nil else { throw ValidationError("--title belongs to a --poster.") }
            func pair(_ text: String, _ option: String) throws -> (type: String, text: String) {
                guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
                    throw ValidationError("--\(option) takes a type, an equals sign and its text.")
                }
                return (String(text[..<equals]), String(text[text.index(after: equals)...]))
            }
            var records = uri.map { TagRecord(.uri, uri: $0) }
            if let poster { records.append(TagRecord(.poster, uri: poster, text: title, language: language)) }
            records += text.map { TagRecord(.text, text: $0, language: language) }
            for part in media {
                let (type, text) = try pair(part, "media")
                records.append(TagRecord(.media, text: text, type: type))
            }
            for part in external {
                let (type, text) = try pair(part, "external")
                records.append(TagRecord(.external, text: text, type: type))
            }
            guard !records.isEmpty else { throw ValidationError("Say what to write: --uri, --text, --poster, --media, --external.") }
            return records
        }
    }
}

extension TagReply {
    fileprivate var text: String {
        var lines = [uid.map { "uid  \($0)" }, kind.map { "kind \($0)" }].compactMap { $0 }
        if let chip { lines.append("chip \(chip)") }
        if let genuine { lines.append(genuine ? "made by NXP (its UID is signed; a copy of it would be too)" : "NOT signed by NXP: a copy") }
        if let capacity { lines.append("room \(capacity) bytes") }
        if let uri { lines.append("uri  \(uri.printable)") }
        lines += (records ?? []).filter { $0.kind != .uri || $0.uri != uri }.map(\.line)
        if let problem { lines.append("no message: \(TagWords.sentence(problem))") }
        return lines.joined(separator: "\n")
    }
}

extension TagRecord {
    fileprivate var line: String {
        let spoken = text.map { "“\($0.printable)”" + (language.map { " (\($0.printable))" } ?? "") }
        let parts = [kind.rawValue, type?.printable, uri?.printable, spoken]
        let size = text == nil && uri == nil ? bytes.map { "\($0) bytes" } : nil
        return (parts + [size]).compactMap { $0 }.joined(separator: "  ")
    }
}

/// What is told of tags in words.
enum TagWords {
    static func sentence(_ reason: String) -> String {
        switch reason {
        case "anotherTag": "another tag is in the field than the one named"
        case "unsupported": "this card keeps no message"
        case "notFormatted": "the tag is not formatted for NDEF"
        case "readOnly": "the tag is read-only"
        case "noRoom": "the message does not fit the tag"
        case "readProtected": "the tag may not be read"
        case "authenticationRefused": "its sectors do not open with the public keys"
        case "removed": "the tag left the field"
        case "interrupted": "the reader failed while the tag was written"
        case "refused", "shortAnswer": "the tag or its reader refused a block: hold it still, or try another reader"
        case "notVerified": "a block read back differs from what was written: the tag is worn out"
        case "interruptedWrite": "the tag was torn away while it was written: write it again"
        default: "its memory is not as it should be (\(reason))"
        }
    }
}
