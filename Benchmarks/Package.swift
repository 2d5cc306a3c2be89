// swift-tools-version: 6.1
// Measures kassad against a floor in the same run: `make bench`.
import PackageDescription

let rooms = Target.Dependency.product(name: "KassaRooms", package: "kassad")

let package = Package(
    name: "kassad-benchmarks",
    dependencies: [
        .package(name: "kassad", path: ".."),
        // What the daemon and the host are made of: the floors use the same, bare.
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    ],
    targets: [
        .executableTarget(name: "TapBench", dependencies: [rooms]),
        .executableTarget(name: "StoreBench", dependencies: [rooms]),
        .executableTarget(name: "LimitBench", dependencies: [rooms]),
        .executableTarget(name: "Interleavings", dependencies: [rooms]),
        .executableTarget(name: "HerdBench", dependencies: [rooms], path: "Sources/Herd"),
        .executableTarget(name: "ExactlyOnce", dependencies: [rooms]),
        .executableTarget(name: "StartBench", dependencies: [rooms]),
        .executableTarget(name: "ParseBench", dependencies: [rooms]),
        .executableTarget(name: "EventBench", dependencies: [rooms]),
        .executableTarget(name: "ReceiptBench", dependencies: [rooms]),
        // Counts malloc for the program that links it.
        .target(name: "CAllocations"),
        .executableTarget(name: "AllocationBench", dependencies: ["CAllocations", rooms]),
        .executableTarget(
            name: "DrainBench",
            dependencies: [
                rooms, .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Hummingbird", package: "hummingbird"), .product(name: "GRDB", package: "GRDB.swift"),
            ]),
    ]
)
