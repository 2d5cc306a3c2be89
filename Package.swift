// swift-tools-version: 6.1
// kassad: the rooms are described in README.md, "The house". A room imports only rooms listed before it.
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

func room(
    _ name: String, _ dependencies: [Target.Dependency] = [], documents: [String] = [], resources: [Resource] = []
) -> Target {
    .target(name: name, dependencies: dependencies, exclude: documents, resources: resources, swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], documents: [String] = [], resources: [Resource] = []
) -> Target {
    // Tests import what they exercise; members of what that is made of come along.
    .testTarget(
        name: name, dependencies: dependencies, exclude: documents, resources: resources,
        swiftSettings: [.enableUpcomingFeature("ExistentialAny")])
}

let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
// SQLite itself: tests count what statements cost
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]

let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")

let package = Package(
    name: "kassad",
    products: [
        // For Benchmarks/ and integrators' tests; the programs are products of themselves.
        .library(
            name: "KassaRooms",
            targets: [
                "Core", "Secrets", "SmartCard", "EMV", "Tags", "Verification", "HostProtocol", "Programmes", "Payments", "Store", "Simulation", "Varlink",
                "Diagnostics", "VirtualCards", "Fleet", "Web", "PCSC",
            ])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", exact: "0.6.0"),
        .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        // C shims
        .target(name: "CCrypto"),
        .target(name: "CPCSCLite"),
        .target(name: "CLinux"),
        .target(name: "CQREncode", linkerSettings: [.linkedLibrary("qrencode"), .linkedLibrary("z")]),
        .target(name: "CSQLite", linkerSettings: [.linkedLibrary("sqlite3")]),
        // Pure rooms
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
            documents: ["OfflineBound.md"],
            resources: [.embedInCode("Resources")]),
        room("Payments", ["Core", "SmartCard", "EMV", "Tags", "HostProtocol", "Programmes", crypto]),
        room("VirtualCards", ["CCrypto", "Core", "EMV", "SmartCard", crypto]),
        // Adapters, and what they share
        room("QRCode", ["CQREncode"]),
        room("Workers", ["CLinux"]),
        room("Store", ["CLinux", "CSQLite", "Core", "HostProtocol", "Programmes", "Payments", crypto, grdb, sqlite]),
        // For tests and benches: a shop with its host, made of values, around the real rules and the real store
        room("Simulation", ["Core", "HostProtocol", "Programmes", "Payments", "Store"]),
        room("PCSC", ["CLinux", "CPCSCLite", "Core", "SmartCard", "Workers"], documents: ["Checklist.md", "Readers.md"]),
        room(
            "HostLink",
            [
                "Core", "HostProtocol", "Payments", crypto, logging, nioSSL,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "X509", package: "swift-certificates"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
            ] + nio, documents: ["Herd.md", "Herd.svg"]),
        room(
            "Web",
            [
                logging, nioSSL, hummingbird, .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),
        room("Varlink", ["CLinux", logging] + nio),
        room("Diagnostics", ["Core", "HostProtocol", "Programmes", "Varlink"]),
        // Wiring
        room(
            "Terminal",
            [
                "CLinux", "Core", "SmartCard", "EMV", "Tags", "HostProtocol", "Programmes", "Payments", "Workers", "Store",
                "PCSC", "HostLink", "Varlink", "Diagnostics", crypto, logging,
                .product(name: "X509", package: "swift-certificates"), .product(name: "SwiftASN1", package: "swift-asn1"),
            ], documents: ["kassad.example.toml"]),
        // The host's own side
        room(
            "HostLedger",
            [
                "Core", "SmartCard", "EMV", "Tags", "HostProtocol", "Programmes", crypto, grdb, logging, hummingbird, httpTypes, nioSSL,
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "X509", package: "swift-certificates"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
            ], documents: ["OnPostgreSQL.md", "Books.md"], resources: [.embedInCode("Resources")]),
        // For tests and benches: several terminals' stores and the host's books, with a bad wire between them
        room(
            "Fleet", ["Core", "HostProtocol", "Payments", "Programmes", "Store", "Simulation", "HostLedger", crypto, grdb]),
        // Programs
        program("kassad", ["CLinux", "Programmes", "Terminal", arguments, logging]),
        program("kassactl", ["SmartCard", "EMV", "Tags", "Programmes", "Diagnostics", "Varlink", arguments]),
        program("kassa-host", ["CLinux", "Core", "HostProtocol", "HostLedger", "Programmes", "Tags", "Web", arguments, crypto, logging]),
        program("kassa-card", ["Core", "EMV", "SmartCard", "Tags", "VirtualCards", arguments, crypto]),
        // For `make crash` and its tests: the real store under crashes and faults
        .executableTarget(
            name: "crash-harness",
            dependencies: [
                "Core", "EMV", "HostProtocol", "Programmes", "Payments", "Store", "Simulation", "Terminal", "VirtualCards", "Workers",
                crypto, logging, .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            path: "Tests/Crash/Harness", swiftSettings: strict),
        // Tests mirror rooms
        tests("CoreTests", ["Core", crypto]),
        tests("SecretsTests", ["CCrypto", "CLinux", "Secrets"], documents: ["Misuse"]),
        tests("SmartCardTests", ["Core", "SmartCard"]),
        tests("EMVTests", ["CCrypto", "Core", "EMV", "Secrets", "SmartCard", "Tags", crypto]),
        tests("VirtualCardsTests", ["CCrypto", "Core", "EMV", "Secrets", "SmartCard", "VirtualCards", crypto]),
        tests("HostProtocolTests", ["Core", "HostProtocol", crypto]),
        tests(
            "VerificationTests",
            ["CCrypto", "Core", "Secrets", "SmartCard", "EMV", "Tags", "Verification", "VirtualCards", crypto]),
        tests("QRCodeTests", ["QRCode"]),
        tests("ProgrammesTests", ["Core", "HostProtocol", "Verification", "Programmes", crypto]),
        tests("PaymentsTests", ["Core", "SmartCard", "EMV", "Tags", "HostProtocol", "Programmes", "Payments", "VirtualCards", crypto]),
        tests("StoreTests", ["Core", "HostProtocol", "Payments", "Programmes", "Store", grdb, sqlite]),
        tests("SimulationTests", ["Core", "HostProtocol", "Payments", "Programmes", "Store", "Simulation", "Fleet"]),
        tests("TagsTests", ["Core", "SmartCard", "Tags", "VirtualCards", crypto]),
        tests("PCSCTests", ["CPCSCLite", "Core", "PCSC", "SmartCard", "Tags", "VirtualCards", "Workers"]),
        tests(
            "HostLedgerTests",
            [
                "Core", "SmartCard", "EMV", "Tags", "HostProtocol", "Programmes", "Payments", "VirtualCards", "Store", "HostLedger", crypto,
                grdb, sqlite,
            ]),
        tests(
            "HostLinkTests",
            [
                "Core", "SmartCard", "HostProtocol", "Programmes", "Payments", "Store", "Simulation", "HostLink", "HostLedger", "Web",
                crypto, logging, hummingbird, httpTypes, .product(name: "NIOCore", package: "swift-nio"),
            ]),
        tests(
            "TerminalTests",
            [
                "Core", "SmartCard", "EMV", "Tags", "HostProtocol", "Programmes", "Payments", "VirtualCards", "Workers", "Store",
                "PCSC", "Terminal", "HostLink", "HostLedger", "Diagnostics", crypto, logging,
            ]),
        tests("IntegrationTests", ["Core", "Diagnostics", "HostLedger", "Programmes", "Varlink"]),
        tests("DiagnosticsTests", ["Core", "HostProtocol", "Programmes", "Varlink", "Diagnostics"]),
        tests("CrashTests", []),
        // Its parsers are the list that Fuzz/ and `make fuzz` go by, too.
        tests(
            "HostileInputTests",
            [
                "Core", "Secrets", "SmartCard", "EMV", "Tags", "Verification", "HostProtocol", "Programmes", "VirtualCards", "PCSC",
                "Terminal", "Varlink", crypto,
            ]),
        tests("VarlinkTests", ["CLinux", "Varlink", logging] + nio),
    ]
)
