import Dapr
import DaprCalendar
import DaprCurl
import DaprEventLoop
import DaprLibcurl
import DaprLog
import DaprMetrics
import DaprOperatingSystem
import Foundation
import Synchronization
import TaskFilter
import Tasks
import TasksDapr

/// The journal engine by itself, on one loop, over a sidecar: what its parts cost.
///
/// Prints a line `name value` for each figure; `JournalBenchmark` reads them.
struct JournalProgram {
    private let loops: EventLoopGroup
    private let transport: CountingTransport
    private let dapr: DaprClient
    private let metrics = MetricsRegistry()
    let service: JournalTaskService
    private var loop: EventLoop { loops.loops[0] }

    init(port: Int) throws {
        loops = try EventLoopGroup(count: 1)
        let endpoint = try DaprEndpoint(parsing: "http://127.0.0.1:\(port)")
        transport = CountingTransport(DaprCurlTransport(endpoint: endpoint, client: try CurlClient(on: loops)))
        dapr = DaprClient(transport: transport, timeout: .seconds(10))
        service = JournalProgram.service(dapr, metrics, loops.loops[0])
    }

    private static func service(
        _ dapr: DaprClient,
        _ metrics: MetricsRegistry,
        _ loop: EventLoop
    ) -> JournalTaskService {
        let now: @Sendable () -> Timestamp = { Timestamp(clamping: WallClock.milliseconds) }
        let ids = TaskIDMaker(now: now)
        let configuration = JournalConfiguration(
            commandDeadline: .seconds(15),
            callTimeout: .seconds(5),
            waitingCommands: 1024,
            readsPerCall: 1,
            viewBytes: 256 << 20,
            bookTextBytes: 64 << 20,
            historyRetention: nil,
            leaseTime: .seconds(10),
            drainTime: .seconds(60)
        )
        return JournalTaskService(
            dapr: dapr,
            store: "statestore",
            pubsub: "pubsub",
            topic: "tasks",
            configuration: configuration,
            now: now,
            newID: { ids.next() },
            executors: ServiceExecutors([loop], current: { 0 }),
            logger: Logger(level: .error, sink: StandardErrorSink()),
            metrics: metrics
        )
    }

    /// Measures everything.
    func run() async throws {
        try await relay()
        let relay = Task(executorPreference: loop) { await service.run() }
        try await writes()
        try await latencies()
        try await lists()
        try await coldLoad()
        relay.cancel()
        await relay.value
        try await commands()
    }

    /// A service of its own, which publishes nothing.
    func unpublished() -> JournalTaskService { JournalProgram.service(dapr, MetricsRegistry(), loop) }

    /// Changes that wait, published by a relay that does nothing else; it runs only once, so it has a service of its own.
    private func relay() async throws {
        let service = JournalProgram.service(dapr, MetricsRegistry(), loop)
        let owners = 64
        let events = 40_000
        try await together(owners) { caller in
            for number in 0..<events / owners { try await create("relay\(caller)", number, service) }
        }
        transport.reset()
        let (start, cpu) = (ContinuousClock.now, cpuMicroseconds())
        let relay = Task(executorPreference: loop) { await service.run() }
        // It drains before it ends.
        relay.cancel()
        await relay.value
        let seconds = start.duration(to: .now) / .seconds(1)
        let used = cpuMicroseconds() - cpu
        let count = transport.counts
        guard count.events >= events else {
            throw BenchmarkError.unreadable("only \(count.events) events were published")
        }
        say("relayed-rate \(Double(count.events) / seconds)")
        say("relayed-cpu \(used / Double(count.events))")
        say("events-per-publish \(Double(count.events) / Double(max(1, count.publishes)))")
    }

    private func writes() async throws {
        let owners = 64
        try await together(owners) { try await create("w\($0)", 0) }
        transport.reset()
        let perCreate = try await cost(callers: owners) { caller, number in try await create("w\(caller)", number) }
        let count = transport.counts
        say("create-cpu \(perCreate)")
        say("operations-per-commit \(Double(count.operations) / Double(max(1, count.commits)))")
        say("events-per-publish-steady \(Double(count.events) / Double(max(1, count.publishes)))")
        // The same two documents, and the same event once in as many calls, straight from the client.
        let item = Array(#"{"completed":false,"title":"\#(String(repeating: "x", count: 300))"}"#.utf8)
        let each = max(1, count.events / max(1, count.publishes))
        let bare = try await cost(callers: owners) { caller, number in
            try await dapr.transactState(
                [
                    .upsert(
                        StateItem(StateKey("bare:\(caller):\(number)"), json: item, concurrency: .firstWrite)
                    ),
                    .upsert(StateItem(StateKey("bare:\(caller)"), json: item)),
                ],
                in: "statestore"
            )
            guard number.isMultiple(of: each) else { return }
            let entries = (0..<each).map {
                BulkPublishEntry(entryID: "\($0)", json: item, contentType: "application/json")
            }
            _ = try await dapr.publishEvents(entries, to: "bare", in: "pubsub")
        }
        say("bare-write-cpu \(bare)")
    }

    private func latencies() async throws {
        for (name, clients, owners) in [("one-owner", 16, 1), ("thousand-owners", 64, 1000)] {
            let times = Mutex<[Double]>([])
            try await together(clients) { client in
                for number in 0..<16_000 / clients {
                    let owner = (client + number * clients) % owners
                    let start = ContinuousClock.now
                    try await create("\(name)\(owner)", number)
                    let milliseconds = start.duration(to: .now) / .milliseconds(1)
                    times.withLock { $0.append(milliseconds) }
                }
            }
            let sorted = times.withLock { $0.sorted() }
            say("\(name)-p50 \(sorted[sorted.count / 2])")
            say("\(name)-p99 \(sorted[sorted.count * 99 / 100])")
        }
    }

    private func lists() async throws {
        for size in [100, 1000, 10_000] {
            let owner = "list\(size)"
            try await together(100) { caller in
                for number in 0..<size / 100 {
                    try await create(owner, caller * 1000 + number, due: DueDate(parsing: "2026-\(10 + number % 3)-01"))
                }
            }
            let id = try ownerID(owner)
            transport.reset()
            let perList = try await cost(callers: 16) { _, _ in
                let page = try await service.list(TaskQuery(), owner: id, trace: nil)
                guard page.items.count == 50 else { throw BenchmarkError.unreadable("\(page.items.count) tasks") }
            }
            say("list-\(size)-cpu \(perList)")
        }
        try await filteredLists()
        try await pastLists()
        let bare = try await cost(callers: 16) { _, _ in _ = try await dapr.getState("log:nobody:1", in: "statestore") }
        say("bare-read-cpu \(bare)")
    }

    /// Lists whose answer takes a look at each of 10,000 tasks.
    private func filteredLists() async throws {
        let id = try ownerID("list10000")
        var filtered = TaskQuery()
        filtered.filters = [try Filter(parsing: #"tag has "a" and due > 2026-01-01 and priority >= low"#)]
        var sorted = filtered
        sorted.order = TaskOrder(.title)
        var inZone = filtered
        inZone.order = TaskOrder(.dueDate)
        let path = "/usr/share/zoneinfo/Europe/Berlin"
        guard let rules = SmallFile.bytes(of: path).flatMap(TimeZoneRules.init(file:)) else {
            throw BenchmarkError.unreadable(path)
        }
        inZone.zone = TaskZone(name: "Europe/Berlin", rules: rules)
        var searched = TaskQuery()
        searched.search = try SearchQuery(parsing: "peop")
        searched.order = .rank
        for (name, query) in [("filtered", filtered), ("sorted", sorted), ("due", inZone), ("searched", searched)] {
            let perList = try await cost(callers: 4) { _, _ in
                let page = try await service.list(query, owner: id, trace: nil)
                guard page.total == 10_000 else { throw BenchmarkError.unreadable("\(page.total) tasks") }
            }
            say("list-\(name)-cpu \(perList)")
        }
    }

    private func coldLoad() async throws {
        let id = try ownerID("list10000")
        // Its last snapshot must be there, which is written beside the commits.
        try await Task.sleep(for: .seconds(1))
        var times: [Double] = []
        var memory: [Double] = []
        var kept: [JournalTaskService] = []
        for _ in 0..<5 {
            let cold = JournalProgram.service(dapr, MetricsRegistry(), loop)
            transport.reset()
            let (before, start) = (residentBytes(), ContinuousClock.now)
            let page = try await cold.list(TaskQuery(), owner: id, trace: nil)
            times.append(start.duration(to: .now) / .milliseconds(1))
            guard page.total == 10_000 else { throw BenchmarkError.unreadable("\(page.total) tasks") }
            memory.append((residentBytes() - before) / 10_000)
            kept.append(cold)
        }
        say("cold-load \(lowerQuartile(times))")
        say("cold-load-calls \(transport.counts.calls)")
        say("task-memory \(lowerQuartile(memory.sorted().reversed()))")
        withExtendedLifetime(kept) {}
    }

    // MARK: - What they share

    func ownerID(_ name: String) throws -> OwnerID {
        guard let owner = OwnerID(name) else { throw BenchmarkError.unreadable(name) }
        return owner
    }

    private func create(
        _ owner: String,
        _ number: Int,
        _ other: JournalTaskService? = nil,
        due: DueDate? = nil
    ) async throws {
        let owner = try ownerID(owner)
        var content = TaskContent(title: "Task \(number)")
        content.description = "Something to be done, as people write it."
        content.tags = ["a"]
        content.dueDate = due
        let context = CommandContext(actor: owner, channel: .rest)
        _ = try await (other ?? service).perform(.create(content, id: nil), owner: owner, context: context)
    }

    private func together(_ callers: Int, _ body: @escaping @Sendable (Int) async throws -> Void) async throws {
        let loop = loop
        try await withThrowingTaskGroup { group in
            for caller in 0..<callers { group.addTask(executorPreference: loop) { try await body(caller) } }
            try await group.waitForAll()
        }
    }

    /// CPU microseconds of this process for a call, of callers that each make one after another for two seconds.
    func cost(
        callers: Int,
        _ call: @escaping @Sendable (_ caller: Int, _ number: Int) async throws -> Void
    ) async throws -> Double {
        let cpu = cpuMicroseconds()
        let end = ContinuousClock.now + .seconds(2)
        let counter = Counter()
        try await together(callers) { caller in
            var number = 1
            while ContinuousClock.now < end {
                try await call(caller, number)
                number += 1
            }
            counter.add(number - 1)
        }
        return (cpuMicroseconds() - cpu) / Double(max(1, counter.value))
    }

    final class Counter: Sendable {
        private let count = Mutex(0)
        func add(_ number: Int) { count.withLock { $0 += number } }
        var value: Int { count.withLock { $0 } }
    }

    /// The memory of this process that is in use.
    private func residentBytes() -> Double {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? .nan
        return pages * 4096
    }
}

/// Counts what goes through it.
final class CountingTransport: DaprTransport {
    struct Counts: Sendable {
        var calls = 0
        /// Transactions with a commit record, and their operations.
        var commits = 0
        var operations = 0
        var publishes = 0
        var events = 0
    }

    private let state = Mutex(Counts())
    private let transport: any DaprTransport

    init(_ transport: any DaprTransport) {
        self.transport = transport
    }

    var counts: Counts { state.withLock { $0 } }

    func reset() { state.withLock { $0 = Counts() } }

    func send(_ request: DaprRequest) async throws(DaprTransportError) -> DaprResponse {
        count(request)
        return try await transport.send(request)
    }

    private func count(_ request: DaprRequest) {
        let isTransaction = request.path.hasSuffix("/transaction")
        let isPublish = request.path.hasPrefix("/v1.0/publish/bulk/")
        var found = 0
        if isTransaction || isPublish, let body = request.body {
            found = CountingTransport.occurrences(of: isPublish ? "\"entryId\"" : "\"operation\"", in: body)
        }
        let isCommit =
            isTransaction && request.body.map { CountingTransport.occurrences(of: "\"log:", in: $0) > 0 } ?? false
        state.withLock { state in
            state.calls += 1
            if isCommit {
                state.commits += 1
                state.operations += found
            }
            if isPublish {
                state.publishes += 1
                state.events += found
            }
        }
    }

    /// By Horspool's search, so that counting is little beside what is measured.
    private static func occurrences(of word: String, in bytes: [UInt8]) -> Int {
        let word = Array(word.utf8)
        var steps = [Int](repeating: word.count, count: 256)
        for (place, byte) in word.dropLast().enumerated() { steps[Int(byte)] = word.count - 1 - place }
        var count = 0
        var end = word.count
        while end <= bytes.count {
            let last = bytes[end - 1]
            if last == word[word.count - 1], bytes[end - word.count..<end] == word[...] { count += 1 }
            end += steps[Int(last)]
        }
        return count
    }
}
