// swift-tools-version:6.2
import PackageDescription

/// The C libraries of the system.
///
/// C stops in the target that wraps one of these.
let systemLibraries: [Target] = [
    .systemLibrary(name: "CDaprLinux"),
    .systemLibrary(name: "CDaprCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CDaprMicrohttpd", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CDaprYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
]

/// Every Swift library with the targets it may import; `Tests/ArchitectureTests` holds the code to it.
let libraries: [(name: String, imports: [String])] = [
    // What waits, and what speaks HTTP.
    ("DaprEventLoop", ["CDaprLinux"]),
    // What a program asks of the system beside: files, processes, the time of day.
    ("DaprOperatingSystem", ["DaprEventLoop", "CDaprLinux"]),
    ("DaprHTTP", ["DaprCalendar", "DaprText"]),
    ("DaprHTTPServer", ["DaprHTTP", "DaprOperatingSystem", "DaprText", "DaprEventLoop", "CDaprMicrohttpd"]),
    ("DaprLibcurl", ["DaprText", "DaprEventLoop", "CDaprCurl"]),
    // Safe Swift over one C library each.
    ("OpenSSL", ["COpenSSL"]),
    ("SQLite", ["CSQLite"]),
    ("Postgres", ["CPostgres"]),
    ("DaprYAML", ["CDaprYAML"]),
    // Small things everything may use. The client library is built of `DaprText` too, whose name must therefore differ from those of
    // strangers' targets.
    ("DaprText", []),
    ("DaprCalendar", []),
    ("DaprJSON", ["DaprText"]),
    ("Settings", ["DaprJSON"]),
    ("DaprLog", ["DaprCalendar", "DaprJSON"]),
    ("DaprMetrics", []),
    // The client library: a product of its own.
    ("Dapr", ["DaprCalendar", "DaprText", "DaprJSON"]),
    ("DaprCurl", ["DaprText", "Dapr", "DaprLibcurl", "DaprEventLoop"]),
    // The task service.
    ("Tasks", ["DaprCalendar", "DaprText"]),
    ("TaskJSON", ["Tasks", "DaprJSON"]),
    ("TasksDapr", ["DaprText", "TaskJSON", "Tasks", "Dapr", "DaprJSON", "DaprLog", "DaprMetrics"]),
    ("Tokens", ["DaprText", "OpenSSL", "DaprJSON"]),
    // The doors, and what they have in common.
    ("WebFront", ["DaprText", "DaprHTTP", "DaprJSON", "Tokens", "Dapr", "DaprLog", "DaprMetrics"]),
    (
        "TaskEvents",
        ["DaprText", "WebFront", "TaskJSON", "Tasks", "Dapr", "DaprHTTP", "DaprJSON", "DaprLog", "DaprMetrics"]
    ),
    (
        "TaskAPI",
        ["DaprText", "WebFront", "TaskJSON", "Tasks", "Dapr", "DaprHTTP", "DaprJSON", "DaprLog", "DaprMetrics"]
    ),
    // The sidecar for one machine.
    ("DaprCEL", ["DaprCalendar", "DaprText"]),
    ("DaprSidecar", ["DaprCalendar", "DaprText", "DaprYAML", "DaprJSON", "DaprCEL", "DaprLog"]),
    (
        "DaprSidecarHTTP",
        [
            "DaprOperatingSystem", "DaprText", "DaprSidecar", "DaprHTTP", "DaprHTTPServer", "DaprLibcurl",
            "DaprEventLoop", "DaprJSON", "DaprLog", "DaprMetrics",
        ]
    ),
    ("DaprSidecarSQLite", ["DaprText", "DaprSidecar", "SQLite", "DaprEventLoop"]),
    ("DaprSidecarPostgres", ["DaprText", "DaprSidecar", "Postgres", "DaprEventLoop"]),
    // The sidecar inside a test's process, where it meets the client library: a product of its own, which no program has.
    ("DaprTesting", ["DaprOperatingSystem", "Dapr", "DaprSidecar", "DaprSidecarHTTP", "DaprHTTP", "DaprEventLoop"]),
]

/// Every program with its folder and the targets it may import.
///
/// A program is named as its target, so that it is no declared product: SwiftPM makes one of each only where this package is built itself.
/// A package that depends on this one then sees the targets of the libraries alone, and the others' names are free.
let executables: [(folder: String, name: String, imports: [String])] = [
    (
        "TaskServer", "task-server",
        [
            "DaprOperatingSystem", "DaprText", "TaskAPI", "TaskEvents", "WebFront", "TasksDapr", "Tasks", "Dapr",
            "DaprCurl", "DaprLibcurl", "DaprHTTPServer",
            "DaprEventLoop",
            "Tokens", "DaprJSON",
            "Settings", "DaprLog", "DaprMetrics",
        ]
    ),
    (
        "DevSidecar", "dev-sidecar",
        [
            "DaprOperatingSystem", "DaprSidecar", "DaprSidecarHTTP", "DaprSidecarSQLite", "DaprSidecarPostgres",
            "DaprLibcurl", "DaprHTTPServer",
            "DaprEventLoop",
            "DaprJSON",
            "Settings", "DaprLog",
        ]
    ),
    (
        "Bench", "bench",
        [
            "DaprOperatingSystem", "Dapr", "DaprCurl", "DaprLibcurl", "DaprHTTP", "DaprHTTPServer", "DaprEventLoop",
            "DaprJSON", "DaprSidecar",
            "DaprSidecarSQLite",
            "DaprSidecarPostgres", "SQLite", "Postgres", "SlowFlush", "Tasks", "TasksDapr", "DaprLog", "DaprMetrics",
        ]
    ),
]

/// What `make bench` measures with: programs in C that are the floor under what is built on the same library, Foundation's client, and a
/// slower disk.
let yardsticks: [Target] = [
    .target(name: "SlowFlush", path: "Sources/Yardsticks/flush"),
    .executableTarget(name: "yardstick-upstream", path: "Sources/Yardsticks/upstream"),
    .executableTarget(
        name: "yardstick-libcurl",
        path: "Sources/Yardsticks/libcurl",
        linkerSettings: [.linkedLibrary("curl")]
    ),
    .executableTarget(name: "yardstick-urlsession", path: "Sources/Yardsticks/urlsession"),
    .executableTarget(
        name: "yardstick-microhttpd",
        path: "Sources/Yardsticks/microhttpd",
        linkerSettings: [.linkedLibrary("microhttpd")]
    ),
]

/// What the tests share that know parts of ours may import; what they share beside it, `TestTools`, imports nothing of ours.
let testSupport: [Target.Dependency] = [
    "TestTools", "DaprOperatingSystem", "Dapr", "Tasks", "TasksDapr", "DaprSidecar", "DaprJSON", "DaprEventLoop",
    "Postgres",
]

/// What the tests of doors share: all doors in front of stubs, without sockets.
let doorSupport: [Target.Dependency] = [
    "TaskAPI", "TaskEvents", "WebFront", "TaskJSON", "Tasks", "Dapr", "DaprHTTP", "DaprJSON", "Tokens", "DaprLog",
    "DaprMetrics",
]

/// Each test target with what it may import beside the target it is named for.
let tests: [(name: String, imports: [String])] = [
    ("DaprOperatingSystemTests", ["TestTools"]), ("DaprEventLoopTests", []),
    ("DaprHTTPTests", []),
    ("DaprHTTPServerTests", ["DaprText", "DaprEventLoop", "DaprHTTP", "TestTools"]),
    ("DaprLibcurlTests", ["DaprText", "DaprEventLoop", "DaprHTTP", "DaprHTTPServer", "TestTools"]),
    ("OpenSSLTests", []), ("SQLiteTests", []), ("DaprYAMLTests", ["TestTools"]),
    ("PostgresTests", ["TestSupport", "TestTools"]),
    ("DaprTextTests", []), ("DaprCalendarTests", []), ("DaprJSONTests", ["TestTools"]), ("SettingsTests", []),
    ("DaprLogTests", []),
    ("DaprMetricsTests", []),
    ("DaprTests", ["DaprJSON", "TestSupport", "TestTools"]),
    (
        "DaprCurlTests",
        ["DaprOperatingSystem", "Dapr", "DaprLibcurl", "DaprEventLoop", "DaprHTTP", "DaprHTTPServer", "TestTools"]
    ),
    ("TasksTests", ["TestSupport", "TestTools"]),
    (
        "TasksDaprTests",
        [
            "TaskJSON", "Tasks", "Dapr", "DaprEventLoop", "DaprJSON", "DaprLog", "DaprMetrics", "TestSupport",
            "TestTools",
        ]
    ),
    ("TokensTests", ["DaprText", "OpenSSL", "DaprJSON", "TestTools"]),
    (
        "WebFrontTests",
        ["DoorSupport", "TaskAPI", "Tasks", "Dapr", "DaprHTTP", "DaprJSON", "Tokens", "DaprLog", "TestTools"]
    ),
    ("TaskEventsTests", ["DoorSupport", "WebFront", "Tasks", "Dapr", "DaprHTTP", "DaprJSON"]),
    (
        "TaskAPITests",
        [
            "DoorSupport", "WebFront", "TaskEvents", "TaskJSON", "Tasks", "Dapr", "DaprHTTP", "DaprJSON", "DaprLog",
            "TestTools",
        ]
    ),
    (
        "EventFlowTests",
        [
            "DaprText", "TaskJSON", "TaskAPI", "TaskEvents", "WebFront", "TasksDapr", "Tasks", "Dapr", "DaprHTTP",
            "DaprJSON", "DaprLog",
            "DaprMetrics", "DaprSidecar",
            "DaprTesting", "Tokens", "TestSupport", "TestTools",
        ]
    ),
    ("DaprCELTests", ["TestSupport", "TestTools"]),
    ("DaprSidecarTests", ["DaprCalendar", "DaprText", "DaprJSON", "DaprYAML", "TestSupport", "TestTools"]),
    ("DaprSidecarSQLiteTests", ["DaprSidecar", "DaprJSON", "SQLite", "TestSupport"]),
    ("DaprSidecarPostgresTests", ["DaprText", "DaprSidecar", "Postgres", "TestSupport", "TestTools"]),
    (
        "DaprSidecarHTTPTests",
        [
            "DaprText", "DaprSidecar", "DaprHTTP", "DaprHTTPServer", "DaprLibcurl", "DaprEventLoop", "DaprJSON",
            "DaprMetrics", "TestSupport",
            "TestTools",
        ]
    ),
    (
        "DevSidecarTests",
        ["dev-sidecar", "DaprSidecar", "DaprSidecarHTTP", "DaprHTTPServer", "Settings", "DaprLog", "TestTools"]
    ),
    (
        "DaprTestingTests",
        [
            "Dapr", "DaprCurl", "DaprSidecar", "DaprSidecarHTTP", "DaprSidecarSQLite", "DaprSidecarPostgres",
            "DaprHTTP", "DaprEventLoop",
            "DaprJSON", "TestSupport", "TestTools",
        ]
    ),
    (
        "JournalModelTests",
        [
            "TaskJSON", "TasksDapr", "Tasks", "Dapr", "DaprJSON", "DaprLog", "DaprMetrics", "DaprSidecar",
            "DaprSidecarSQLite",
            "DaprSidecarPostgres",
            "DaprTesting", "TestSupport", "TestTools",
        ]
    ),
    ("ArchitectureTests", ["DaprSidecar"]),
    (
        "WholeTests",
        [
            "DaprOperatingSystem", "DaprLibcurl", "DaprEventLoop", "DaprHTTP", "DaprHTTPServer", "DaprJSON", "Settings",
            "TasksDapr", "task-server",
            "dev-sidecar", "TestSupport", "TestTools",
        ]
    ),
]

let package = Package(
    name: "dapr-tasks",
    products: [
        .library(name: "Dapr", targets: ["Dapr", "DaprJSON"]),
        .library(name: "DaprCurl", targets: ["DaprCurl"]),
        .library(name: "DaprTesting", targets: ["DaprTesting"]),
    ],
    targets: systemLibraries
        + libraries.map { .target(name: $0.name, dependencies: $0.imports.map { .init(stringLiteral: $0) }) }
        + yardsticks
        + executables.map {
            .executableTarget(
                name: $0.name,
                dependencies: $0.imports.map { .init(stringLiteral: $0) },
                path: "Sources/\($0.folder)"
            )
        }
        + [.target(name: "TestTools", path: "Tests/TestTools")]
        + [.target(name: "TestSupport", dependencies: testSupport, path: "Tests/TestSupport")]
        + [.target(name: "DoorSupport", dependencies: doorSupport, path: "Tests/DoorSupport")]
        + tests.map { test in
            let subject = String(test.name.dropLast("Tests".count))
            let subjects = libraries.contains { $0.name == subject } ? [subject] : []
            return .testTarget(
                name: test.name,
                dependencies: (subjects + test.imports).map { .init(stringLiteral: $0) }
            )
        }
)

/// The targets with these names, and all that they are built of.
@MainActor
func reached(from names: Set<String>) -> Set<String> {
    let imports = Dictionary(uniqueKeysWithValues: package.targets.map { ($0.name, $0.dependencies) })
    var found = names
    var reached = 0
    while reached < found.count {
        reached = found.count
        for case .byNameItem(let name, _) in found.flatMap({ imports[$0] ?? [] }) { found.insert(name) }
    }
    return found
}

// `ONLY_TARGETS` names some by commas, for a build that is for them alone, as those of the sanitizers.
if let names = Context.environment["ONLY_TARGETS"] {
    let wanted = Set(names.split(separator: ",").map(String.init))
    let unknown = wanted.subtracting(package.targets.map(\.name))
    precondition(unknown.isEmpty, "ONLY_TARGETS names no target of this package: \(unknown.sorted())")
    let kept = reached(from: wanted)
    package.targets.removeAll { !kept.contains($0.name) }
    package.products.removeAll { !kept.contains($0.name) }
}

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InferIsolatedConformances"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .strictMemorySafety(),
        .treatAllWarnings(as: .error),
    ]
}
