import Logging

/// What a server offers: facts about the product, its interfaces, and `org.varlink.service`, which tells clients both.
public struct VarlinkService: Sendable {
    private let interfaces: [String: VarlinkInterface]
    private let authorize: (@Sendable (VarlinkCall) async throws -> Void)?

    /// - Parameters:
    ///   - authorize: asked before every call but those of `org.varlink.service`, ahead of decoding its parameters;
    ///     throws ``VarlinkError/permissionDenied`` to refuse.
    /// - Throws: ``VarlinkInterfaceError/duplicate(_:)``
    public init(
        vendor: String, product: String, version: String, url: String, interfaces: [VarlinkInterface],
        authorize: (@Sendable (VarlinkCall) async throws -> Void)? = nil
    ) throws(VarlinkInterfaceError) {
        var byName: [String: VarlinkInterface] = [:]
        for interface in interfaces {
            guard byName.updateValue(interface, forKey: interface.name) == nil,
                interface.name != ServiceInterface.name
            else { throw .duplicate(interface.name) }
        }
        let names = [ServiceInterface.name] + interfaces.map(\.name)
        let info = ServiceInfo(vendor: vendor, product: product, version: version, url: url, interfaces: names)
        let own = try ServiceInterface.make(info: info, descriptions: byName.mapValues(\.description))
        byName[own.name] = own
        self.interfaces = byName
        self.authorize = authorize
    }

    /// Carries one call out and sends its last reply. Returns quietly when the call was cancelled.
    func answer(_ message: [UInt8], _ call: VarlinkCall, logger: Logger) async {
        do {
            do {
                let (interface, method) = try find(call.method)
                if interface != ServiceInterface.name { try await authorize?(call) }
                try await method.run(message, call)
                guard !call.replies.isFinished, !call.isOneway, !Task.isCancelled else { return }
                logger.error("method ended without a final reply", metadata: ["method": "\(call.method)"])
                try await call.fail(.internalError)
            } catch let error as VarlinkError {
                try await call.fail(error)
            } catch VarlinkCallError.disconnected {
                return
            } catch is CancellationError where Task.isCancelled {
                return
            } catch {
                // Only methods of the table come here, so that the name is one of ours and safe to log.
                logger.error(
                    "method failed", metadata: ["method": "\(call.method)", "error": "\(String(reflecting: error))"])
                try await call.fail(.internalError)
            }
        } catch {
            logger.debug("error reply not sent", metadata: ["error": "\(error)"])
        }
    }

    private func find(_ name: String) throws(VarlinkError) -> (interface: String, VarlinkMethod) {
        guard let dot = name.lastIndex(of: ".") else { throw .interfaceNotFound(name) }
        let interfaceName = String(name[..<dot])
        let methodName = String(name[name.index(after: dot)...])
        guard let interface = interfaces[interfaceName] else { throw .interfaceNotFound(interfaceName) }
        if let method = interface.table[methodName] { return (interfaceName, method) }
        throw interface.declaredMethods.contains(methodName) ? .methodNotImplemented(name) : .methodNotFound(name)
    }
}
