import Foundation
import HostProtocol
import Testing

@testable import HostLedger

/// The document that the host serves, the validator of Debian's `python3-jsonschema`, and our own encoder and decoder, each
/// against the others.
@Suite("The wire's description")
struct DescriptionTests {
    @Test("It is OpenAPI 3.0, and every message we write is as it says, with all of its fields and with the fewest")
    func valid() throws {
        var messages: [Described.Message] = []
        for kind in try WireSamples.all() {
            for json in [kind.full, kind.bare].compactMap({ $0 }) {
                messages.append(Described.Message(schema: kind.schema, json: json))
            }
        }
        // Each batch holds a journal record, which is looked at too.
        let verdict = try Described.check(messages)
        #expect(verdict == "valid, \(messages.count + 2) messages", "\(verdict)")
    }

    @Test("A field that it does not know, one that is missing, and a value out of bounds are told")
    func tells() throws {
        func verdict(_ schema: String, _ json: String) throws -> String {
            try Described.check([Described.Message(schema: schema, json: Array(json.utf8))])
        }
        let nonce = #""nonce":"01a1fdfa-4600-7916-8840-ff3475004e01""#
        #expect(try verdict("HealthRequest", "{\(nonce)}") == "valid, 1 messages")
        #expect(try verdict("HealthRequest", "{\(nonce),\"more\":1}").contains("'more' was unexpected"))
        #expect(try verdict("HealthRequest", "{}").contains("'nonce' is a required property"))
        #expect(try verdict("HealthRequest", #"{"nonce":"1"}"#).contains("does not match"))
        #expect(try verdict("LimitRequest", "{\(nonce),\"incarnation\":1,\"since\":-1}").contains("less than the minimum"))
        #expect(try verdict("Nothing", "{}").contains("not described"))
        #expect(try Described.check([], document: #"{"openapi":"3.0.3","paths":{}}"#).contains("'info' is a required property"))
    }

    @Test("Each field it calls required is one our decoder can't do without, and no other", arguments: try WireSamples.all())
    func required(_ kind: WireSamples.Kind) throws {
        let schemas = try Described.schemas()
        let whole = try JSONSerialization.jsonObject(with: Data(kind.full))
        #expect(kind.decodes(kind.full))
        var looked = 0
        for path in try paths(whole, schema: kind.schema, schemas) {
            let rest = try JSONSerialization.data(withJSONObject: try without(path.steps[...], of: whole))
            let where_ = "\(kind.schema) \(path.steps.map { "\($0)" }.joined(separator: "."))"
            #expect(kind.decodes(Array(rest)) == !path.isRequired, "\(where_)")
            looked += 1
        }
        #expect(looked > 0)
    }

    @Test("Every field it describes is one we write", arguments: try WireSamples.all())
    func nothingInvented(_ kind: WireSamples.Kind) throws {
        let schemas = try Described.schemas()
        let whole = try JSONSerialization.jsonObject(with: Data(kind.full))
        try expectWritten(whole, schema: kind.schema, schemas)
    }

    @Test("Every schema is a message's, or part of one; every path of the host has its own")
    func complete() throws {
        let text = HostDescription.text
        let names = Set(try WireSamples.all().map(\.schema))
        for name in try Described.schemas().keys where !names.contains(name) {
            #expect(text.contains(##""#/components/schemas/\##(name)""##), "\(name) is used nowhere")
        }
        let document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let paths = try #require(document["paths"] as? [String: Any])
        for path in paths.keys where path != HostPath.description { #expect(HostService.bodyLimit(path) != nil, "\(path)") }
        for path in [
            HostPath.health, HostPath.limits, HostPath.authorisations, HostPath.records, HostPath.reconciliations, HostPath.certificates,
            HostPath.tagKeys,
        ] {
            #expect(paths[path] != nil, "\(path)")
        }
    }

    // MARK: Walking

    private enum Step: CustomStringConvertible {
        case key(String)
        case item(Int)
        var description: String {
            switch self {
            case .key(let key): key
            case .item(let item): "\(item)"
            }
        }
    }

    /// The schema that `node` stands for, references followed.
    private func resolved(_ node: [String: Any], _ schemas: [String: [String: Any]]) -> [String: Any] {
        let reference = node["$ref"] as? String ?? ((node["allOf"] as? [[String: Any]])?.first?["$ref"] as? String)
        guard let name = reference?.split(separator: "/").last else { return node }
        return schemas[String(name)] ?? [:]
    }

    private func paths(
        _ value: Any, schema: String, _ schemas: [String: [String: Any]]
    ) throws -> [(steps: [Step], isRequired: Bool)] {
        fields(value, schemas[schema] ?? [:], [], schemas)
    }

    /// Every field of every object in `value`, in the first item of each list.
    private func fields(
        _ value: Any, _ schema: [String: Any], _ place: [Step], _ schemas: [String: [String: Any]]
    ) -> [(steps: [Step], isRequired: Bool)] {
        let schema = resolved(schema, schemas)
        var found: [(steps: [Step], isRequired: Bool)] = []
        if let object = value as? [String: Any], let properties = schema["properties"] as? [String: [String: Any]] {
            let required = Set(schema["required"] as? [String] ?? [])
            for (key, child) in object.sorted(by: { $0.key < $1.key }) {
                found.append((place + [.key(key)], required.contains(key)))
                found += fields(child, properties[key] ?? [:], place + [.key(key)], schemas)
            }
        } else if let list = value as? [Any], let item = schema["items"] as? [String: Any], let first = list.first {
            found += fields(first, item, place + [.item(0)], schemas)
        }
        return found
    }

    private func without(_ steps: ArraySlice<Step>, of value: Any) throws -> Any {
        guard let step = steps.first else { return value }
        switch step {
        case .key(let key):
            var object = try #require(value as? [String: Any])
            if steps.count == 1 {
                object[key] = nil
            } else {
                object[key] = try without(steps.dropFirst(), of: try #require(object[key]))
            }
            return object
        case .item(let index):
            var list = try #require(value as? [Any])
            list[index] = try without(steps.dropFirst(), of: list[index])
            return list
        }
    }

    private func expectWritten(_ value: Any, schema name: String, _ schemas: [String: [String: Any]]) throws {
        func look(_ value: Any, _ node: [String: Any], _ place: String) {
            let schema = resolved(node, schemas)
            if let properties = schema["properties"] as? [String: [String: Any]] {
                let object = value as? [String: Any] ?? [:]
                for (key, child) in properties {
                    // A scope is a day or a range: one sample has the one, the other the other.
                    if place.hasSuffix(".scope"), ["first", "last"].contains(key) { continue }
                    guard let written = object[key] else {
                        Issue.record("\(place).\(key) is described, and not written")
                        continue
                    }
                    look(written, child, "\(place).\(key)")
                }
            } else if let item = schema["items"] as? [String: Any] {
                guard let first = (value as? [Any])?.first else {
                    Issue.record("\(place) is empty in the fullest sample")
                    return
                }
                look(first, item, "\(place)[]")
            }
        }
        look(value, schemas[name] ?? [:], name)
    }
}
