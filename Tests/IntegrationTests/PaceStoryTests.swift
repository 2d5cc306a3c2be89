import Diagnostics
import Foundation
import HostLedger
import Testing

extension RealParts {
    @Suite("The host's pace, set by its keeper") struct PaceStoryTests {
        private func pace(_ scenario: Scenario, _ arguments: [String]) async throws -> Scenario.Ran {
            try await scenario.host.run(["pace", "--dir", scenario.host.directory] + arguments)
        }

        /// Retries as a till has them: a test's short cap would cut the span.
        private func slowRetries(_ scenario: Scenario) throws {
            let text = try String(contentsOfFile: scenario.path("kassad.toml"), encoding: .utf8)
            try text.replacingOccurrences(of: "retry_cap_ms = 500", with: "retry_cap_ms = 300000")
                .write(toFile: scenario.path("kassad.toml"), atomically: true, encoding: .utf8)
        }

        @Test("With no batches the queue rests and payments go on; the running host takes over what is set")
        func rests() async throws {
            let scenario = try await Scenario()
            try await scenario.startDaemonReady()
            scenario.host.stop()
            try await scenario.hostLost()
            let anna = Scenario.visa(Scenario.anna, ["--state", scenario.path("anna.json")])
            try await scenario.tap("20.00", anna, is: "approved ALL-7 approvedOffline")
            #expect(try await pace(scenario, ["--batches", "0"]).text.contains("0 batches at once, 64 may wait"))
            try await scenario.host.start()
            try await scenario.expect("reachable", within: 30) { $0.link.state == "reachable" }
            let flushed = try await scenario.run(["queue", "flush"])
            let steps = try scenario.lines(FlushProgressReply.self, flushed)
            #expect(flushed.status == 1 && steps.last?.waiting == 1 && steps.last?.why?.contains("too much to do") == true, "\(steps)")
            // Asked of the host, and answered, while the queue rests.
            try await scenario.tap("10.00", Scenario.visa(Scenario.bo), is: "approved CARD-21 approvedOnline")
            let queue = try await scenario.queue().queue
            #expect(queue.approvals + queue.advices > 0)
            #expect(try await pace(scenario, ["--batches", "4", "--waiting", "9"]).text.contains("4 batches at once, 9 may wait"))
            try await scenario.drained()
            #expect(try await scenario.host.ledger().payments.count == 2)
            for wrong in [["--batches", "-1"], ["--capacity", "0"], ["--waiting", "10001"]] {
                #expect(try await pace(scenario, wrong).status != 0)
            }
            try await scenario.endsClean()
        }

        @Test("The span grows with the terminals; a till that was off remembers it, waits its turn, and pays meanwhile")
        func lateStart() async throws {
            let scenario = try await Scenario()
            try slowRetries(scenario)
            let script = """
                for i in $(seq 2 61); do "$1" terminal add --dir "$2" --id "X$i" --merchant M --key "$3" --enrol epassi-card || exit 1; done
                """
            let key = Data((0..<32).map { _ in UInt8(9) }).base64EncodedString()
            let adding = try Child(
                "/usr/bin/bash", ["-c", script, "-", Programs.built("kassa-host"), scenario.host.directory, key],
                in: scenario.folder)
            #expect(try await adding.ended(within: 120) == 0, "\(adding.errorText)")
            #expect(try await pace(scenario, ["--capacity", "1"]).text.contains("61 terminals, 1 a second: spread over 92 s"))
            try await scenario.host.restart()
            try await scenario.startDaemonReady()

            // Another boot of the machine, as far as the store can tell. A wait is drawn anew until it is one that can be seen.
            var seen: LinkReply?
            for _ in 0..<8 where seen == nil {
                scenario.killDaemon()
                let sql = "UPDATE terminal SET anchor = CAST(json_set(CAST(anchor AS TEXT), '$.bootID', 'another') AS BLOB)"
                let change = try Child("/usr/bin/env", ["sqlite3", scenario.path("state/kassad.sqlite"), sql], in: scenario.folder)
                #expect(try await change.ended() == 0, "\(change.errorText)")
                try await scenario.startDaemon()
                seen = await eventually(within: 3) { () -> LinkReply? in
                    guard let link = try? await scenario.status().link, link.state == "starting",
                        link.nextAttemptInMilliseconds ?? 0 > 10_000
                    else { return nil }
                    return link
                }
            }
            let wait = try #require(seen?.nextAttemptInMilliseconds, "no start waited its turn")
            #expect(wait <= 92_000)
            try await scenario.fieldEmpty()
            try await scenario.tap("10.00", Scenario.visa(Scenario.bo), is: "approved CARD-21 approvedOnline")
            try await scenario.hostReachable()
            try await scenario.drained()
            try await scenario.endsClean()
        }

        @Test("A network that returns brings the host back before its back-off ends (a network namespace of its own)")
        func networkReturns() async throws {
            let scenario = try await Scenario()
            try slowRetries(scenario)
            scenario.host.stop()
            let holder = try Child("/usr/bin/unshare", ["--net", "sleep", "900"], in: scenario.folder)
            let namespace = ["/usr/bin/nsenter", "--net=/proc/\(holder.pid)/ns/net"]
            func link(_ state: String) async throws {
                let change = try Child(namespace[0], [namespace[1], "ip", "link", "set", "lo", state], in: scenario.folder)
                #expect(try await change.ended() == 0, "\(change.errorText)")
            }
            // The holder has its namespace once it sees another one than ours.
            let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/net")
            let entered = await eventually { () -> Bool? in
                let its = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(holder.pid)/ns/net")
                return its != nil && its != own ? true : nil
            }
            try #require(entered == true)
            try await link("up")
            (scenario.host.within, scenario.within) = (namespace, namespace)
            try await scenario.host.start()
            try await scenario.startDaemonReady()

            try await link("down")
            var wait: Int64?
            let isLong = await eventually(within: 100) { () -> Bool? in
                guard let link = try? await scenario.status().link, link.state == "unreachable" else { return nil }
                wait = link.nextAttemptInMilliseconds
                return wait ?? 0 > 15_000 ? true : nil
            }
            try #require(isLong == true, "no long back-off was drawn; last \(wait ?? 0) ms")
            let begun = ContinuousClock.now
            try await link("up")
            let back = await eventually(within: 14) { () -> Bool? in
                (try? await scenario.status().link.state) == "reachable" ? true : nil
            }
            #expect(back == true, "the host was not looked for when the network returned")
            print("network: next try was \(wait ?? 0) ms away, back after \(begun.duration(to: .now))")
            try await scenario.endsClean()
            holder.kill()
        }
    }
}
