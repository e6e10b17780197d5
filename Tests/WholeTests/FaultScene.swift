import DaprJSON
import Foundation
import Glibc
import Testing

/// The programs of a cell while something goes wrong.
struct FaultScene {
    let installation: Installation
    let subscriber: CrashSubscriber
    let acknowledged = Acknowledged()
    var sidecar: RunningProgram
    var servers: [Int: RunningProgram] = [:]
    var owners = ["demo"]

    init(installation: Installation, subscriber: CrashSubscriber, sidecar: RunningProgram) {
        self.installation = installation
        self.subscriber = subscriber
        self.sidecar = sidecar
    }

    var reckoning: Reckoning {
        Reckoning(installation: installation, subscriber: subscriber, acknowledged: acknowledged, owners: owners)
    }

    /// Asks for all that was promised, with two servers.
    mutating func reckon() async throws {
        for index in 0..<2 where servers[index] == nil { try await start(index) }
        try await reckoning.run(servers: [0, 1].compactMap { servers[$0] })
        try await sidecar.end(SIGTERM)
    }

    // MARK: - What is done

    mutating func start(
        _ index: Int,
        _ flags: [String] = [],
        callTimeout: String = "1s",
        environment: [String: String] = [:]
    ) async throws {
        servers[index] = try await installation.startServer(
            index,
            Reckoning.serverFlags.map { $0 == "1s" ? callTimeout : $0 } + flags,
            environment: environment
        )
        try await installation.waitUntilReady(index)
    }

    func server(_ index: Int) throws -> RunningProgram { try #require(servers[index]) }

    mutating func kill(_ index: Int) async throws {
        try await server(index).end(SIGKILL)
        servers[index] = nil
    }

    /// Kills the sidecar, and starts one to which nothing happens.
    mutating func startSidecarAnew() async throws {
        try await sidecar.end(SIGKILL)
        sidecar = try await installation.startSidecar(app: subscriber.port)
    }

    /// Creates tasks side by side on one server, or on several in turn, again under their keys until each is acknowledged.
    func create(
        _ name: String,
        _ count: Int,
        on indices: [Int] = [0],
        description: String = ""
    ) async throws {
        let taken = await withTaskGroup(of: Bool.self, returning: Int.self) { group in
            for number in 0..<count {
                group.addTask {
                    let deadline = ContinuousClock.now + .seconds(30)
                    repeat {
                        if await acknowledged.create(
                            "\(name) \(number)",
                            installation,
                            to: indices[number % indices.count],
                            description: description
                        ) {
                            return true
                        }
                    } while ContinuousClock.now < deadline
                    return false
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        try hold(taken == count, "of \(count) tasks \(taken) were taken: \(name)")
    }

    func wait(until holds: () async throws -> Bool, _ what: String) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while try await !holds() {
            try hold(ContinuousClock.now < deadline, "within 30 s: \(what)")
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Waits until the sidecar says that a fault happened.
    func injected(_ words: String) async throws {
        try await wait(
            until: {
                try String(contentsOf: installation.sidecarLog, encoding: .utf8).split(separator: "\n")
                    .contains { $0.contains("fault injected") && $0.contains(words) }
            },
            words
        )
    }

    private func snapshot() async throws -> Int {
        try await installation.state("head:demo")?["sequence"]?.intValue ?? 0
    }

    // MARK: - What goes wrong

    mutating func omitKeys() async throws {
        try await start(0)
        try await start(1)
        try await create("both", 70, on: [0, 1])
        try await write("both", until: 64)
        try await create("first", 30)
        try await kill(0)
        try await create("second", 20, on: [1])
        try await start(0)
        try await create("cold", 70, on: [0, 1])
        try await injected("-> omit")
    }

    mutating func writePageLate() async throws {
        try await start(0, callTimeout: "4s")
        // So long that the pages do not fit into one transaction with the head.
        for group in 0..<4 {
            try await create("long \(group)", 5, description: String(repeating: "<", count: 10_000))
        }
        try await create("short", 50)
        try await injected("-> late")
        let done = ContinuousClock.now + .milliseconds(1700)
        // The next commits try again.
        try await write("then", until: 64)
        try await create("more", 64)
        try await write("next", until: snapshot() + 64)
        try await Task.sleep(until: done)
        try await create("after", 1)
        try await kill(0)
    }

    /// Writes one task after another until there is a snapshot that goes so far.
    private func write(_ name: String, until sequence: Int) async throws {
        var number = 0
        try await wait(
            until: {
                number += 1
                try await create("\(name) \(number)", 1)
                return try await snapshot() >= sequence
            },
            "a snapshot of change \(sequence)"
        )
    }

    mutating func jump() async throws {
        let clock = try FakedClock(in: installation.folder)
        let kept = ["--history-retention", "720h"]
        try await start(0, kept, environment: clock.environment)
        try await start(1, kept)
        try await create("right", 70, on: [0, 1])
        for (name, offset) in [("ahead", "+31d"), ("behind", "-31d")] {
            try clock.set(offset)
            try await create(name, 140, on: [0, 1])
            let head = try await snapshot()
            try await create("\(name) again", 70)
            try await write("\(name) more", until: head + 1)
            for index in 0..<2 {
                let different = try await acknowledged.repeated(installation, to: index)
                try hold(different.isEmpty, "with a clock \(name) a repeat has another answer: \(different)")
            }
        }
        let times = try await Set(dates())
        try hold(times.count > 1, "no commit has another date, so the clock did not jump")
        try await kill(0)
    }

    /// The days of the commits.
    private func dates() async throws -> [String] {
        var dates: [String] = []
        for (sequence, _) in try await installation.journal() {
            let time = try await installation.state("log:demo:\(sequence)")?["time"]?.stringValue
            dates.append(String(try #require(time).prefix(10)))
        }
        return dates
    }

    mutating func pause() async throws {
        try await start(0)
        try await start(1)
        try await create("unpublished", 1)
        try server(0).send(SIGSTOP)
        try await create("meanwhile", 3, on: [1])
        try await reckoning.allHeard()
        try server(0).send(SIGCONT)
        try await create("after", 10, on: [0, 1])
        try await create("again", 1, on: [1])
        try server(1).send(SIGSTOP)
        try await create("alone", 3)
        try await reckoning.allHeard()
        try server(1).send(SIGCONT)
        try await create("last", 10, on: [1, 0])
        try await kill(1)
    }

    mutating func releaseLate() async throws {
        try await start(0)
        try await create("released", 1)
        try await reckoning.allHeard()
        try await injected("-> late")
        let done = ContinuousClock.now + .milliseconds(2200)
        // The slot is given back by the next try; what comes now has one of its own.
        let instance = try #require(try await installation.state("relays")?["instances"]?[0]?.stringValue)
        try await wait(until: { try await installation.state("outbox:\(instance):0") == nil }, "a release")
        try await create("then", 1)
        try await Task.sleep(until: done)
        try await kill(0)
        try await startSidecarAnew()
        try await start(1)
        try await reckoning.allHeard()
    }

    mutating func repeatTransactions() async throws {
        owners = ["demo", "ann"]
        try await start(0)
        try await create("published", 1)
        try await reckoning.allHeard()
        try await create("demo", 3)
        let answer = try await deliver([command("ann 0", of: "ann"), command("ann 1", of: "ann")], to: 0)
        try hold(answer?.answers == ["SUCCESS", "SUCCESS"], "commands of ann: \(answer?.answers ?? [])")
        try await kill(0)
        try await startSidecarAnew()
        try await start(1)
        try await reckoning.allHeard()
        try await hold(titles(of: "ann") == ["ann 0", "ann 1"], "commands of ann are lost or doubled")
    }
}
