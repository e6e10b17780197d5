/// Who may import whom: the one table that the code and `Package.swift` are held to.
enum ImportTable {
    /// Each target with those of ours that it may import.
    static let targets: [String: Set<String>] = [
        "CLinux": [], "CCurl": [], "CMicrohttpd": [], "COpenSSL": [], "CPostgres": [], "CSQLite": [], "CYAML": [],
        // What waits, and what speaks HTTP.
        "EventLoop": ["CLinux"],
        // What a program asks of the system beside: files, processes, the time of day.
        "OperatingSystem": ["EventLoop", "CLinux"],
        "HTTP": ["Calendar", "DaprText"],
        "HTTPServer": ["HTTP", "OperatingSystem", "DaprText", "EventLoop", "CMicrohttpd"],
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
        // The doors, and what they have in common.
        "WebFront": ["DaprText", "HTTP", "JSON", "Tokens", "Dapr", "Log", "Metrics"],
        "TaskEvents": ["DaprText", "WebFront", "TaskJSON", "Tasks", "Dapr", "HTTP", "JSON", "Log", "Metrics"],
        "TaskAPI": ["DaprText", "WebFront", "TaskJSON", "Tasks", "Dapr", "HTTP", "JSON", "Log", "Metrics"],
        // The sidecar for one machine.
        "CEL": ["Calendar", "DaprText"],
        "Sidecar": ["Calendar", "DaprText", "YAML", "JSON", "CEL", "Log"],
        "SidecarHTTP": [
            "OperatingSystem", "DaprText", "Sidecar", "HTTP", "HTTPServer", "Curl", "EventLoop", "JSON", "Log",
            "Metrics",
        ],
        "SidecarSQLite": ["DaprText", "Sidecar", "SQLite", "EventLoop"],
        "SidecarPostgres": ["DaprText", "Sidecar", "Postgres", "EventLoop"],
        // The sidecar inside a test's process, where it meets the client library: a product of its own, which no program has.
        "SidecarTransport": ["OperatingSystem", "Dapr", "Sidecar", "SidecarHTTP", "HTTP", "EventLoop"],
        // Composition, and nothing else.
        "TaskServer": [
            "OperatingSystem", "DaprText", "TaskAPI", "TaskEvents", "WebFront", "TasksDapr", "Tasks", "Dapr",
            "DaprCurl", "Curl", "HTTPServer",
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
            "OperatingSystem", "Dapr", "DaprCurl", "Curl", "HTTP", "HTTPServer", "EventLoop", "JSON", "Sidecar",
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
        "HTTP", "HTTPServer", "Curl", "Dapr", "DaprCurl", "DaprText", "Tasks", "TasksDapr", "Tokens", "WebFront",
        "TaskEvents", "TaskAPI", "CEL",
        "Sidecar",
        "SidecarHTTP", "SidecarSQLite", "SidecarPostgres",
    ]

    /// Files of ``protocols`` that key by `String`, or compare two of them, each with the reason; a folder stands for its files.
    ///
    /// Swift's `==` on texts is Unicode's: what comes from outside is an `ExactText`, or compared by `hasSameBytes`.
    static let keyedByText: [String: String] = [
        "Sources/Dapr/":
            "strangers have dictionaries of strings; what is compared there is of this library or of one answer",
        "Sources/DaprCurl/DaprEndpoint.swift": "the process's environment, read by names of this library",
        "Sources/HTTP/Routing/Route.swift": "the parameters of a pattern, in tests",
        "Sources/Tasks/Book/Book.swift": "owners, which compare their bytes",
        "Sources/Tasks/Book/RecentKeys.swift": "fingerprints",
        "Sources/TasksDapr/DeadLetters/DeadLetterStore.swift": "the hexadecimal digits that a dead letter is named by",
        "Sources/TasksDapr/Relay/RelayTakeover.swift": "instances, which name themselves",
        "Sources/TasksDapr/Relay/TaskEvent.swift": "owners, which compare their bytes",
        "Sources/TasksDapr/Transfer/BookFile.swift": "owners, which compare their bytes",
        "Sources/Tokens/TokenVerifier.swift": "types of tokens in small letters, none with a k",
        "Sources/TaskAPI/Endpoints/ChangeEndpoints.swift": "names of parameters, none with a K",
        "Sources/WebFront/Exchange/CORSPolicy.swift": "a set of ExactText, and the ports of schemes",
        "Sources/WebFront/OpenAPI/": "our own description of ourselves",
        "Sources/CEL/CELExpression.swift": "the caller's own variables",
        "Sources/CEL/CELMap.swift": "a map that the caller writes down",
        "Sources/CEL/Evaluator.swift": "the caller's own variables, which the grammar keeps to ASCII",
        "Sources/CEL/Parser.swift": "the words of the language",
        "Sources/Sidecar/Errors/": "what an error says, under names of ours",
        "Sources/Sidecar/PubSub/Deliverer.swift": "identifiers that this sidecar made",
        "Sources/Sidecar/PubSub/DeliveryAnswer.swift": "identifiers that this sidecar made, of hexadecimal digits",
        "Sources/Sidecar/PubSub/HeaderText.swift": "names of headers; another that folds to one of them is no token",
        "Sources/Sidecar/PubSub/TopicScopes.swift": "sets of ExactText",
        "Sources/Sidecar/Resiliency/BreakerPolicy.swift": "the variables of a rule",
        "Sources/Sidecar/Resources/GoDuration.swift": "units of time, none with a K",
        "Sources/Sidecar/Resources/ResiliencyDefinition+Loading.swift": "names of fields, none with a K",
        "Sources/Sidecar/Resources/ResourceNode.swift": "names of fields, none with a K",
        "Sources/Sidecar/Runtime/RuntimeConfiguration.swift": "flags, and the process's environment as it came",
        "Sources/Sidecar/Runtime/RuntimeMeter.swift": "words of ours, counted",
        "Sources/Sidecar/State/StateAnswer.swift": "metadata under names of ours",
        "Sources/SidecarHTTP/OriginPolicy.swift": "origins and hosts, which compare their bytes",
        "Sources/SidecarHTTP/SidecarMetrics+Rare.swift": "HTTP's methods, none with a K",
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
