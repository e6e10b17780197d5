/// Who may import whom: the one table that the code and `Package.swift` are held to.
enum ImportTable {
    /// Each target with those of ours that it may import.
    static let targets: [String: Set<String>] = [
        "CLinux": [], "CCurl": [], "CMicrohttpd": [], "COpenSSL": [], "CPostgres": [], "CSQLite": [], "CYAML": [],
        // What waits, and what speaks HTTP.
        "EventLoop": ["CLinux"],
        // What a program asks of the system beside: files, processes, the time of day.
        "OperatingSystem": ["EventLoop", "CLinux"],
        "HTTPServer": ["OperatingSystem", "Calendar", "DaprText", "EventLoop", "CMicrohttpd"],
        "Curl": ["DaprText", "EventLoop", "CCurl"],
        // Safe Swift over one C library each.
        "OpenSSL": ["COpenSSL"],
        "SQLite": ["CSQLite"],
        "Postgres": ["CPostgres"],
        "YAML": ["CYAML"],
        // Small things everything may use.
        "DaprText": [],
        "Calendar": [],
        "JSON": ["DaprText"],
        "Settings": ["JSON"],
        "Log": ["Calendar", "JSON"],
        "Metrics": [],
        // The client library.
        "Dapr": ["Calendar", "DaprText", "JSON"],
        "DaprCurl": ["DaprText", "Dapr", "Curl", "EventLoop"],
        // The task service.
        "Tasks": ["Calendar", "DaprText"],
        "TaskJSON": ["Tasks", "JSON"],
        "TasksDapr": ["DaprText", "TaskJSON", "Tasks", "Dapr", "JSON", "Log", "Metrics"],
        "Tokens": ["DaprText", "OpenSSL", "JSON"],
        "TaskAPI": ["DaprText", "TaskJSON", "Tasks", "Dapr", "HTTPServer", "JSON", "Tokens", "Log", "Metrics"],
        // The sidecar for one machine.
        "CEL": ["Calendar", "DaprText"],
        "Sidecar": ["Calendar", "DaprText", "YAML", "JSON", "CEL", "Log"],
        "SidecarHTTP": ["DaprText", "Sidecar", "HTTPServer", "Curl", "EventLoop", "JSON", "Log", "Metrics"],
        "SidecarSQLite": ["DaprText", "Sidecar", "SQLite", "EventLoop"],
        "SidecarPostgres": ["DaprText", "Sidecar", "Postgres", "EventLoop"],
        // The sidecar inside a test's process, where it meets the client library: a product of its own, which no program has.
        "SidecarTransport": ["Dapr", "Sidecar", "SidecarHTTP", "HTTPServer", "EventLoop"],
        // Composition, and nothing else.
        "TaskServer": [
            "OperatingSystem", "DaprText", "TaskAPI", "TasksDapr", "Tasks", "Dapr", "DaprCurl", "Curl", "HTTPServer",
            "EventLoop",
            "Tokens", "JSON",
            "Settings", "Log", "Metrics",
        ],
        "DevSidecar": [
            "OperatingSystem", "Sidecar", "SidecarHTTP", "SidecarSQLite", "SidecarPostgres", "Curl", "HTTPServer",
            "EventLoop",
            "JSON",
            "Settings", "Log",
        ],
        "Bench": [
            "OperatingSystem", "Dapr", "DaprCurl", "Curl", "HTTPServer", "EventLoop", "JSON", "Sidecar",
            "SidecarSQLite",
            "SidecarPostgres", "SQLite", "Postgres", "SlowFlush", "Tasks", "TasksDapr", "Log", "Metrics",
        ],
    ]

    /// The targets that stand between C and everything else; no other may write `unsafe`.
    static let wrappers: Set<String> = [
        "EventLoop", "OperatingSystem", "HTTPServer", "Curl", "OpenSSL", "SQLite", "YAML", "Postgres",
    ]

    /// Files elsewhere that may write `unsafe` too, each with the reason.
    static let uncheckedFiles: [String: String] = [
        "Sources/JSON/Coding/EncoderOutput.swift": "spares the check of exclusive access, an eighth of an encode",
        "Sources/Log/SystemCalls.swift": "three calls of the C library, which no wrapper target has",
        "Sources/Yardsticks/urlsession/main.swift": "asks the system for the CPU used; no product",
        "Sources/Bench/System.swift": "asks the system for a free port and for the CPU used; no product",
    ]

    /// The targets that read and write what others do too: paths, headers, keys, topics, expressions.
    ///
    /// They look at text byte by byte. Not among them is what reads a command line or writes numbers.
    static let protocols: Set<String> = [
        "HTTPServer", "Curl", "Dapr", "DaprCurl", "DaprText", "Tasks", "TasksDapr", "Tokens", "TaskAPI", "CEL",
        "Sidecar",
        "SidecarHTTP", "SidecarSQLite", "SidecarPostgres",
    ]

    /// The targets that are promised to strangers; no other may write `public`.
    static let products: Set<String> = ["Dapr", "DaprCurl", "JSON", "SidecarTransport"]

    /// The folder of what ours is measured with: programs that use what we do not, and nothing of ours.
    static let yardsticks = "Yardsticks"

    /// What comes with the toolchain and may be imported anywhere.
    static let toolchain: Set<String> = ["Glibc", "Synchronization"]

    /// The targets that may import a part of Foundation, each with the reason.
    static let foundation: [String: (module: String, reason: String)] = [
        "Sidecar": ("FoundationEssentials", "reads component files once, at the start of a program for development"),
        "Bench": ("Foundation", "starts the programs it measures; it is no part of any of them"),
    ]

    /// What tests may import beside the targets that `Package.swift` gives them.
    static let testing: Set<String> = ["Testing", "Foundation", "FoundationEssentials", "Dispatch", "_Concurrency"]

    static let longestFile = 350

    /// Everything that `target` reaches through its imports.
    static func closure(of target: String) -> Set<String> {
        var found: Set<String> = []
        var open = [target]
        while let next = open.popLast() {
            for name in targets[next] ?? [] where found.insert(name).inserted {
                open.append(name)
            }
        }
        return found
    }
}
