// swift-tools-version: 6.1
// Measures kassad against a floor in the same run: `make bench`.
import PackageDescription

let rooms = Target.Dependency.product(name: "KassaRooms", package: "kassad")

let package = Package(
    name: "kassad-benchmarks",
    dependencies: [.package(name: "kassad", path: "..")],
    targets: [
        .executableTarget(name: "TapBench", dependencies: [rooms]),
        .executableTarget(name: "StoreBench", dependencies: [rooms]),
        .executableTarget(name: "LimitBench", dependencies: [rooms]),
        .executableTarget(name: "Interleavings", dependencies: [rooms]),
        .executableTarget(name: "HerdBench", dependencies: [rooms], path: "Sources/Herd"),
    ]
)
