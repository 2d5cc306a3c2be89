/// An interface: its description in the varlink language (varlink.org, "Interface Definition") and the handlers of its
/// methods.
public struct VarlinkInterface: Sendable {
    public let name: String
    /// The `.varlink` source, given out as it is by `GetInterfaceDescription`.
    public let description: String
    /// In the order given.
    public let methods: [VarlinkMethod]
    /// Names of the methods that the description declares.
    public let declaredMethods: Set<String>
    let table: [String: VarlinkMethod]

    /// - Throws: ``VarlinkInterfaceError`` when table and description disagree. A declared method may lack a handler:
    ///   it answers `MethodNotImplemented`.
    public init(name: String, description: String, methods: [VarlinkMethod]) throws(VarlinkInterfaceError) {
        let words = Self.words(of: description)
        guard words.first == "interface", words.dropFirst().first == name[...] else {
            throw .nameDiffers(interface: name)
        }
        declaredMethods = Set(zip(words, words.dropFirst()).lazy.filter { $0.0 == "method" }.map { String($0.1) })
        var table: [String: VarlinkMethod] = [:]
        for method in methods {
            guard declaredMethods.contains(method.name) else { throw .undeclared(method: "\(name).\(method.name)") }
            guard table.updateValue(method, forKey: method.name) == nil else {
                throw .duplicate("\(name).\(method.name)")
            }
        }
        self.name = name
        self.description = description
        self.methods = methods
        self.table = table
    }

    /// Words of the source without comments. `method` and `interface` are keywords of the language, but fields may be
    /// called so too: these are followed by a colon and not taken for a word of their own.
    private static func words(of source: String) -> [Substring] {
        source.split(whereSeparator: \.isNewline)
            .flatMap { line in
                line.prefix { $0 != "#" }.split { $0.isWhitespace || $0 == "(" || $0 == ")" || $0 == "," }
            }
    }
}

public enum VarlinkInterfaceError: Error, Hashable, Sendable {
    /// The description does not begin with `interface` and this name.
    case nameDiffers(interface: String)
    /// A handler for a method that the description does not declare.
    case undeclared(method: String)
    /// Two interfaces or methods of one name.
    case duplicate(String)
}
