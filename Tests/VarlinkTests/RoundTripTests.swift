import Glibc
import Testing
import Varlink

private typealias Till = TestService
private func name(_ method: String) -> String { Till.interface + "." + method }

@Suite("Client and server", .timeLimit(.minutes(5))) struct RoundTripTests {
    @Test func aCallIsAnsweredAndTheServerKnowsItsPeer() async throws {
        try await withServer { path, _ in
            let client = try await VarlinkClient.connect(path: path)
            let order = Till.Items(items: [.init(name: "bun", price: 1200), .init(name: "coffee", price: 3500)])
            for _ in 0..<3 {
                let total: Till.Total = try await client.call(name("Add"), order)
                #expect(total == .init(total: 4700, uid: getuid()))
            }
            await client.close()
            await #expect(throws: VarlinkClientError.closed) {
                let _: Till.Total = try await client.call(name("Add"), order)
            }
        }
    }

    @Test func aStreamGivesEveryReplyThenTheConnectionServesOn() async throws {
        try await withServer { path, _ in
            let client = try await VarlinkClient.connect(path: path)
            var values: [Int] = []
            for try await reply in client.stream(name("Count"), Till.Goal(to: 5), returning: Till.Value.self) {
                values.append(reply.value)
            }
            #expect(values == [1, 2, 3, 4, 5])
            // Without more, only the final reply is sent.
            let last: Till.Value = try await client.call(name("Count"), Till.Goal(to: 5))
            #expect(last.value == 5)
        }
    }

    @Test func errorsOfTheHandlerReachTheClient() async throws {
        try await withServer { path, _ in
            let client = try await VarlinkClient.connect(path: path)
            func error(_ method: String, _ parameters: VarlinkValue = [:]) async -> VarlinkError? {
                do {
                    let _: VarlinkValue = try await client.call(method, parameters)
                    return nil
                } catch {
                    return error as? VarlinkError
                }
            }
            let declined = VarlinkError(
                name: "org.example.till.Declined", parameters: ["reason": "limit", "code": 51])
            #expect(await error(name("Fail"), ["how": "declined"]) == declined)
            #expect(await error(name("Fail"), ["how": "otherwise"]) == .internalError)
            #expect(await error(name("Fail"), ["how": "silent"]) == .internalError)
            #expect(await error(name("Fail"), ["how": "long"]) == .internalError)
            #expect(await error(name("Fail"), ["how": "twice"]) == nil)
            #expect(await error(name("Fail")) == .invalidParameter("how"))
            #expect(await error(name("Add"), ["items": [["name": "bun"]]]) == .invalidParameter("items[0].price"))
            #expect(await error(name("Absent")) == .methodNotImplemented(name("Absent")))
            #expect(await error(name("Nothing")) == .methodNotFound(name("Nothing")))
            #expect(await error("org.example.other.Do") == .interfaceNotFound("org.example.other"))
            #expect(await error("Do") == .interfaceNotFound("Do"))
        }
    }

    @Test func introspection() async throws {
        try await withServer { path, _ in
            let client = try await VarlinkClient.connect(path: path)
            let info: ServiceInfo = try await client.call("org.varlink.service.GetInfo")
            #expect(info.vendor == "Kassa")
            #expect(info.interfaces == ["org.varlink.service", Till.interface])
            let description: VarlinkValue = try await client.call(
                "org.varlink.service.GetInterfaceDescription", ["interface": Till.interface])
            #expect(description["description"] == .string(Till.source))
            await #expect(throws: VarlinkError.interfaceNotFound("a.b")) {
                let _: VarlinkValue = try await client.call(
                    "org.varlink.service.GetInterfaceDescription", ["interface": "a.b"])
            }
        }
    }

    @Test func rightsAreAskedBeforeParametersAreLookedAt() async throws {
        let authorize: @Sendable (VarlinkCall) async throws -> Void = { call in
            guard call.peer.uid == .max else { throw VarlinkError.permissionDenied }
        }
        try await withServer(authorize: authorize) { path, _ in
            let client = try await VarlinkClient.connect(path: path)
            await #expect(throws: VarlinkError.permissionDenied) {
                let _: VarlinkValue = try await client.call(name("Add"))
            }
            let _: ServiceInfo = try await client.call("org.varlink.service.GetInfo")
        }
    }

    @Test func aOnewayCallIsCarriedOutThoughItsClientLeaves() async throws {
        try await withServer { path, till in
            for number in 0..<20 {
                let client = try await VarlinkClient.connect(path: path)
                try await client.callOneway(name("Note"), Till.Text(text: "\(number)"))
                await client.close()
            }
            for number in 0..<20 { #expect(await till.notes("\(number)")) }
        }
    }

    @Test func aOnewayCallGetsNoReply() async throws {
        try await withServer { path, _ in
            let client = try await VarlinkClient.connect(path: path)
            try await client.callOneway(name("Nothing"))
            try await client.callOneway(name("Count"), Till.Goal(to: 3))
            let last: Till.Value = try await client.call(name("Count"), Till.Goal(to: 7))
            #expect(last.value == 7)
        }
    }

    @Test func theHandlerIsCancelledWhenTheClientLeaves() async throws {
        try await withServer { path, till in
            let client = try await VarlinkClient.connect(path: path)
            let waiting = Task { let _: VarlinkEmpty = try await client.call(name("Wait")) }
            #expect(await till.notes("waiting"))
            await #expect(throws: VarlinkClientError.busy) { let _: VarlinkEmpty = try await client.call(name("Wait")) }
            waiting.cancel()
            #expect(await till.notes("cancelled"))
            await #expect(throws: CancellationError.self) { try await waiting.value }
        }
    }

    @Test func theHandlerIsCancelledWhenTheClientLosesPatience() async throws {
        try await withServer { path, till in
            // On a busy machine the handler may not have begun by then, and is never begun for a client that has left.
            for patience in [Duration.milliseconds(200), .seconds(2), .seconds(20)] where !till.notes.contains("waiting") {
                let client = try await VarlinkClient.connect(path: path)
                await #expect(throws: VarlinkClientError.timeout(patience)) {
                    let _: VarlinkEmpty = try await client.call(name("Wait"), timeout: patience)
                }
            }
            #expect(await till.notes("cancelled"))
        }
    }

    @Test func leavingAStreamEndsItOnTheServer() async throws {
        try await withServer { path, till in
            let client = try await VarlinkClient.connect(path: path)
            for try await _ in client.stream(name("Flood"), Till.Size(bytes: 10), returning: Till.Text.self) { break }
            #expect(await till.notes("disconnected"))
        }
    }

    @Test func aStoppingServerLetsHandlersReply() async throws {
        let path = temporaryPath()
        let till = TestService()
        let server = VarlinkServer(listener: try .bind(path: path), service: try till.service())
        let running = Task { try await server.run() }
        let client = try await VarlinkClient.connect(path: path)
        let waiting = Task { let _: VarlinkEmpty = try await client.call(name("Wait")) }
        #expect(await till.notes("waiting"))
        running.cancel()
        try await running.value
        try await waiting.value
        #expect(till.notes == ["waiting", "cancelled"])
        #expect(access(path, F_OK) != 0)
        await #expect(throws: VarlinkServerError.alreadyRun) { try await server.run() }
    }

    @Test func manyClientsAtOnce() async throws {
        try await withServer { path, _ in
            try await withThrowingTaskGroup { group in
                for number in 0..<32 {
                    group.addTask {
                        let client = try await VarlinkClient.connect(path: path)
                        for step in 1...20 {
                            let last: Till.Value = try await client.call(name("Count"), Till.Goal(to: number + step))
                            #expect(last.value == number + step)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
