/// Answer of `org.varlink.service.GetInfo`.
public struct ServiceInfo: Codable, Hashable, Sendable {
    public let vendor: String
    public let product: String
    public let version: String
    public let url: String
    /// Names, `org.varlink.service` first.
    public let interfaces: [String]
}

/// The interface that every service has (varlink.org, "Service").
enum ServiceInterface {
    static let name = "org.varlink.service"

    static func make(
        info: ServiceInfo, descriptions: [String: String]
    ) throws(VarlinkInterfaceError) -> VarlinkInterface {
        try VarlinkInterface(
            name: name, description: source,
            methods: [
                VarlinkMethod("GetInfo") { (_: VarlinkEmpty, _) in info },
                VarlinkMethod("GetInterfaceDescription") { (wanted: Wanted, _) in
                    if wanted.interface == name { return Description(description: source) }
                    guard let found = descriptions[wanted.interface] else {
                        throw VarlinkError.interfaceNotFound(wanted.interface)
                    }
                    return Description(description: found)
                },
            ])
    }

    private struct Wanted: Decodable { let interface: String }
    private struct Description: Encodable { let description: String }

    static let source = """
        # The interface that every varlink service provides. It describes the service and its interfaces.
        interface org.varlink.service

        # The service and the names of its interfaces.
        method GetInfo() -> (
          vendor: string,
          product: string,
          version: string,
          url: string,
          interfaces: []string
        )

        # The description of an interface of this service.
        method GetInterfaceDescription(interface: string) -> (description: string)

        # The interface was not found.
        error InterfaceNotFound (interface: string)

        # The interface has no such method.
        error MethodNotFound (method: string)

        # The interface declares the method, the service does not implement it.
        error MethodNotImplemented (method: string)

        # A parameter is missing or invalid.
        error InvalidParameter (parameter: string)

        # The caller may not do this.
        error PermissionDenied ()

        # The method has to be called with more.
        error ExpectedMore ()

        """
}
