import Foundation
import Testing

@testable import Core

/// PyPI phonenumbers (Google's libphonenumber and its data) as a second opinion: mobile numbers as seven countries have them, in the
/// spellings that people and address books use. Needs python3 with venv and a package index.
@Suite("MOB-7: phonenumbers agrees on who is meant", .timeLimit(.minutes(5))) struct PhoneSpellingTests {
    private struct Row: Codable { var country: PhoneNumber.Country, spelling: String, e164: String }
    private struct Failed: Error { let output: String }

    private static func run(_ program: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let pipe = Pipe()
        (process.standardOutput, process.standardError) = (pipe, pipe)
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed(output: output) }
    }

    /// Installed once into a cache folder.
    private static func python() throws -> String {
        let manager = FileManager.default
        let cache = try manager.url(for: .cachesDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
            .appendingPathComponent("kassad-tests/phonenumbers-9.0.43")
        if !manager.fileExists(atPath: cache.path) {
            let fresh = cache.deletingLastPathComponent().appendingPathComponent("phonenumbers-\(UUID())")
            try manager.createDirectory(at: cache.deletingLastPathComponent(), withIntermediateDirectories: true)
            try run("/usr/bin/env", ["python3", "-m", "venv", fresh.path])
            try run(fresh.path + "/bin/python", ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "phonenumbers==9.0.43"])
            do { try manager.moveItem(at: fresh, to: cache) } catch {
                try? manager.removeItem(at: fresh)
                guard manager.fileExists(atPath: cache.path) else { throw error }
            }
        }
        return cache.appendingPathComponent("bin/python").path
    }

    private static let script = """
        import json, random, sys, phonenumbers as p
        from phonenumbers import PhoneNumberFormat as F, PhoneNumberType as T
        random.seed(7)
        rows = []
        trunk = {'FI', 'SE', 'DE', 'GB'}
        for region in ['FI', 'SE', 'NO', 'DK', 'EE', 'DE', 'GB']:
            code, made = p.country_code_for_region(region), 0
            lengths = p.PhoneMetadata.metadata_for_region(region).mobile.possible_length
            heads = {'FI': ['40', '44', '45', '50'], 'SE': ['70', '72', '73', '76', '79'], 'NO': ['4', '9'], 'DK': ['2', '4', '5', '6'],
                     'EE': ['5'], 'DE': ['151', '160', '170', '175'], 'GB': ['74', '75', '77', '78', '79']}[region]
            while made < 60:
                nsn = random.choice(heads)
                nsn += ''.join(random.choice('0123456789') for _ in range(random.choice(lengths) - len(nsn)))
                number = p.parse('+%d%s' % (code, nsn))
                if not p.is_valid_number(number) or p.number_type(number) not in (T.MOBILE, T.FIXED_LINE_OR_MOBILE): continue
                made += 1
                e164 = p.format_number(number, F.E164)
                national, international = p.format_number(number, F.NATIONAL), p.format_number(number, F.INTERNATIONAL)
                whole = ('0' if region in trunk else '') + nsn
                pairs = ' '.join(whole[i:i + 2] for i in range(0, len(whole), 2))
                spellings = [e164, national, international, whole, pairs, '00' + e164[1:], '00 ' + international[1:],
                             national.replace(' ', '-'), national.replace(' ', '\\u00a0'), international.replace(' ', '\\u202f'),
                             national.replace(' ', '.'), whole[:3] + '-' + whole[3:], whole[:4] + '/' + whole[4:], ' %s ' % national,
                             '(%s) %s' % (whole[:3], whole[3:]), whole[:3] + '\\u2011' + whole[3:], '(+%d) %s' % (code, nsn)]
                if region in trunk: spellings += ['+%d (0)%s' % (code, nsn), '+%d(0) %s' % (code, nsn), '+%d 0%s' % (code, nsn)]
                for spelling in spellings:
                    # phonenumbers itself must read the spelling as that number, or it is none that people use.
                    try: read = p.parse(spelling, region)
                    except p.NumberParseException: continue
                    if p.format_number(read, F.E164) != e164: continue
                    rows.append({'country': region, 'spelling': spelling, 'e164': e164})
        json.dump(rows, open(sys.argv[1], 'w'))
        """

    @Test("7 countries, 420 numbers, some 7,000 spellings: the same number in E.164, so the same person") func spellings() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("phones-\(UUID()).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try Self.run(try Self.python(), ["-c", Self.script, file.path])
        let rows = try JSONDecoder().decode([Row].self, from: Data(contentsOf: file))
        #expect(rows.count > 6_500 && Set(rows.map(\.country)).count == 7 && Set(rows.map(\.e164)).count > 400)
        var wrong = 0
        for row in rows {
            let read = try? PhoneNumber(row.spelling, country: row.country)
            if try read != PhoneNumber(row.e164) {
                wrong += 1
                if wrong < 20 { Issue.record("\(row.country.rawValue) \(row.spelling): \(row.e164)") }
            }
        }
        #expect(wrong == 0)
        // Two numbers are never one person.
        let people = try Set(Set(rows.map(\.e164)).map { try PhoneNumber($0) })
        #expect(people.count == Set(rows.map(\.e164)).count)
    }
}
