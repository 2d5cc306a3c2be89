// swift-tools-version: 6.1
// kassad: the rooms are described in README.md, "The house". A room imports only rooms listed before it.
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

func room(
    _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []
) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []
) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]

let package = Package(
    name: "kassad",
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
    ],
    targets: [
        // C shims
        .target(name: "CCrypto"),
        .target(name: "CPCSCLite"),
        .target(name: "CLinux"),
        // Pure rooms
        room("Core", [crypto]),
        room("SmartCard", ["Core"]),
        room("EMV", ["CCrypto", "Core", "SmartCard", crypto]),
        room("Tags", ["Core", "SmartCard"]),
        room("HostProtocol", ["Core", crypto]),
        room(
            "Programmes", ["Core", "HostProtocol", .product(name: "TOMLKit", package: "TOMLKit")],
            resources: [.embedInCode("Resources/epassi-card.toml")]),
        room("Payments", ["Core", "SmartCard", "EMV", "Tags", "HostProtocol", "Programmes"]),
        // Adapters, and what they share
        room("Workers", ["CLinux"]),
        room("Varlink", ["CLinux", logging] + nio),
        room("PCSC", ["CLinux", "CPCSCLite", "Core", "SmartCard", "Workers"]),
        room("Diagnostics", ["Core", "Programmes", "Varlink"]),
        room(
            "Terminal",
            [
                "CLinux", "Core", "SmartCard", "EMV", "Tags", "HostProtocol", "Programmes", "Payments", "Workers", "Store",
                "PCSC", "Varlink", "Diagnostics", crypto, logging,
            ]),
        room("Store", ["Core", "HostProtocol", "Programmes", "Payments", grdb]),
        // Programs
        program("kassactl", ["Programmes", "Diagnostics", "Varlink", arguments]),
    ]
)
