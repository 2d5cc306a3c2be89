// swift-tools-version: 6.1
// Hostile input: every parser that bytes of others reach, under a fuzzer (`make fuzz`) and under a million inputs at each change
// (`make test`). The list of parsers is Tests/HostileInputTests/Parsers/HostileParser+All.swift.
//
// A package of its own, because libFuzzer brings its own main and wants every module instrumented. Its rooms are links to
// Sources/, compiled with internals open: parsers are fed without a detour through what hides them. Rooms that need GRDB,
// Hummingbird or NIO are not built; of Varlink and Terminal only the files that read bytes are here.
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
]

func room(
    _ name: String, _ dependencies: [Target.Dependency] = [], documents: [String] = [], resources: [Resource] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, exclude: documents, resources: resources,
        swiftSettings: strict + [.unsafeFlags(["-enable-testing"])])
}

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")

let package = Package(
    name: "kassad-fuzz",
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/LebJe/TOMLKit", exact: "0.6.0"),
    ],
    targets: [
        .target(name: "CCrypto"),
        .target(name: "CLinux"),
        .target(name: "CPCSCLite"),
        room("Core", [crypto]),
        room("Secrets", ["CCrypto", "CLinux"]),
        room("SmartCard", ["Core"]),
        room("EMV", ["CCrypto", "Core", "Secrets", "SmartCard", crypto], documents: ["Contactless.md", "Contact.md"]),
        room("Tags", ["CCrypto", "Core", "SmartCard", crypto], documents: ["ClosedLoop.md", "Verified.md"]),
        room(
            "Verification", ["CCrypto", "Core", "Secrets", "SmartCard", "EMV", "Tags", crypto], documents: ["PIN.md", "Receipts.md"]),
        room("HostProtocol", ["CCrypto", "Core", crypto]),
        room(
            "Programmes", ["Core", "HostProtocol", "Verification", .product(name: "TOMLKit", package: "TOMLKit")],
            documents: ["OfflineBound.md"], resources: [.embedInCode("Resources")]),
        room("VirtualCards", ["CCrypto", "Core", "EMV", "SmartCard", crypto]),
        room("Workers", ["CLinux"]),
        room(
            "PCSC", ["CLinux", "CPCSCLite", "Core", "SmartCard", "Workers"], documents: ["Checklist.md", "Readers.md"]),
        room("Varlink"),
        room("Terminal", ["Core", "EMV", "PCSC", "Programmes", "Tags"]),
        room(
            "HostileInput",
            [
                "Core", "EMV", "HostProtocol", "PCSC", "Programmes", "Secrets", "SmartCard", "Tags", "Terminal", "Varlink",
                "Verification", "VirtualCards", crypto,
            ]),
        .target(name: "CAllocations"),
        .executableTarget(name: "HostileInputs", dependencies: ["CAllocations", "HostileInput"], swiftSettings: strict),
        .executableTarget(
            name: "Fuzzer", dependencies: ["HostileInput"],
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]),
    ]
)
