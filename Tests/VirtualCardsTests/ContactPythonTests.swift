import Core
import EMV
import Foundation
import SmartCard
import Testing
import VirtualCards

/// An independent implementation as judge: cryptograms and response cryptograms by PyPI `pyemv`, certificates and
/// signatures by Python's own integers and hashes, lists and objects parsed anew. Needs python3 with venv and a package
/// index; without them the test fails.
@Suite("Python agrees with card and terminal", .timeLimit(.minutes(5)))
struct ContactPythonTests {
    private static let script = """
        import json, sys, hashlib
        from pyemv import cvn
        case = json.load(sys.stdin)
        exchanges = [(bytes.fromhex(c), bytes.fromhex(r)) for c, r in case["exchanges"]]

        def objects(data):
            found, at = [], 0
            while at < len(data):
                start = at
                tag = data[at:at + 1]; at += 1
                if tag[0] & 0x1F == 0x1F:
                    tag += data[at:at + 1]; at += 1
                length = data[at]; at += 1
                if length == 0x81:
                    length = data[at]; at += 1
                assert length < 0x100 and at + length <= len(data)
                found.append((tag.hex().upper(), data[at:at + length], data[start:at + length])); at += length
            return found

        def split(dol, values):
            out, at, place = {}, 0, 0
            while at < len(dol):
                tag = dol[at:at + 1]; at += 1
                if tag[0] & 0x1F == 0x1F:
                    tag += dol[at:at + 1]; at += 1
                out[tag.hex().upper()] = values[place:place + dol[at]]; place += dol[at]; at += 1
            assert place == len(values)
            return out

        def recover(signature, n, e):
            plain = pow(int.from_bytes(signature, "big"), int.from_bytes(e, "big"), int.from_bytes(n, "big")).to_bytes(len(n), "big")
            assert plain[0] == 0x6A and plain[-1] == 0xBC
            return plain

        def opened(signature, n, e, hashed):
            plain = recover(signature, n, e)
            assert hashlib.sha1(plain[1:-21] + hashed).digest() == plain[-21:-1]
            return plain

        card, records, static = {}, [], b""
        for command, response in exchanges:
            if command[1] == 0xB2 and command[3] >> 3 in (1, 2) and response[:1] == b"\\x70":
                inner = objects(response[:-2])[0][1]
                for tag, value, _ in objects(inner):
                    if tag != "61": card[tag] = value
                if (command[3] >> 3, command[2]) == (2, 1): static = inner
            if command[1] == 0xA8:
                options = objects(response[:-2])[0][1]
                card["82"], pdol = options[:2], objects(command[5:-1])[0][1]
        pan = card["5A"].hex().rstrip("f").upper()
        psn = card["5F34"].hex()
        static += card["82"] if card.get("9F4A") == b"\\x82" else b""

        # Certificates
        ca = (bytes.fromhex(case["modulus"]), bytes.fromhex(case["exponent"]))
        plain = opened(card["90"], *ca, card.get("92", b"") + card["9F32"])
        assert plain[1] == 2 and pan.startswith(plain[2:6].hex().upper().rstrip("F"))
        room = len(ca[0]) - 36
        issuer = ((plain[15:15 + room] + card.get("92", b""))[:plain[13]], card["9F32"])
        method = case["method"]
        if method == "sda":
            assert opened(card["93"], *issuer, static)[1] == 3
        else:
            plain = opened(card["9F46"], *issuer, card.get("9F48", b"") + card["9F47"] + static)
            assert plain[1] == 4 and plain[2:12].hex().upper().rstrip("F") == pan
            key = ((plain[21:-21] + card.get("9F48", b""))[:plain[19]], card["9F47"])
        if method == "dda":
            command, response = [x for x in exchanges if x[0][1] == 0x88][0]
            plain = opened(objects(response[:-2])[0][1], *key, command[5:-1])
            assert plain[1:3] == b"\\x05\\x01"

        # Cryptograms
        judge = cvn.VisaCVN18(b"\\xAA" * 16, b"\\xAA" * 16, b"\\xAA" * 16, pan=pan, psn=psn)
        sent, request = pdol, None
        answers = [x for x in exchanges if x[0][1] == 0xAE]
        for number, (command, response) in enumerate(answers):
            values = command[5:-1]
            fields = split(card["8C" if number == 0 else "8D"], values)
            sent += values
            tag, body, _ = objects(response[:-2])[0]
            if tag == "80":
                cid, atc, ac, iad = body[:1], body[1:3], body[3:11], body[11:]
            else:
                parts = objects(body)
                named = {t: v for t, v, _ in parts}
                cid, atc, iad = named["9F27"], named["9F36"], named["9F10"]
                plain = opened(named["9F4B"], *key, fields["9F37"])
                dynamic = plain[4:4 + plain[3]]
                rest = dynamic[1 + dynamic[0]:]
                assert rest[:1] == cid
                ac = rest[1:9]
                assert rest[9:29] == hashlib.sha1(sent + b"".join(raw for t, _, raw in parts if t != "9F4B")).digest()
            names = ["9F02", "9F03", "9F1A", "95", "5F2A", "9A", "9C", "9F37"]
            assert judge.generate_ac(*[fields[n] for n in names], card["82"], atc, iad) == ac, (number, cid.hex())
            if cid == b"\\x80": request = (ac, atc)
        issuer_data = [x[0][5:] for x in exchanges if x[0][1] == 0x82]
        for data in issuer_data:
            assert judge.generate_arpc(*request, data[4:8]) == data[:4]
        print("agreed", method, len(answers), len(issuer_data))
        """

    private struct Case: Encodable {
        let exchanges: [[String]]
        let modulus: String
        let exponent: String
        let method: String
    }

    @Test("SDA, DDA and CDA, offline and online, both cryptograms and the issuer's answer")
    func agreed() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("contact-python-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try Self.run("/usr/bin/env", ["python3", "-m", "venv", folder.path])
        let python = folder.path + "/bin/python"
        _ = try Self.run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "pyemv==1.5.0", "cryptography==43.0.3"])
        for method in [ContactAuthenticationMethod.sda, .dda, .cda] {
            for isOnline in [false, true] {
                let card = try VisaContactCard.make {
                    $0.authentication = method
                    $0.verificationList = [0, 0, 0, 0, 0, 0, 0, 0, 0x41, 0x00]
                }
                var till = ContactTill()
                till.isForcedOnline = isOnline
                let run = try till.run(card)
                guard case .approved = run.outcome else {
                    Issue.record("\(run.outcome)")
                    continue
                }
                let input = Case(
                    exchanges: run.exchanges.map { [Hex.encode($0.command), Hex.encode($0.response)] },
                    modulus: Hex.encode(TestKeys.caModulus), exponent: Hex.encode(TestKeys.caExponent), method: method.rawValue)
                let output = try Self.run(python, ["-W", "ignore", "-c", Self.script], input: try JSONEncoder().encode(input))
                #expect(output == "agreed \(method.rawValue) \(isOnline ? 2 : 1) \(isOnline ? 1 : 0)\n")
            }
        }
    }

    private struct CommandFailed: Error { let command: String; let output: String }

    private static func run(_ program: String, _ arguments: [String], input: Data = Data()) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let (stdin, pipe) = (Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        try stdin.fileHandleForWriting.write(contentsOf: input)
        try stdin.fileHandleForWriting.close()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw CommandFailed(command: ([program] + arguments.prefix(1)).joined(separator: " "), output: output)
        }
        return output
    }
}
