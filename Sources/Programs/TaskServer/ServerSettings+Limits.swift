import Settings

/// How much is taken from one user or one address, and when the server refuses work because it cannot keep up.
extension ServerSettings {
    /// Requests in a second.
    private static let rates = 0...1_000_000

    static let writesPerUser = Setting(
        "writes-per-user",
        default: 200,
        range: rates,
        help:
            "How many writes of one user are taken in a second, twice as many at once; more are answered 429. 0 for any number, as for the next three."
    )
    static let expensiveReadsPerUser = Setting(
        "expensive-reads-per-user",
        default: 20,
        range: rates,
        help: "How many expensive reads of one user: changes, and lists with filters or in another order."
    )
    static let writesPerAddress = Setting(
        "writes-per-address",
        default: 1000,
        range: rates,
        help: "How many writes of one client address, on the public port; the loopback is not limited."
    )
    static let expensiveReadsPerAddress = Setting(
        "expensive-reads-per-address",
        default: 100,
        range: rates,
        help: "How many expensive reads of one client address, on the public port."
    )
    static let streamsPerUser = Setting(
        "streams-per-user",
        default: 20,
        range: 1...100_000,
        help:
            "How many streams of changes of one user may be open, requests that wait for a change among them; more are answered 429."
    )
    static let streams = Setting(
        "streams",
        default: 1000,
        range: 1...100_000,
        help: "How many of all users; more are answered 503. Each also takes a connection."
    )
    static let longestWait = Setting(
        "longest-wait",
        default: .seconds(3),
        range: .milliseconds(100)...(.seconds(300)),
        help: "How long a request may wait until the server comes to look at it; an older one is answered 503."
    )
}
