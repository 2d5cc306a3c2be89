import Testing

extension RealParts {
    @Suite("Readers and pcscd that come and go") struct ReaderFaultTests {
        @Test("Invariant 8: no pcscd at start, then there, then killed, then there again: no restart of the daemon")
        func service() async throws {
            let scenario = try await Scenario(withReaders: false)
            try await scenario.startDaemon()
            try await scenario.expect("no pcscd") { $0.service == "notRunning" && $0.store.accounts == 3 }
            try await scenario.pay("95.00", is: "declined ALL-7 readerUnavailable")

            try await scenario.readers.start()
            try await scenario.fieldEmpty()
            try await scenario.tap("95.00", is: "approved CARD-21 approvedOnline")

            let waiting = try scenario.startPay("95.00")
            try await Task.sleep(for: .milliseconds(500))
            scenario.readers.stop()
            #expect(try await scenario.told(waiting).words == "declined ALL-7 readerUnavailable")
            try await scenario.expect("pcscd gone") { $0.service != "up" }
            try await scenario.pay("95.00", is: "declined ALL-7 readerUnavailable")

            try await scenario.readers.start()
            try await scenario.fieldEmpty()
            try await scenario.tap("95.00", is: "approved CARD-21 approvedOnline")
            try await scenario.endsClean()
        }

        @Test("No reader of the lane's name: declined, and the finding names it")
        func noReader() async throws {
            let scenario = try await Scenario(reader: "Another Reader")
            try await scenario.startDaemon()
            try await scenario.expect("ready but for the reader") { $0.service == "up" && $0.store.accounts == 3 && $0.readers > 0 }
            try await scenario.pay("95.00", is: "declined ALL-7 readerUnavailable")
            let findings = try await scenario.status().findings
            #expect(findings.contains { $0.severity == "error" && $0.what.contains("Another Reader") })
            let tag = try scenario.control(["tag"])
            #expect(try await tag.ended() == 1)
            #expect(tag.errorText.contains("NoReader"))
            try await scenario.endsClean()
        }

        @Test("Nobody presents a card; a till that hangs up; a second till at the lane")
        func waiting() async throws {
            let scenario = try await Scenario()
            try await scenario.startDaemonReady()
            try await scenario.pay("95.00", timeout: 1, is: "declined CARD-17 timedOut")
            let first = try scenario.startPay("95.00")
            try await scenario.prompted(first)
            let second = try await scenario.pay("10.00")
            #expect(second.status == 1 && second.error.contains("Busy"))
            // Nor does a technician get at the payer's card.
            for command in [["tag"], ["tag", "write", "--uri", "https://example.com"]] {
                let technician = try scenario.control(command)
                #expect(try await technician.ended() == 1)
                #expect(technician.errorText.contains("Busy"))
            }
            first.kill()
            let free = await eventually { () -> Bool? in
                (try? await scenario.pay("10.00", timeout: 1).words) == "declined CARD-17 timedOut" ? true : nil
            }
            #expect(free == true)
            try await scenario.tap("95.00", is: "approved CARD-21 approvedOnline")
            try await scenario.endsClean()
        }
    }
}
