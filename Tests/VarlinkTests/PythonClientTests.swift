import Foundation
import NIOPosix
import Testing
import Varlink

/// An independent implementation as judge: the Python client of PyPI `varlink`, which reads the interface from
/// `GetInterfaceDescription` and builds its methods from that. Needs python3 with venv and a package index; without
/// them the test fails.
@Suite("The Python client understands the server", .timeLimit(.minutes(5))) struct PythonClientTests {
    private static let script = """
        import sys, varlink
        address = "unix:" + sys.argv[1]
        with varlink.Client.new_with_address(address) as client:
            assert client.get_interfaces() == ["org.varlink.service", "org.example.till"], client.info
            assert client.info["product"] == "test"
            with client.open("org.example.till") as till:
                assert till.Add([{"name": "bun", "price": 1200}, {"name": "tea", "price": 800}])["total"] == 2000
                assert [r["value"] for r in till.Count(5, _more=True)] == [1, 2, 3, 4, 5]
                assert till.Count(5)["value"] == 5
                till.Note("from python", _oneway=True)
                try:
                    till.Fail("declined")
                    raise AssertionError("no error")
                except varlink.VarlinkError as error:
                    assert error.error() == "org.example.till.Declined", error.error()
                    assert error.parameters() == {"reason": "limit", "code": 51}, error.parameters()
                try:
                    till.Absent()
                    raise AssertionError("no error")
                except varlink.MethodNotImplemented as error:
                    pass
                assert till.Add([])["total"] == 0
            with client.open("org.varlink.service") as service:
                assert "error PermissionDenied" in service.GetInterfaceDescription("org.varlink.service")["description"]
            interface = client.get_interface("org.varlink.service")
            assert "GetInfo" in interface.members and "PermissionDenied" in interface.members
            try:
                client.open("org.example.nothing")
                raise AssertionError("no error")
            except varlink.InterfaceNotFound:
                pass
        print("understood")
        """

    @Test func callsStreamsErrorsAndIntrospection() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("varlink-python-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        try await run("/usr/bin/env", ["python3", "-m", "venv", folder.path])
        let python = folder.path + "/bin/python"
        try await run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "varlink==31.0.0"])
        try await withServer { path, till in
            let output = try await run(python, ["-c", Self.script, path])
            #expect(output.hasSuffix("understood\n"))
            #expect(await till.notes("from python"))
        }
    }

    private struct CommandFailed: Error { let command: String; let output: String }

    @discardableResult
    private func run(_ program: String, _ arguments: [String]) async throws -> String {
        try await NIOThreadPool.singleton.runIfActive {
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
                throw CommandFailed(command: ([program] + arguments.prefix(3)).joined(separator: " "), output: output)
            }
            return output
        }
    }
}
