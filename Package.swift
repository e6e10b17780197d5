// swift-tools-version:6.2
import PackageDescription

/// The C libraries of the system.
///
/// C stops in the target that wraps one of these.
let systemLibraries: [Target] = [
    .systemLibrary(name: "CDaprLinux", path: "Sources/C/CDaprLinux"),
    .systemLibrary(
        name: "CDaprCurl",
        path: "Sources/C/CDaprCurl",
        pkgConfig: "libcurl",
        providers: [.apt(["libcurl4-openssl-dev"])]
    ),
    .systemLibrary(
        name: "CDaprMicrohttpd",
        path: "Sources/C/CDaprMicrohttpd",
        pkgConfig: "libmicrohttpd",
        providers: [.apt(["libmicrohttpd-dev"])]
    ),
    .systemLibrary(
        name: "COpenSSL",
        path: "Sources/C/COpenSSL",
        pkgConfig: "libcrypto",
        providers: [.apt(["libssl-dev"])]
    ),
    .systemLibrary(
        name: "CSQLite",
        path: "Sources/C/CSQLite",
        pkgConfig: "sqlite3",
        providers: [.apt(["libsqlite3-dev"])]
    ),
    .systemLibrary(
        name: "CDaprYAML",
        path: "Sources/C/CDaprYAML",
        pkgConfig: "yaml-0.1",
        providers: [.apt(["libyaml-dev"])]
    ),
    .systemLibrary(
        name: "CPostgres",
        path: "Sources/C/CPostgres",
        pkgConfig: "libpq",
        providers: [.apt(["libpq-dev"])]
    ),
]

/// Every Swift library, by its folder in `Sources`, with the targets it may import.
///
/// `Tests/ArchitectureTests` holds the code to it, and this to what nobody may reach.
let libraries: [(folder: String, imports: [String])] = [
    // What everything may use.
    ("Leaves/DaprText", []),
    ("Leaves/DaprCalendar", []),
    ("Leaves/DaprJSON", ["DaprText"]),
    ("Leaves/DaprLog", ["DaprCalendar"]),
    ("Leaves/DaprMetrics", []),
    ("Leaves/ServiceMetrics", ["DaprMetrics"]),
    ("Leaves/Settings", ["DaprText", "DaprJSON"]),
    // Safe Swift over one C library each.
    ("C/OpenSSL", ["COpenSSL"]),
    ("C/SQLite", ["CSQLite"]),
    ("C/Postgres", ["CPostgres"]),
    ("C/DaprYAML", ["CDaprYAML"]),
    // What waits, what a program asks of the system, and what speaks HTTP.
    ("HTTP/DaprEventLoop", ["CDaprLinux"]),
    ("HTTP/DaprOperatingSystem", ["DaprEventLoop", "CDaprLinux"]),
    ("HTTP/DaprHTTP", ["DaprCalendar", "DaprText"]),
    ("HTTP/DaprHTTPServer", ["DaprHTTP", "DaprOperatingSystem", "DaprText", "DaprEventLoop", "CDaprMicrohttpd"]),
    ("HTTP/DaprLibcurl", ["DaprText", "DaprEventLoop", "CDaprCurl"]),
    // The client library: products. With the sidecar it meets in `DaprTesting` alone, in a test's process.
    ("Client/Dapr", ["DaprCalendar", "DaprText", "DaprJSON"]),
    ("Client/DaprCurl", ["DaprText", "Dapr", "DaprLibcurl", "DaprEventLoop"]),
    (
        "Client/DaprTesting",
        ["DaprOperatingSystem", "Dapr", "DaprSidecar", "DaprSidecarHTTP", "DaprHTTP", "DaprEventLoop"]
    ),
    // What is recorded of requests on their way, and sent to a collector.
    ("Tracing/OpenTelemetry", ["DaprText", "Dapr", "DaprLog", "DaprMetrics", "ServiceMetrics"]),
    ("Tracing/OTLPExporter", ["OpenTelemetry", "DaprLibcurl"]),
    // What a task is, and how tasks are stored and published.
    ("Tasks/TaskFilter", ["DaprCalendar", "DaprText"]),
    ("Tasks/Tasks", ["DaprCalendar", "DaprText", "TaskFilter"]),
    ("Tasks/TaskJSON", ["Tasks", "DaprJSON", "DaprText"]),
    (
        "Tasks/TasksDapr",
        [
            "DaprText", "TaskJSON", "Tasks", "Dapr", "OpenTelemetry", "DaprJSON", "DaprLog", "DaprMetrics",
            "ServiceMetrics",
        ]
    ),
    // The ways into the service, and what they share.
    ("Doors/Tokens", ["DaprText", "OpenSSL", "DaprJSON"]),
    (
        "Doors/WebFront",
        [
            "DaprText", "OpenSSL", "DaprHTTP", "DaprJSON", "Tokens", "Dapr", "OpenTelemetry", "DaprLog", "DaprMetrics",
            "ServiceMetrics",
        ]
    ),
    (
        "Doors/TaskAPI",
        [
            "DaprText", "DaprCalendar", "Tokens", "WebFront", "TaskJSON", "TaskFilter", "Tasks", "Dapr",
            "DaprHTTP", "DaprJSON", "DaprLog",
            "DaprMetrics",
        ]
    ),
    (
        "Doors/TaskEvents",
        [
            "DaprText", "WebFront", "TaskJSON", "Tasks", "Dapr", "OpenTelemetry", "DaprHTTP", "DaprJSON", "DaprLog",
            "DaprMetrics", "ServiceMetrics",
        ]
    ),
    // The sidecar for one machine.
    ("Sidecar/DaprCEL", ["DaprCalendar", "DaprText"]),
    ("Sidecar/DaprSidecar", ["DaprCalendar", "DaprText", "DaprYAML", "DaprJSON", "DaprCEL"]),
    (
        "Sidecar/DaprSidecarHTTP",
        [
            "DaprOperatingSystem", "DaprText", "DaprSidecar", "DaprHTTP", "DaprHTTPServer", "DaprLibcurl",
            "DaprEventLoop", "DaprJSON", "DaprMetrics",
        ]
    ),
    ("Sidecar/DaprSidecarSQLite", ["DaprText", "DaprSidecar", "SQLite", "DaprEventLoop"]),
    ("Sidecar/DaprSidecarPostgres", ["DaprText", "DaprSidecar", "Postgres", "DaprEventLoop"]),
]

/// Every program with its folder and the targets it may import.
///
/// A program is named as its target, so that it is no declared product: SwiftPM makes one of each only where this package is built itself.
/// A package that depends on this one then sees the targets of the libraries alone, and the others' names are free.
let executables: [(folder: String, name: String, imports: [String])] = [
    (
        "Programs/TaskServer", "task-server",
        [
            "DaprOperatingSystem", "DaprText", "TaskAPI", "TaskEvents", "WebFront", "TasksDapr", "Tasks", "Dapr",
            "DaprCurl", "DaprLibcurl", "DaprHTTP", "DaprHTTPServer", "DaprEventLoop", "Tokens", "DaprJSON", "Settings",
            "DaprLog", "DaprMetrics", "ServiceMetrics", "OpenTelemetry", "OTLPExporter",
        ]
    ),
    (
        "Programs/DevSidecar", "dev-sidecar",
        [
            "DaprOperatingSystem", "DaprSidecar", "DaprSidecarHTTP", "DaprSidecarSQLite", "DaprSidecarPostgres",
            "DaprHTTPServer", "DaprEventLoop", "Settings", "DaprLog",
        ]
    ),
    (
        "Programs/Bench", "bench",
        [
            "DaprCalendar", "DaprOperatingSystem", "Dapr", "DaprCurl", "DaprLibcurl", "DaprHTTP", "DaprHTTPServer",
            "DaprEventLoop",
            "DaprJSON", "DaprSidecar", "DaprSidecarSQLite", "DaprSidecarPostgres", "SQLite", "Postgres", "SlowFlush",
            "TaskFilter", "Tasks", "TasksDapr", "DaprLog", "DaprMetrics", "ServiceMetrics", "WebFront",
        ]
    ),
]

/// The folders of files whose bytes a library has in its code, so that a program needs none of them beside it.
let embedded = ["WebFront": "OpenAPI/Page"]

/// The name of a library: the last part of its folder.
func name(_ folder: String) -> String { String(folder.split(separator: "/").last ?? "") }

/// What `make bench` measures with: programs in C that are the floor under what is built on the same library, Foundation's client, and a
/// slower disk.
let yardsticks: [Target] = [
    .target(name: "SlowFlush", path: "Sources/Programs/Yardsticks/flush"),
    .executableTarget(name: "yardstick-upstream", path: "Sources/Programs/Yardsticks/upstream"),
    .executableTarget(
        name: "yardstick-libcurl",
        path: "Sources/Programs/Yardsticks/libcurl",
        linkerSettings: [.linkedLibrary("curl")]
    ),
    .executableTarget(name: "yardstick-urlsession", path: "Sources/Programs/Yardsticks/urlsession"),
    .executableTarget(
        name: "yardstick-microhttpd",
        path: "Sources/Programs/Yardsticks/microhttpd",
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
    "TaskAPI", "TaskEvents", "WebFront", "TaskJSON", "Tasks", "Dapr", "OpenTelemetry", "DaprHTTP", "DaprJSON", "Tokens",
    "DaprLog", "DaprMetrics",
]

/// Each test target with what it may import beside the target it is named for.
let tests: [(name: String, imports: [String])] = [
    ("DaprOperatingSystemTests", ["TestTools"]), ("DaprEventLoopTests", []),
    ("DaprHTTPTests", ["TestTools"]),
    ("DaprHTTPServerTests", ["DaprText", "DaprEventLoop", "DaprHTTP", "TestTools"]),
    ("DaprLibcurlTests", ["DaprText", "DaprEventLoop", "DaprHTTP", "DaprHTTPServer", "TestTools"]),
    ("OpenSSLTests", []), ("SQLiteTests", []), ("DaprYAMLTests", ["TestTools"]),
    ("PostgresTests", ["TestSupport", "TestTools"]),
    ("DaprTextTests", []), ("DaprCalendarTests", []), ("DaprJSONTests", ["TestTools"]), ("SettingsTests", []),
    ("DaprLogTests", []),
    ("DaprMetricsTests", []),
    (
        "OpenTelemetryTests",
        ["Dapr", "DaprLog", "DaprMetrics", "DaprText", "TestTools"]
    ),
    (
        "OTLPExporterTests",
        ["OpenTelemetry", "DaprLibcurl", "DaprEventLoop", "DaprHTTP", "DaprHTTPServer", "TestTools"]
    ),
    ("ServiceMetricsTests", ["DaprMetrics"]),
    ("DaprTests", ["DaprJSON", "TestSupport", "TestTools"]),
    (
        "DaprCurlTests",
        ["DaprOperatingSystem", "Dapr", "DaprLibcurl", "DaprEventLoop", "DaprHTTP", "DaprHTTPServer", "TestTools"]
    ),
    ("TaskFilterTests", ["DaprCalendar", "DaprText", "TestTools"]),
    ("TasksTests", ["DaprCalendar", "TaskFilter", "TestSupport", "TestTools"]),
    (
        "TasksDaprTests",
        [
            "DaprText",
            "TaskJSON", "Tasks", "Dapr", "OpenTelemetry", "DaprEventLoop", "DaprJSON", "DaprLog", "DaprMetrics",
            "TestSupport", "TestTools",
        ]
    ),
    ("TokensTests", ["DaprText", "OpenSSL", "DaprJSON", "TestTools"]),
    (
        "WebFrontTests",
        [
            "DaprText", "OpenSSL", "DoorSupport", "TaskAPI", "Tasks", "Dapr", "OpenTelemetry", "DaprHTTP", "DaprJSON",
            "Tokens", "DaprLog", "DaprMetrics", "TestTools",
        ]
    ),
    (
        "TaskEventsTests",
        ["DoorSupport", "WebFront", "Tasks", "Dapr", "OpenTelemetry", "DaprHTTP", "DaprJSON", "DaprMetrics"]
    ),
    (
        "TaskAPITests",
        [
            "DoorSupport", "WebFront", "Tokens", "TaskEvents", "TaskJSON", "Tasks", "Dapr", "DaprHTTP", "DaprJSON",
            "DaprLog", "DaprText", "TestTools",
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
            "DaprOperatingSystem", "DaprLibcurl", "DaprEventLoop", "DaprHTTP", "DaprHTTPServer", "DaprJSON", "DaprLog",
            "OpenTelemetry", "Settings", "WebFront", "Tasks", "TasksDapr", "task-server",
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
        + libraries.map {
            .target(
                name: name($0.folder),
                dependencies: $0.imports.map { .init(stringLiteral: $0) },
                path: "Sources/\($0.folder)",
                resources: embedded[name($0.folder)].map { [.embedInCode($0)] }
            )
        }
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
            let subjects = libraries.contains { name($0.folder) == subject } ? [subject] : []
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

/// What counts the lines that run, when `COVERAGE=1` asks a debug build for it: not the tests, which are half of what there is to build.
let counted: Set<String> =
    Context.environment["COVERAGE"] == "1"
    ? Set(libraries.map { name($0.folder) } + ["task-server", "dev-sidecar"]) : []

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
    guard !counted.isEmpty else { continue }
    target.linkerSettings =
        (target.linkerSettings ?? []) + [
            .unsafeFlags(["-profile-generate"], .when(configuration: .debug))
        ]
    guard counted.contains(target.name) else { continue }
    target.swiftSettings?.append(
        .unsafeFlags(["-profile-generate", "-profile-coverage-mapping"], .when(configuration: .debug))
    )
}
