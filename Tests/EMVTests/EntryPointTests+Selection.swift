import Core
import EMV
import SmartCard
import Testing

/// 2ED to 2EF: combination selection, kernel activation, outcome processing.
extension EntryPointTests {
    @Test("2ED.003.00 PPSE selection, byte for byte")
    func directoryCommand() throws {
        var bench = Bench()
        bench.combinations = [B.combination()]
        let actions = try bench.run([[]])
        #expect(actions.contains(.transmit(try CommandAPDU(bytes: Hex.decode("00A404000E325041592E5359532E444446303100") ?? []))))
    }

    @Test("2ED.004.00, 2ED.005.00, 2ED.016.00 no candidate: End Application, message 1C, ready to read", arguments: [
        "6A82", "6283", "6F00 9000", "6F108402 3250 A50A BF0C07 5005 5445535431 9000",
    ])
    func noCandidate(answer: String) throws {
        var bench = Bench()
        bench.combinations = [B.combination()]
        let actions = try bench.run([[try #require(Hex.decode(answer))]])
        guard case .endApplication(_, nil)? = actions.outcome else {
            Issue.record("\(actions)")
            return
        }
        #expect(actions.parameters?.onOutcome == UserInterfaceRequest(.tryAnotherCard, .readyToRead))
        #expect(actions.parameters?.start == nil)
        #expect(actions.commits.isEmpty)
    }

    @Test("2ED.007 entries whose ADF name is missing or badly coded are passed over")
    func badNames() throws {
        var bench = Bench()
        bench.combinations = [B.combination([0xA0, 0, 0, 0, 4])]
        let directory = B.directory(
            [TLV(0x50, [0x41])], B.entry([0xA0, 0, 0, 0]), B.entry([UInt8](repeating: 0xA0, count: 17)),
            B.entry([0xA0, 0, 0, 0, 4]), B.entry([0xA0, 0, 0, 0, 4] + [UInt8](repeating: 1, count: 11)))
        #expect(try bench.selections(directory) == ["A000000004", "A0000000040101010101010101010101"])
    }

    /// 9F2A of the entry, kernels configured, the one whose combination is taken.
    private static let requests: [(String?, [UInt32], UInt32?)] = [
        ("21", [0x21], 0x21), ("22", [0x21], nil), ("22", [0x21, 0x22], 0x22),
        ("32", [0x32], 0x32), ("32FFFF", [0x32], 0x32), ("72", [0x32], nil), ("72", [0x72], 0x72), ("721111", [0x72], 0x72),
        // None, or of no length: the scheme's, here Mastercard's.
        (nil, [0x21], nil), (nil, [0x02], 0x02), ("", [0x02], 0x02), ("", [0x21], nil),
        // No preference.
        ("00", [0x21], 0x21), ("0000", [0x21], 0x21),
        // Three bytes: domestic and proprietary.
        ("810978", [0x81_0978], 0x81_0978), ("81097855", [0x81_0978], 0x81_0978), ("810979", [0x81_0978], nil),
        ("8109", [0x81_0978], nil), ("81", [0x81_0978], nil), ("8009", [0x21], nil), ("800900", [0x21], 0x21), ("C11111", [0xC1_1111], 0xC1_1111), ("C11111", [0x81_0978], nil),
        ("C1", [0xC1_1111], nil), ("01", [0x81_0978], nil),
    ]

    @Test("2ED.008.00 an application that the reader has not; 2ED.009 the kernel of the entry, or the scheme's",
        arguments: requests.indices)
    func kernels(_ index: Int) throws {
        let (identifier, configured, taken) = Self.requests[index]
        var bench = Bench()
        bench.combinations = configured.map { number in
            B.combination(kernel: number) { if number == taken { $0.floorLimit = 0 } }
        }
        let actions = try bench.run([[B.directory(B.entry(kernel: identifier)), B.selected, [0x90, 0x00]]])
        // Only the combination that is to be taken has a floor limit, which the kernel is told of.
        #expect(actions.commits.map(\.p2) == (taken == nil ? [] : [Self.floor | Self.asksOnline]))
    }

    @Test("2ED.013.00, 2ED.014.00, 2ED.015.00 priority, then the directory's order; none and zero come last")
    func priority() throws {
        var bench = Bench()
        bench.combinations = [B.combination([0xA0, 0, 0, 0, 4])]
        func name(_ last: UInt8) -> [UInt8] { [0xA0, 0, 0, 0, 4, last] }
        let directory = B.directory(
            B.entry(name(1)), B.entry(name(2), priority: 0x03), B.entry(name(3), priority: 0x00), B.entry(name(4), priority: 0x81),
            B.entry(name(5), priority: 0x01), B.entry(name(6), priority: 0x0F))
        #expect(try bench.selections(directory) == [4, 5, 2, 6, 1, 3].map { Hex.encode(name($0)) })
    }

    @Test("§3.3.2.5 an entry for two combinations is two candidates: the second is tried when the first is refused")
    func twoKernels() throws {
        var bench = Bench()
        bench.combinations = [B.combination(kernel: 0x21), B.combination(kernel: 0x22) { $0.floorLimit = 0 }]
        let actions = try bench.run([[B.directory(B.entry(kernel: "00")), B.selected, [0x69, 0x85], B.selected, [0x90, 0x00]]])
        #expect(actions.commits.map(\.p2) == [0, Self.floor | Self.asksOnline])
    }

    @Test("2ED.017, 2ED.018 extended selection is appended when both sides have it, and never past sixteen bytes")
    func extendedSelection() throws {
        var bench = Bench()
        bench.combinations = [B.combination()]
        let directory = B.directory(B.entry(extended: "1234"))
        #expect(try bench.selections(directory) == [Hex.encode(B.first)])
        bench.combinations[0].supportsExtendedSelection = true
        #expect(try bench.selections(directory) == [Hex.encode(B.first) + "1234"])
        #expect(try bench.selections(B.directory(B.entry())) == [Hex.encode(B.first)])
        #expect(try bench.selections(B.directory(B.entry(extended: "00112233445566778899"))) == [])
    }

    @Test("2ED.019.00 final selection refused: the next; none left: End Application")
    func refused() throws {
        var bench = Bench()
        bench.combinations = [B.combination([0xA0, 0, 0, 0, 4])]
        let directory = B.directory(B.entry(B.first, priority: 1), B.entry(B.second, priority: 2))
        let actions = try bench.run([[directory, [0x6A, 0x81], B.selected, [0x90, 0x00]]])
        #expect(actions.commits.count == 1)
        #expect(try bench.run([[directory, [0x6A, 0x81], [0x62, 0x83]]]).outcome == .endApplication(.noSupportedApplication, nil))
    }

    @Test("2ED.021.00 kernel 3 without 9F66 in the PDOL is dropped for the next (no kernel 1 here)")
    func kernel3() throws {
        var bench = Bench()
        bench.combinations = [B.combination([0xA0, 0, 0, 0, 3], kernel: 3), B.combination()]
        let visa: [UInt8] = [0xA0, 0, 0, 0, 3, 0x10, 0x10]
        let directory = B.directory(B.entry(visa, kernel: nil, priority: 1), B.entry(B.first, priority: 2))
        for objects in [[], [TLV(0x9F38, [0x9F, 0x02, 0x06])]] {
            let control = TLV(0x6F, [TLV(0x84, visa), TLV(0xA5, [TLV(0x50, [0x56])] + objects)]).encoded + [0x90, 0x00]
            #expect(try bench.run([[directory, control, B.selected, [0x90, 0x00]]]).commits.count == 1)
        }
    }

    @Test("2EE.001.00, 2EE.002.00 the kernel of the selected combination gets the card's FCI")
    func activation() throws {
        var bench = Bench()
        bench.combinations = [B.combination()]
        let control = TLV(0x6F, [TLV(0x84, B.first), TLV(0xA5, [TLV(0x50, [0x41, 0x5A])])]).encoded + [0x90, 0x00]
        #expect(try bench.run([[B.directory(B.entry()), control, [0x90, 0x00]]]).commits.map(\.p1) == [0x5A])
    }

    @Test("2EF.003.00 Select Next: the remaining candidates, not the one that asked for it")
    func selectNext() throws {
        var bench = Bench()
        bench.combinations = [B.combination([0xA0, 0, 0, 0, 4])]
        let directory = B.directory(B.entry(B.first, priority: 1), B.entry(B.second, priority: 2))
        let actions = try bench.run([[directory, B.selected, [0x69, 0x85], B.selected, [0x90, 0x00]]])
        let selected: [String] = actions.compactMap { action in
            if case .transmit(let command) = action { Hex.encode(command.data) } else { nil }
        }
        #expect(Array(selected.dropFirst()) == [Hex.encode(B.first), Hex.encode(B.second)])
        #expect(actions.outcome == .declined(nil, .cardDeclined))
        #expect(try bench.run([[directory, B.selected, [0x69, 0x85], B.selected, [0x69, 0x85]]]).outcome
            == .endApplication(.noSupportedApplication, nil))
    }

    @Test("A card with other schemes or kernels alone says which")
    func others() throws {
        var bench = Bench()
        bench.combinations = [B.combination(kernel: 0x21)]
        let american: [UInt8] = [0xA0, 0, 0, 0, 0x25, 1]
        let outcome = try bench.run([[B.directory(
            B.entry(B.first, kernel: nil), B.entry(american, kernel: nil), B.entry(B.second, kernel: "810978"),
            B.entry([0xA0, 0, 0, 0, 0x99], kernel: "00"))]]).outcome
        guard case .endApplication(.otherApplicationsOnly(let offered), nil)? = outcome else {
            Issue.record("\(String(describing: outcome))")
            return
        }
        #expect(offered.map(\.description) == [
            "A0000000041001 (Mastercard, kernel C-2)", "A00000002501 (American Express, kernel C-4)",
            "A0000000041002 (Mastercard, kernel 810978)", "A000000099 (any kernel)",
        ])
        // What is no application name is not offered either.
        for name in [[0xA0, 0, 0, 0], [0xA0] + [UInt8](repeating: 0, count: 16)] as [[UInt8]] {
            #expect(try bench.run([[B.directory(B.entry(name, kernel: "02"))]]).outcome == .endApplication(.noSupportedApplication, nil))
        }
        // An application that only its limits forbid is no other.
        bench.combinations = [B.combination(kernel: 0x21) { $0.transactionLimit = 1 }, B.combination(B.second)]
        #expect(try bench.run([[B.directory(B.entry())]]).outcome == .endApplication(.noSupportedApplication, nil))
    }
}
