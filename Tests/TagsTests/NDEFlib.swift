import Core
import Foundation

/// PyPI ndeflib 0.3.3 as a second opinion: an implementation that shares nothing with this one. It is installed once into a
/// cache folder; needs python3 with venv and a package index.
struct NDEFlib {
    /// What a message holds, said so that both sides can say it. Text is hexadecimal UTF-8: strings would compare equal
    /// that are not the same bytes.
    struct Verdict: Codable, Hashable {
        var message: String
        /// Nil when the message was accepted.
        var error: String?
        var records: [Record] = []

        struct Record: Codable, Hashable {
            /// `urn:nfc:wkt:U`, `urn:nfc:ext:a.b:c`, a media type, a URI, `unknown` or nothing.
            var type: String
            var id: String
            var payload: String
            /// The content of U, T and Sp field by field; empty for other records.
            var content: [String]
        }
    }

    private let python: String
    private let script: String

    struct Failed: Error { let command: String, output: String }

    init() throws {
        let manager = FileManager.default
        let cache = try manager.url(for: .cachesDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
            .appendingPathComponent("kassad-tests/ndeflib-0.3.3")
        python = cache.appendingPathComponent("bin/python").path
        if !manager.fileExists(atPath: cache.path) {
            // Made beside and moved: two runs at once don't see half of it.
            let fresh = cache.deletingLastPathComponent().appendingPathComponent("ndeflib-\(UUID())")
            try manager.createDirectory(at: cache.deletingLastPathComponent(), withIntermediateDirectories: true)
            _ = try Self.run("/usr/bin/env", ["python3", "-m", "venv", fresh.path])
            _ = try Self.run(
                fresh.path + "/bin/python",
                ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "ndeflib==0.3.3"])
            do { try manager.moveItem(at: fresh, to: cache) } catch {
                try? manager.removeItem(at: fresh)
                guard manager.fileExists(atPath: cache.path) else { throw error }
            }
        }
        script = NDEFlib.source
    }

    /// Messages of ndeflib's making, with what is in them.
    func generate(seed: Int, count: Int) throws -> [Verdict] { try ask(["generate", "\(seed)", "\(count)"], []) }

    /// ndeflib's opinion of each message.
    func judge(_ messages: [[UInt8]]) throws -> [Verdict] { try ask(["judge"], messages) }

    private func ask(_ arguments: [String], _ messages: [[UInt8]]) throws -> [Verdict] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ndeflib-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (input, output) = (folder.appendingPathComponent("in"), folder.appendingPathComponent("out"))
        try Data(messages.map { Hex.encode($0) + "\n" }.joined().utf8).write(to: input)
        _ = try Self.run(python, ["-c", script, input.path, output.path] + arguments)
        let decoder = JSONDecoder()
        return try Data(contentsOf: output).split(separator: UInt8(ascii: "\n")).map { try decoder.decode(Verdict.self, from: $0) }
    }

    private static func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failed(command: ([program] + arguments.filter { $0.count < 200 }).joined(separator: " "), output: output)
        }
        return output
    }
}

extension NDEFlib {
    /// ndeflib reads chunks as records of type `unchanged`: they are joined here, and what comes of it is read by its
    /// decoders of payloads.
    /// Known types are those that a shop meets; the payloads of others, such as handover, are compared as bytes.
    fileprivate static let source = """
        import json, random, sys, ndef
        from ndef.uri import UriRecord
        from ndef.text import TextRecord
        from ndef.smartposter import SmartposterRecord
        known = {r._type: r for r in (UriRecord, TextRecord, SmartposterRecord)}

        def h(text):
            return text.encode('utf-8').hex().upper()

        def content(r):
            if isinstance(r, UriRecord): return ['U', h(r.iri)]
            if isinstance(r, TextRecord): return ['T', h(r.text), h(r.language)]
            if isinstance(r, SmartposterRecord):
                c = ['Sp', h(r.resource.iri)]
                for t in r.title_records: c += ['title', h(t.text), h(t.language)]
                if r.action_records: c += ['action', r.action]
                for i in r.icon_records: c += ['icon', h(i.type), bytes(i.data).hex().upper()]
                if r.size_records: c += ['size', str(r.resource_size)]
                if r.type_records: c += ['type', h(r.resource_type)]
                return c
            return []

        def record_of(kind, name, data, read):
            return {'type': kind, 'id': name.encode('latin').hex().upper(), 'payload': data.hex().upper(),
                    'content': content(read)}

        def verdict(octets):
            v = {'message': octets.hex().upper(), 'records': []}
            try:
                raw = list(ndef.message_decoder(octets, known_types={}))
                if any(r.type == 'unchanged' for r in raw):
                    joined = []
                    for r in raw:
                        if r.type != 'unchanged': joined.append([r.type, r.name, bytes(r.data)])
                        else: joined[-1][2] += bytes(r.data)
                    for kind, name, data in joined:
                        read = known[kind]._decode_payload(data, 'strict') if kind in known else None
                        v['records'].append(record_of(kind, name, data, read))
                else:
                    read = list(ndef.message_decoder(octets, known_types=known))
                    for a, b in zip(raw, read):
                        v['records'].append(record_of(a.type, a.name, bytes(a.data), b))
            except Exception as e:
                v['error'] = type(e).__name__ + ': ' + str(e)
                v['records'] = []
            return v

        letters = 'abcdefghijklmnopqrstuvwxyz0123456789-._~/?&=%åäöÅßé漢字🙂Ωж'

        def word(rng, least, most):
            return ''.join(rng.choice(letters) for _ in range(rng.randint(least, most)))

        def blob(rng, most):
            return bytes(rng.randrange(256) for _ in range(rng.randint(0, most)))

        def uri(rng):
            return rng.choice(UriRecord._prefix_strings + ('kassa:', 'HTTP://', 'https:/')) + word(rng, 0, 60)

        def text(rng):
            return (word(rng, 0, 80), rng.choice(['en', 'sv', 'de-AT', 'zh-Hant-TW', 'x' * 63]),
                    rng.choice(['UTF-8', 'UTF-8', 'UTF-16']))

        def record(rng):
            kind = rng.randrange(12)
            if kind < 4: r = UriRecord(uri(rng))
            elif kind < 6: r = TextRecord(*text(rng))
            elif kind == 6:
                r = SmartposterRecord(uri(rng))
                for _ in range(rng.randrange(3)): r.set_title(*text(rng))
                if rng.randrange(2): r.action = rng.choice(['exec', 'save', 'edit'])
                if rng.randrange(3) == 0: r.add_icon(rng.choice(['image/png', 'video/mpeg']), blob(rng, 300))
                if rng.randrange(2): r.resource_size = rng.randrange(1 << 32)
                if rng.randrange(2): r.resource_type = rng.choice(['text/html', 'application/pdf'])
            elif kind == 7: r = ndef.Record(rng.choice(['text/plain', 'application/vnd.bluetooth.ep.oob', 'text/x-vcard']), None, blob(rng, 400))
            elif kind == 8: r = ndef.Record('urn:nfc:ext:' + rng.choice(['kassa.example:lane', 'android.com:pkg']), None, blob(rng, 60))
            elif kind == 9: r = ndef.Record(rng.choice(['http://example.com/schema', 'https://a.example/b']), None, blob(rng, 20))
            elif kind == 10: r = ndef.Record('unknown', None, blob(rng, 300))
            else:
                if rng.randrange(2): return ndef.Record()
                r = ndef.HandoverSelectRecord('1.3')
                r.add_alternative_carrier('active', 'c1')
                r = ndef.Record('urn:nfc:wkt:Hs', None, r.data)
            if rng.randrange(4) == 0: r.name = word(rng, 1, 9).encode('utf-8')[:255]
            return r

        source, target, mode = sys.argv[1:4]
        with open(target, 'w') as out:
            if mode == 'generate':
                rng = random.Random(int(sys.argv[4]))
                for _ in range(int(sys.argv[5])):
                    message = [record(rng) for _ in range(rng.choice([1, 1, 1, 2, 3, 5]))]
                    out.write(json.dumps(verdict(b''.join(ndef.message_encoder(message)))) + '\\n')
            else:
                for line in open(source):
                    out.write(json.dumps(verdict(bytes.fromhex(line.strip()))) + '\\n')
        """
}
