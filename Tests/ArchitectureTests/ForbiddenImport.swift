/// What a target must not reach, neither by itself nor through others; all else is free.
///
/// `Package.swift` says what each target imports. Here stands only why some roads are closed.
struct ForbiddenImport: CustomStringConvertible, Sendable {
    /// The targets from which it must not be reached.
    let from: Set<String>
    /// What must not be reached.
    let to: Set<String>
    let reason: String

    var description: String { "\(from.sorted()) reach none of \(to.sorted())" }

    private static let sidecar: Set = [
        "DaprSidecar", "DaprSidecarHTTP", "DaprSidecarSQLite", "DaprSidecarPostgres", "DaprCEL",
    ]
    private static let client: Set = ["Dapr", "DaprCurl"]
    /// The ways into the service: every target that imports `WebFront`, but for programs.
    static let doors: Set = ["TaskAPI", "TaskEvents"]
    private static let leaves: Set = [
        "DaprText", "DaprCalendar", "DaprJSON", "DaprLog", "DaprMetrics", "ServiceMetrics", "Settings",
    ]
    private static let speakers: Set = [
        "DaprEventLoop", "DaprHTTPServer", "DaprLibcurl", "CDaprMicrohttpd", "CDaprCurl",
    ]

    static let all = [
        ForbiddenImport(
            from: sidecar.union(["DevSidecar"]),
            to: client,
            reason: "a wire type shared by both sides could be wrong on both and pass every test"
        ),
        ForbiddenImport(
            from: client.union(["TaskServer"]),
            to: sidecar.union(["CSQLite", "CDaprYAML", "CPostgres"]),
            reason:
                "the service has its infrastructure behind the sidecar, and strangers get no database with the client"
        ),
        ForbiddenImport(
            from: ["Dapr"],
            to: speakers.union(["DaprHTTP", "DaprOperatingSystem"]),
            reason: "a stranger may carry the client's calls with a transport of their own"
        ),
        ForbiddenImport(
            from: doors,
            to: doors,
            reason: "a door is added or taken away without another one knowing"
        ),
        ForbiddenImport(
            from: doors,
            to: speakers.union(["TasksDapr", "DaprCurl"]),
            reason: "a door knows neither how tasks are stored nor how HTTP is spoken"
        ),
        ForbiddenImport(
            from: ["WebFront"],
            to: doors.union(speakers).union(["Tasks", "TaskJSON", "TasksDapr"]),
            reason: "what doors share is good for doors that know no tasks"
        ),
        ForbiddenImport(
            from: ["Tasks", "TaskFilter", "TaskJSON"],
            to: speakers.union(client).union(["TasksDapr", "DaprHTTP", "DaprLog", "DaprMetrics", "DaprOperatingSystem"]
            ),
            reason: "what a task is and what may be done with it does no input or output"
        ),
        ForbiddenImport(
            from: ["Tasks", "TaskFilter"],
            to: ["DaprJSON", "TaskJSON"],
            reason: "what a task is does not depend on how it is written"
        ),
        ForbiddenImport(
            from: ["TasksDapr"],
            to: speakers.union(doors).union(["DaprHTTP", "WebFront", "DaprCurl"]),
            reason: "the journal knows the sidecar by the client's calls alone"
        ),
        ForbiddenImport(
            from: ["OpenTelemetry"],
            to: speakers.union(["DaprCurl", "DaprHTTP", "Tasks", "WebFront"]),
            reason: "what is recorded does not depend on who records it, nor on how it is carried"
        ),
        ForbiddenImport(
            from: leaves,
            to: speakers.union(client).union(["DaprHTTP", "DaprOperatingSystem", "Tasks"]),
            reason: "everything may use a leaf, so a leaf uses leaves only"
        ),
        ForbiddenImport(
            from: ["DaprHTTP"],
            to: speakers.union(["DaprOperatingSystem"]),
            reason: "requests, answers and routes are values"
        ),
    ]

    /// The targets that may import a C library; everything else reaches it through them.
    static let walls: [String: Set<String>] = [
        "CDaprLinux": ["DaprEventLoop", "DaprOperatingSystem"],
        "CDaprCurl": ["DaprLibcurl"],
        "CDaprMicrohttpd": ["DaprHTTPServer"],
        "CDaprYAML": ["DaprYAML"],
        "COpenSSL": ["OpenSSL"],
        "CPostgres": ["Postgres"],
        "CSQLite": ["SQLite"],
    ]
}
