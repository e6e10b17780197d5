// swift-tools-version:6.2
import PackageDescription

/// The C libraries of the system.
///
/// C stops in the target that wraps one of these.
let systemLibraries: [Target] = [
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CMicrohttpd", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
]

/// Every Swift library with the targets it may import; `Tests/ArchitectureTests` holds the code to it.
let libraries: [(name: String, imports: [String])] = [
    // What waits, and what speaks HTTP.
    ("EventLoop", ["CLinux"]),
    // What a program asks of the system beside: files, processes, the time of day.
    ("OperatingSystem", ["EventLoop", "CLinux"]),
    ("HTTP", ["Calendar", "DaprText"]),
    ("HTTPServer", ["HTTP", "OperatingSystem", "DaprText", "EventLoop", "CMicrohttpd"]),
    ("Curl", ["DaprText", "EventLoop", "CCurl"]),
    // Safe Swift over one C library each.
    ("OpenSSL", ["COpenSSL"]),
    ("SQLite", ["CSQLite"]),
    ("Postgres", ["CPostgres"]),
    ("YAML", ["CYAML"]),
    // Small things everything may use. The client library is built of `DaprText` too, whose name must therefore differ from those of
    // strangers' targets.
    ("DaprText", []),
    ("Calendar", []),
    ("JSON", ["DaprText"]),
    ("Settings", ["JSON"]),
    ("Log", ["Calendar", "JSON"]),
    ("Metrics", []),
    // The client library: a product of its own.
    ("Dapr", ["Calendar", "DaprText", "JSON"]),
    ("DaprCurl", ["DaprText", "Dapr", "Curl", "EventLoop"]),
    // The task service.
    ("Tasks", ["Calendar", "DaprText"]),
    ("TaskJSON", ["Tasks", "JSON"]),
    ("TasksDapr", ["DaprText", "TaskJSON", "Tasks", "Dapr", "JSON", "Log", "Metrics"]),
    ("Tokens", ["DaprText", "OpenSSL", "JSON"]),
    // The doors, and what they have in common.
    ("WebFront", ["DaprText", "HTTP", "JSON", "Tokens", "Dapr", "Log", "Metrics"]),
    ("TaskEvents", ["DaprText", "WebFront", "TaskJSON", "Tasks", "Dapr", "HTTP", "JSON", "Log", "Metrics"]),
    ("TaskAPI", ["DaprText", "WebFront", "TaskJSON", "Tasks", "Dapr", "HTTP", "JSON", "Log", "Metrics"]),
    // The sidecar for one machine.
    ("CEL", ["Calendar", "DaprText"]),
    ("Sidecar", ["Calendar", "DaprText", "YAML", "JSON", "CEL", "Log"]),
    (
        "SidecarHTTP",
        ["OperatingSystem", "DaprText", "Sidecar", "HTTP", "HTTPServer", "Curl", "EventLoop", "JSON", "Log", "Metrics"]
    ),
    ("SidecarSQLite", ["DaprText", "Sidecar", "SQLite", "EventLoop"]),
    ("SidecarPostgres", ["DaprText", "Sidecar", "Postgres", "EventLoop"]),
    // The sidecar inside a test's process, where it meets the client library: a product of its own, which no program has.
    ("SidecarTransport", ["OperatingSystem", "Dapr", "Sidecar", "SidecarHTTP", "HTTP", "EventLoop"]),
]

/// Every program with its folder and the targets it may import.
///
/// A program is named as its target, so that it is no declared product: SwiftPM makes one of each only where this package is built itself.
/// A package that depends on this one then sees the targets of the libraries alone, and the others' names are free.
let executables: [(folder: String, name: String, imports: [String])] = [
    (
        "TaskServer", "task-server",
        [
            "OperatingSystem", "DaprText", "TaskAPI", "TaskEvents", "WebFront", "TasksDapr", "Tasks", "Dapr",
            "DaprCurl", "Curl", "HTTPServer",
            "EventLoop",
            "Tokens", "JSON",
            "Settings", "Log", "Metrics",
        ]
    ),
    (
        "DevSidecar", "dev-sidecar",
        [
            "OperatingSystem", "Sidecar", "SidecarHTTP", "SidecarSQLite", "SidecarPostgres", "Curl", "HTTPServer",
            "EventLoop",
            "JSON",
            "Settings", "Log",
        ]
    ),
    (
        "Bench", "bench",
        [
            "OperatingSystem", "Dapr", "DaprCurl", "Curl", "HTTP", "HTTPServer", "EventLoop", "JSON", "Sidecar",
            "SidecarSQLite",
            "SidecarPostgres", "SQLite", "Postgres", "SlowFlush", "Tasks", "TasksDapr", "Log", "Metrics",
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
    "TestTools", "OperatingSystem", "Dapr", "Tasks", "TasksDapr", "Sidecar", "JSON", "EventLoop", "Postgres",
]

/// What the tests of doors share: all doors in front of stubs, without sockets.
let doorSupport: [Target.Dependency] = [
    "TaskAPI", "TaskEvents", "WebFront", "TaskJSON", "Tasks", "Dapr", "HTTP", "JSON", "Tokens", "Log", "Metrics",
]

/// Each test target with what it may import beside the target it is named for.
let tests: [(name: String, imports: [String])] = [
    ("OperatingSystemTests", ["TestTools"]), ("EventLoopTests", []),
    ("HTTPTests", []),
    ("HTTPServerTests", ["DaprText", "EventLoop", "HTTP", "TestTools"]),
    ("CurlTests", ["DaprText", "EventLoop", "HTTP", "HTTPServer", "TestTools"]),
    ("OpenSSLTests", []), ("SQLiteTests", []), ("YAMLTests", ["TestTools"]),
    ("PostgresTests", ["TestSupport", "TestTools"]),
    ("DaprTextTests", []), ("CalendarTests", []), ("JSONTests", ["TestTools"]), ("SettingsTests", []), ("LogTests", []),
    ("MetricsTests", []),
    ("DaprTests", ["JSON", "TestSupport", "TestTools"]),
    ("DaprCurlTests", ["OperatingSystem", "Dapr", "Curl", "EventLoop", "HTTP", "HTTPServer", "TestTools"]),
    ("TasksTests", ["TestSupport", "TestTools"]),
    (
        "TasksDaprTests",
        ["TaskJSON", "Tasks", "Dapr", "EventLoop", "JSON", "Log", "Metrics", "TestSupport", "TestTools"]
    ),
    ("TokensTests", ["DaprText", "OpenSSL", "JSON", "TestTools"]),
    ("WebFrontTests", ["DoorSupport", "TaskAPI", "Tasks", "Dapr", "HTTP", "JSON", "Tokens", "Log", "TestTools"]),
    ("TaskEventsTests", ["DoorSupport", "WebFront", "Tasks", "Dapr", "HTTP", "JSON"]),
    (
        "TaskAPITests",
        [
            "DoorSupport", "WebFront", "TaskEvents", "TaskJSON", "Tasks", "Dapr", "HTTP", "JSON", "Log", "TestTools",
        ]
    ),
    (
        "EventFlowTests",
        [
            "DaprText", "TaskJSON", "TaskAPI", "TaskEvents", "WebFront", "TasksDapr", "Tasks", "Dapr", "HTTP", "JSON", "Log",
            "Metrics", "Sidecar",
            "SidecarTransport", "Tokens", "TestSupport", "TestTools",
        ]
    ),
    ("CELTests", ["TestSupport", "TestTools"]),
    ("SidecarTests", ["Calendar", "DaprText", "JSON", "YAML", "TestSupport", "TestTools"]),
    ("SidecarSQLiteTests", ["Sidecar", "JSON", "SQLite", "TestSupport"]),
    ("SidecarPostgresTests", ["DaprText", "Sidecar", "Postgres", "TestSupport", "TestTools"]),
    (
        "SidecarHTTPTests",
        [
            "DaprText", "Sidecar", "HTTP", "HTTPServer", "Curl", "EventLoop", "JSON", "Metrics", "TestSupport",
            "TestTools",
        ]
    ),
    (
        "DevSidecarTests",
        ["dev-sidecar", "Sidecar", "SidecarHTTP", "HTTPServer", "Settings", "Log", "TestTools"]
    ),
    (
        "SidecarTransportTests",
        [
            "Dapr", "DaprCurl", "Sidecar", "SidecarHTTP", "SidecarSQLite", "SidecarPostgres", "HTTP", "EventLoop",
            "JSON", "TestSupport", "TestTools",
        ]
    ),
    (
        "JournalModelTests",
        [
            "TaskJSON", "TasksDapr", "Tasks", "Dapr", "JSON", "Log", "Metrics", "Sidecar", "SidecarSQLite",
            "SidecarPostgres",
            "SidecarTransport", "TestSupport", "TestTools",
        ]
    ),
    ("ArchitectureTests", ["Sidecar"]),
    (
        "WholeTests",
        [
            "OperatingSystem", "Curl", "EventLoop", "HTTP", "HTTPServer", "JSON", "Settings", "TasksDapr", "task-server",
            "dev-sidecar", "TestSupport", "TestTools",
        ]
    ),
]

let package = Package(
    name: "dapr-tasks",
    products: [
        .library(name: "Dapr", targets: ["Dapr", "JSON"]),
        .library(name: "DaprCurl", targets: ["DaprCurl"]),
        .library(name: "DaprTesting", targets: ["SidecarTransport"]),
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
