/// Who may import whom: the one table that the code and `Package.swift` are held to.
enum ImportTable {
    /// Each target with those of ours that it may import.
    static let targets: [String: Set<String>] = [
        "CDaprLinux": [], "CDaprCurl": [], "CDaprMicrohttpd": [], "COpenSSL": [], "CPostgres": [], "CSQLite": [],
        "CDaprYAML": [],
        // What waits, and what speaks HTTP.
        "DaprEventLoop": ["CDaprLinux"],
        // What a program asks of the system beside: files, processes, the time of day.
        "DaprOperatingSystem": ["DaprEventLoop", "CDaprLinux"],
        "DaprHTTP": ["DaprCalendar", "DaprText"],
        "DaprHTTPServer": ["DaprHTTP", "DaprOperatingSystem", "DaprText", "DaprEventLoop", "CDaprMicrohttpd"],
        "DaprLibcurl": ["DaprText", "DaprEventLoop", "CDaprCurl"],
        // Safe Swift over one C library each.
        "OpenSSL": ["COpenSSL"],
        "SQLite": ["CSQLite"],
        "Postgres": ["CPostgres"],
        "DaprYAML": ["CDaprYAML"],
        // Small things everything may use.
        "DaprText": [],
        "DaprCalendar": [],
        "DaprJSON": ["DaprText"],
        "Settings": ["DaprJSON"],
        "DaprLog": ["DaprCalendar", "DaprJSON"],
        "DaprMetrics": [],
        // The client library.
        "Dapr": ["DaprCalendar", "DaprText", "DaprJSON"],
        "DaprCurl": ["DaprText", "Dapr", "DaprLibcurl", "DaprEventLoop"],
        // The task service.
        "Tasks": ["DaprCalendar", "DaprText"],
        "TaskJSON": ["Tasks", "DaprJSON"],
        "TasksDapr": ["DaprText", "TaskJSON", "Tasks", "Dapr", "DaprJSON", "DaprLog", "DaprMetrics"],
        "Tokens": ["DaprText", "OpenSSL", "DaprJSON"],
        // The doors, and what they have in common.
        "WebFront": ["DaprText", "DaprHTTP", "DaprJSON", "Tokens", "Dapr", "DaprLog", "DaprMetrics"],
        "TaskEvents": [
            "DaprText", "WebFront", "TaskJSON", "Tasks", "Dapr", "DaprHTTP", "DaprJSON", "DaprLog", "DaprMetrics",
        ],
        "TaskAPI": [
            "DaprText", "WebFront", "TaskJSON", "Tasks", "Dapr", "DaprHTTP", "DaprJSON", "DaprLog", "DaprMetrics",
        ],
        // The sidecar for one machine.
        "DaprCEL": ["DaprCalendar", "DaprText"],
        "DaprSidecar": ["DaprCalendar", "DaprText", "DaprYAML", "DaprJSON", "DaprCEL", "DaprLog"],
        "DaprSidecarHTTP": [
            "DaprOperatingSystem", "DaprText", "DaprSidecar", "DaprHTTP", "DaprHTTPServer", "DaprLibcurl",
            "DaprEventLoop", "DaprJSON", "DaprLog",
            "DaprMetrics",
        ],
        "DaprSidecarSQLite": ["DaprText", "DaprSidecar", "SQLite", "DaprEventLoop"],
        "DaprSidecarPostgres": ["DaprText", "DaprSidecar", "Postgres", "DaprEventLoop"],
        // The sidecar inside a test's process, where it meets the client library: a product of its own, which no program has.
        "DaprTesting": ["DaprOperatingSystem", "Dapr", "DaprSidecar", "DaprSidecarHTTP", "DaprHTTP", "DaprEventLoop"],
        // Composition, and nothing else.
        "TaskServer": [
            "DaprOperatingSystem", "DaprText", "TaskAPI", "TaskEvents", "WebFront", "TasksDapr", "Tasks", "Dapr",
            "DaprCurl", "DaprLibcurl", "DaprHTTPServer",
            "DaprEventLoop",
            "Tokens", "DaprJSON",
            "Settings", "DaprLog", "DaprMetrics",
        ],
        "DevSidecar": [
            "DaprOperatingSystem", "DaprSidecar", "DaprSidecarHTTP", "DaprSidecarSQLite", "DaprSidecarPostgres",
            "DaprLibcurl", "DaprHTTPServer",
            "DaprEventLoop",
            "DaprJSON",
            "Settings", "DaprLog",
        ],
        "Bench": [
            "DaprOperatingSystem", "Dapr", "DaprCurl", "DaprLibcurl", "DaprHTTP", "DaprHTTPServer", "DaprEventLoop",
            "DaprJSON", "DaprSidecar",
            "DaprSidecarSQLite",
            "DaprSidecarPostgres", "SQLite", "Postgres", "SlowFlush", "Tasks", "TasksDapr", "DaprLog", "DaprMetrics",
        ],
    ]

    /// The targets that stand between C and everything else; no other may write `unsafe`.
    static let wrappers: Set<String> = [
        "DaprEventLoop", "DaprOperatingSystem", "DaprHTTPServer", "DaprLibcurl", "OpenSSL", "SQLite", "DaprYAML",
        "Postgres",
    ]

    /// Files elsewhere that may write `unsafe` too, each with the reason.
    static let uncheckedFiles: [String: String] = [
        "Sources/DaprJSON/Coding/EncoderOutput.swift": "spares the check of exclusive access, an eighth of an encode",
        "Sources/DaprLog/SystemCalls.swift": "three calls of the C library, which no wrapper target has",
        "Sources/Yardsticks/urlsession/main.swift": "asks the system for the CPU used; no product",
        "Sources/Bench/System.swift": "asks the system for a free port and for the CPU used; no product",
    ]

    /// The targets that read and write what others do too: paths, headers, keys, topics, expressions.
    ///
    /// They look at text byte by byte. Not among them is what reads a command line or writes numbers.
    static let protocols: Set<String> = [
        "DaprHTTP", "DaprHTTPServer", "DaprLibcurl", "Dapr", "DaprCurl", "DaprText", "Tasks", "TasksDapr", "Tokens",
        "WebFront",
        "TaskEvents", "TaskAPI", "DaprCEL",
        "DaprSidecar",
        "DaprSidecarHTTP", "DaprSidecarSQLite", "DaprSidecarPostgres",
    ]

    /// Files of ``protocols`` that key by `String`, or compare two of them, each with the reason; a folder stands for its files.
    ///
    /// Swift's `==` on texts is Unicode's: what comes from outside is an `ExactText`, or compared by `hasSameBytes`.
    static let keyedByText: [String: String] = [
        "Sources/Dapr/":
            "strangers have dictionaries of strings; what is compared there is of this library or of one answer",
        "Sources/DaprCurl/DaprEndpoint.swift": "the process's environment, read by names of this library",
        "Sources/DaprHTTP/Routing/Route.swift": "the parameters of a pattern, in tests",
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
        "Sources/DaprCEL/CELExpression.swift": "the caller's own variables",
        "Sources/DaprCEL/CELMap.swift": "a map that the caller writes down",
        "Sources/DaprCEL/Evaluator.swift": "the caller's own variables, which the grammar keeps to ASCII",
        "Sources/DaprCEL/Parser.swift": "the words of the language",
        "Sources/DaprSidecar/Errors/": "what an error says, under names of ours",
        "Sources/DaprSidecar/PubSub/Deliverer.swift": "identifiers that this sidecar made",
        "Sources/DaprSidecar/PubSub/DeliveryAnswer.swift": "identifiers that this sidecar made, of hexadecimal digits",
        "Sources/DaprSidecar/PubSub/HeaderText.swift":
            "names of headers; another that folds to one of them is no token",
        "Sources/DaprSidecar/PubSub/TopicScopes.swift": "sets of ExactText",
        "Sources/DaprSidecar/Resiliency/BreakerPolicy.swift": "the variables of a rule",
        "Sources/DaprSidecar/Resources/GoDuration.swift": "units of time, none with a K",
        "Sources/DaprSidecar/Resources/ResiliencyDefinition+Loading.swift": "names of fields, none with a K",
        "Sources/DaprSidecar/Resources/ResourceNode.swift": "names of fields, none with a K",
        "Sources/DaprSidecar/Runtime/RuntimeConfiguration.swift": "flags, and the process's environment as it came",
        "Sources/DaprSidecar/Runtime/RuntimeMeter.swift": "words of ours, counted",
        "Sources/DaprSidecar/State/StateAnswer.swift": "metadata under names of ours",
        "Sources/DaprSidecarHTTP/OriginPolicy.swift": "origins and hosts, which compare their bytes",
        "Sources/DaprSidecarHTTP/SidecarMetrics+Rare.swift": "HTTP's methods, none with a K",
    ]

    /// The targets that are promised to strangers; no other may write `public`.
    static let products: Set<String> = ["Dapr", "DaprCurl", "DaprJSON", "DaprTesting"]

    /// The folder of what ours is measured with: programs that use what we do not, and nothing of ours.
    static let yardsticks = "Yardsticks"

    /// What comes with the toolchain and may be imported anywhere.
    static let toolchain: Set<String> = ["Glibc", "Synchronization"]

    /// The targets that may import a part of Foundation, each with the reason.
    static let foundation: [String: (module: String, reason: String)] = [
        "DaprSidecar": (
            "FoundationEssentials", "reads component files once, at the start of a program for development"
        ),
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
