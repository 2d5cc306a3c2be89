/// An error reply: a fully qualified name and its parameters. Handlers throw it, clients receive it.
public struct VarlinkError: Error, Hashable, Sendable {
    /// `interface.Error`, such as `org.varlink.service.InvalidParameter`.
    public let name: String
    public let parameters: [String: VarlinkValue]

    public init(name: String, parameters: [String: VarlinkValue] = [:]) {
        self.name = name
        self.parameters = parameters
    }
}

extension VarlinkError: CustomStringConvertible {
    /// `org.kassa.terminal.payment.Declined(reason: "limit")`
    public var description: String {
        let inner = parameters.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.text)" }
        return "\(name)(\(inner.joined(separator: ", ")))"
    }
}

extension VarlinkValue {
    fileprivate var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let value): value.debugDescription
        case .array(let values): "[\(values.count) values]"
        case .object(let members): "{\(members.count) members}"
        }
    }
}

/// Errors of the interface `org.varlink.service`, and two that any method of this server can return.
extension VarlinkError {
    public static func interfaceNotFound(_ interface: String) -> VarlinkError {
        VarlinkError(name: "org.varlink.service.InterfaceNotFound", parameters: ["interface": .string(interface)])
    }

    /// - Parameter method: the fully qualified name that was called.
    public static func methodNotFound(_ method: String) -> VarlinkError {
        VarlinkError(name: "org.varlink.service.MethodNotFound", parameters: ["method": .string(method)])
    }

    /// The interface's description declares the method, the service has no handler for it.
    public static func methodNotImplemented(_ method: String) -> VarlinkError {
        VarlinkError(name: "org.varlink.service.MethodNotImplemented", parameters: ["method": .string(method)])
    }

    /// - Parameter parameter: the field, as a path: `amount`, `items[2].price`.
    public static func invalidParameter(_ parameter: String) -> VarlinkError {
        VarlinkError(name: "org.varlink.service.InvalidParameter", parameters: ["parameter": .string(parameter)])
    }

    /// The caller may not do this.
    public static let permissionDenied = VarlinkError(name: "org.varlink.service.PermissionDenied")

    /// The method only makes sense with `more`.
    public static let expectedMore = VarlinkError(name: "org.varlink.service.ExpectedMore")

    /// A fault of the server's own; its log says which.
    public static let internalError = VarlinkError(name: "org.kassa.terminal.InternalError")

    public static func tooManyConnections(limit: Int) -> VarlinkError {
        VarlinkError(name: "org.kassa.terminal.TooManyConnections", parameters: ["limit": .integer(Int64(limit))])
    }
}
