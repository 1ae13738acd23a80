// swift-tools-version: 6.2
import PackageDescription

// Every dependency is pinned: a tool that people trust with their only cluster is built from the same sources everywhere.
let packages: [Package.Dependency] = [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
    .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
    .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
    .package(url: "https://github.com/grpc/grpc-swift-2", exact: "2.4.3"),
    .package(url: "https://github.com/grpc/grpc-swift-nio-transport", exact: "2.9.2"),
    .package(url: "https://github.com/grpc/grpc-swift-protobuf", exact: "2.4.1"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2", traits: []),
]

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A room: one SwiftPM target, with what it may import and nothing else. `make lint` holds the sources to the same table.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

// A start is half relocation and lookups in tables of symbols: nothing is exported, and what can be linked in is. The
// folder has the archives of libz and libstdc++ (see Makefile); without it the shared ones are taken.
// libgcc stays shared: glibc looks for it by itself when a thread ends.
let quickStart: [LinkerSetting] = [
    .unsafeFlags(
        [
            "-use-ld=lld", "-L.build/static", "-Xlinker", "--no-export-dynamic",
        ],
        .when(platforms: [.linux], configuration: .release))
]

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let certificates = Target.Dependency.product(name: "X509", package: "swift-certificates")
let asn1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let grpcCore = Target.Dependency.product(name: "GRPCCore", package: "grpc-swift-2")
let grpcNIO = Target.Dependency.product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport")
let grpcProtobuf = Target.Dependency.product(name: "GRPCProtobuf", package: "grpc-swift-protobuf")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioConcurrency = Target.Dependency.product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "kupgrade",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "kupgrade", targets: ["kupgrade"])],
    dependencies: packages,
    targets: [
        .executableTarget(
            name: "kupgrade", dependencies: ["Commands"], swiftSettings: strict, linkerSettings: quickStart),
        room(
            "Commands",
            [
                "Plans", "UpgradePlanning", "Observation", "NixOS", "NodeAccess", "KubernetesClient", "AgeEncryption",
                "Actions", "Backups", "Archiving", "EtcdSnapshots", "EtcdClient", "RunEngine", "Secrets", "Terminal",
                argumentParser,
                crypto, unixSignals, yams,
            ]),

        // Pure: values in, values out. No Foundation, no I/O, no clock.
        room("Plans"),
        room("UpgradePlanning", ["Plans"]),

        room(
            "Observation",
            ["UpgradePlanning", "PKI", "EtcdClient", "KubernetesClient", "NixOS", "NodeAccess", "Secrets"]),

        // Runs any plan: what to do next is pure, and what was done is written down first.
        room("RunEngine", ["Plans", crypto]),

        // Performs what was decided.
        room(
            "Actions",
            [
                "Backups", "Archiving", "AgeEncryption", "EtcdClient", "EtcdSnapshots", "NodeAccess", "Observation",
                "KubernetesClient", "NixOS", "PKI", "Plans", "RunEngine", "Secrets", "UpgradePlanning", crypto,
            ]),

        // The one type that carries keys and tokens between rooms.
        room("Secrets"),

        // Adapters: each speaks to one kind of thing outside.
        room("NodeAccess", ["Secrets", subprocess, systemPackage]),
        room("NixOS", ["NodeAccess", crypto]),
        .target(
            name: "EtcdClient", dependencies: ["Secrets", grpcCore, grpcNIO, grpcProtobuf, protobuf],
            exclude: ["etcd.proto"], swiftSettings: strict),
        room("KubernetesClient", ["Secrets", httpClient, nioSSL, nioCore, nioPosix, nioHTTP, yams]),
        room("PKI", [certificates, asn1, crypto]),
        room("EtcdSnapshots", [crypto]),
        room("Backups", ["Archiving", "AgeEncryption", "EtcdSnapshots", "PKI", "Plans", "UpgradePlanning", crypto]),

        // What archives are sealed and signed with.
        .systemLibrary(name: "CSodium", providers: [.apt(["libsodium-dev"])]),
        .target(
            name: "CArchive",
            linkerSettings: [.linkedLibrary(":libarchive.a"), .linkedLibrary(":libzstd.a")]),
        room("Archiving", ["CArchive"]),
        room("AgeEncryption", ["Secrets", "CSodium", crypto]),
        room("Terminal"),

        // Times the planner on clusters that no lab can hold.
        .executableTarget(
            name: "planning-bench", dependencies: ["Plans", "UpgradePlanning"], path: "Tests/Bench/Planning",
            swiftSettings: strict),

        .executableTarget(
            name: "walk-bench", dependencies: ["EtcdSnapshots"], path: "Tests/Bench/Walk", swiftSettings: strict),
        .executableTarget(
            name: "run-bench", dependencies: ["Plans", "RunEngine"], path: "Tests/Bench/Runs", swiftSettings: strict),
        .executableTarget(
            name: "drain-bench", dependencies: ["Actions", "KubernetesClient", "Observation", "UpgradePlanning"],
            path: "Tests/Bench/Drain", swiftSettings: strict),
        // Readers of what others wrote, with inputs that are changed at random.
        .executableTarget(
            name: "reader-fuzz",
            dependencies: ["AgeEncryption", "Archiving", "Backups", "EtcdSnapshots", "RunEngine", "UpgradePlanning"],
            path: "Tests/Fuzz", swiftSettings: strict),

        tests("PlansTests", ["Plans"]),
        tests("RunEngineTests", ["RunEngine", "Plans"]),
        tests("SecretsTests", ["Secrets"]),
        tests("UpgradePlanningTests", ["UpgradePlanning", "Plans"]),
        tests("NodeAccessTests", ["NodeAccess", "Secrets"]),
        tests("NixOSTests", ["NixOS", "NodeAccess"]),
        tests("PKITests", ["PKI", certificates, asn1, crypto]),
        tests(
            "KubernetesClientTests",
            ["KubernetesClient", "Secrets", nioCore, nioPosix, nioHTTP, nioSSL, nioConcurrency]),
        tests("EtcdClientTests", ["EtcdClient", "Secrets", crypto, grpcCore, grpcNIO]),
        tests("EtcdSnapshotsTests", ["EtcdSnapshots", crypto]),
        tests("ArchivingTests", ["Archiving"]),
        tests(
            "BackupsTests",
            ["Backups", "Plans", "UpgradePlanning", "AgeEncryption", "Archiving", "EtcdSnapshots", "PKI"]),
        tests("AgeEncryptionTests", ["AgeEncryption", "Secrets"]),
        tests(
            "ObservationTests",
            ["Observation", "UpgradePlanning", "EtcdClient", "KubernetesClient", "NixOS", "NodeAccess"]),
        tests(
            "ActionsTests",
            ["Actions", "Backups", "KubernetesClient", "NodeAccess", "Plans", "RunEngine", "UpgradePlanning"]),
        tests("TerminalTests", ["Terminal"]),
        tests(
            "CommandsTests",
            [
                "Commands", "UpgradePlanning", "Plans", "RunEngine", "Terminal", "AgeEncryption", "Secrets",
                argumentParser,
            ], exclude: ["Fixtures"]),
        tests("LabTests", [yams]),
    ]
)
