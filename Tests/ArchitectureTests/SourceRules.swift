/// What holds for every source file, with the exceptions and their reasons.
enum SourceRules {
    /// The targets that stand between C and everything else; no other may write `unsafe`.
    static let wrappers: Set<String> = [
        "DaprEventLoop", "DaprOperatingSystem", "DaprHTTPServer", "DaprLibcurl", "OpenSSL", "SQLite", "DaprYAML",
        "Postgres",
    ]

    /// Files elsewhere that may write `unsafe` too, each with the reason.
    static let uncheckedFiles: [String: String] = [
        "Sources/Leaves/DaprJSON/Coding/EncoderOutput.swift":
            "spares the check of exclusive access, an eighth of an encode",
        "Sources/Leaves/DaprLog/SystemCalls.swift": "three calls of the C library, which no wrapper target has",
        "Sources/Programs/Yardsticks/urlsession/main.swift": "asks the system for the CPU used; no product",
        "Sources/Programs/Bench/StreamReaders.swift": "reads a thousand streams by plain sockets; no product",
        "Sources/Programs/Bench/System.swift": "asks for a free port, an answer and the CPU used; no product",
    ]

    /// The targets that read and write what others do too: paths, headers, keys, topics, expressions.
    ///
    /// They look at text byte by byte. Not among them is what reads a command line or writes numbers.
    static let protocols: Set<String> = [
        "DaprHTTP", "DaprHTTPServer", "DaprLibcurl", "Dapr", "DaprCurl", "DaprText", "Tasks", "TaskFilter", "TasksDapr",
        "Tokens",
        "WebFront",
        "TaskEvents", "TaskAPI", "OpenTelemetry", "DaprCEL",
        "DaprSidecar",
        "DaprSidecarHTTP", "DaprSidecarSQLite", "DaprSidecarPostgres",
    ]

    /// Files of ``protocols`` that key by `String`, or compare two of them, each with the reason; a folder stands for its files.
    ///
    /// Swift's `==` on texts is Unicode's: what comes from outside is an `ExactText`, or compared by `hasSameBytes`.
    static let keyedByText: [String: String] = [
        "Sources/Client/Dapr/":
            "strangers have dictionaries of strings; what is compared there is of this library or of one answer",
        "Sources/Client/DaprCurl/DaprEndpoint.swift": "the process's environment, read by names of this library",
        "Sources/HTTP/DaprHTTP/Routing/Route.swift": "the parameters of a pattern, in tests",
        "Sources/Tasks/Tasks/Book/Book.swift": "owners, which compare their bytes",
        "Sources/Tasks/Tasks/Book/RecentKeys.swift": "fingerprints",
        "Sources/Tasks/TasksDapr/DeadLetters/DeadLetterStore.swift":
            "the hexadecimal digits that a dead letter is named by",
        "Sources/Tasks/TasksDapr/Relay/RelayTakeover.swift": "instances, which name themselves",
        "Sources/Tasks/TasksDapr/Relay/TaskEvent.swift": "owners, which compare their bytes",
        "Sources/Tasks/TasksDapr/Transfer/BookFile.swift": "owners, which compare their bytes",
        "Sources/Doors/Tokens/TokenVerifier.swift": "types of tokens in small letters, none with a k",
        "Sources/Doors/TaskAPI/Requests/QueryParameters.swift": "names of parameters, none with a K",
        "Sources/Doors/WebFront/Exchange/CORSPolicy.swift": "a set of ExactText, and the ports of schemes",
        "Sources/Doors/WebFront/OpenAPI/": "our own description of ourselves",
        "Sources/Sidecar/DaprCEL/CELExpression.swift": "the caller's own variables",
        "Sources/Sidecar/DaprCEL/CELMap.swift": "a map that the caller writes down",
        "Sources/Sidecar/DaprCEL/Evaluator.swift": "the caller's own variables, which the grammar keeps to ASCII",
        "Sources/Sidecar/DaprCEL/Parser.swift": "the words of the language",
        "Sources/Sidecar/DaprSidecar/Errors/": "what an error says, under names of ours",
        "Sources/Sidecar/DaprSidecar/PubSub/Deliverer.swift": "identifiers that this sidecar made",
        "Sources/Sidecar/DaprSidecar/PubSub/DeliveryAnswer.swift":
            "identifiers that this sidecar made, of hexadecimal digits",
        "Sources/Sidecar/DaprSidecar/PubSub/HeaderText.swift":
            "names of headers; another that folds to one of them is no token",
        "Sources/Sidecar/DaprSidecar/PubSub/TopicScopes.swift": "sets of ExactText",
        "Sources/Sidecar/DaprSidecar/Resiliency/BreakerPolicy.swift": "the variables of a rule",
        "Sources/Sidecar/DaprSidecar/Resources/GoDuration.swift": "units of time, none with a K",
        "Sources/Sidecar/DaprSidecar/Resources/ResiliencyDefinition+Loading.swift": "names of fields, none with a K",
        "Sources/Sidecar/DaprSidecar/Resources/ResourceNode.swift": "names of fields, none with a K",
        "Sources/Sidecar/DaprSidecar/Runtime/RuntimeConfiguration.swift":
            "flags, and the process's environment as it came",
        "Sources/Sidecar/DaprSidecar/Runtime/RuntimeMeter.swift": "words of ours, counted",
        "Sources/Sidecar/DaprSidecar/State/StateAnswer.swift": "metadata under names of ours",
        "Sources/Sidecar/DaprSidecarHTTP/OriginPolicy.swift": "origins and hosts, which compare their bytes",
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
}
