import Dapr
import DaprEventLoop
import DaprMetrics
import Synchronization
import Tasks
import TestTools
import Testing

@testable import TasksDapr

/// Reads of single keys that come together.
@Suite(.timeLimit(.minutes(1)))
struct ReadBatcherTests {
    private typealias Outcome = Result<StateEntry?, JournalFailure>

    /// Has keys read at once by callers on a loop: they have all asked before the first is answered.
    private func read(
        _ keys: [StateKey],
        limit: Int = 64,
        missesAreProof: Bool = true,
        from sidecar: FakeSidecar,
        counting metrics: MetricsRegistry = MetricsRegistry()
    ) async throws -> [Outcome] {
        let loops = try EventLoopGroup(count: 1)
        defer { loops.shutdown() }
        let loop = loops.loops[0]
        let configuration = JournalConfiguration.sharing(limit, missesAreProof: missesAreProof)
        let batcher = batcher(sidecar, on: loop, configuration, counting: metrics)
        return try await collected(keys.count) { note in
            loop.submit {
                for (place, key) in keys.enumerated() {
                    _ = Task.immediate(executorPreference: loop) { note(place, await outcome(of: key, batcher)) }
                }
            }
        }
    }

    /// So many outcomes, in order, once each has been noted.
    private func collected(
        _ count: Int,
        _ start: (@escaping @Sendable (Int, Outcome) -> Void) -> Void
    ) async throws -> [Outcome] {
        let (stream, sink) = AsyncStream.makeStream(of: (Int, Outcome).self)
        start { sink.yield(($0, $1)) }
        var outcomes: [Int: Outcome] = [:]
        for await (place, outcome) in stream {
            #expect(outcomes.updateValue(outcome, forKey: place) == nil)
            if outcomes.count == count { break }
        }
        return try (0..<count).map { try #require(outcomes[$0]) }
    }

    private func text(_ outcome: Outcome) throws -> String? {
        try outcome.get().map { String(decoding: $0.value, as: UTF8.self) }
    }

    @Test func `reads that come together are one call, each with its own value`() async throws {
        let sidecar = FakeSidecar()
        sidecar.put("a", #"{"n":1}"#)
        sidecar.put("b", #"{"n":2}"#)
        let metrics = MetricsRegistry()
        let outcomes = try await read(["a", "none", "b", "a"], from: sidecar, counting: metrics)
        #expect(try outcomes.map(text) == [#"{"n":1}"#, nil, #"{"n":2}"#, #"{"n":1}"#])
        #expect(sidecar.calls == [.init(kind: .bulkGet, keys: ["a", "none", "b"], number: 1)])
        let counted = String(decoding: metrics.exposition(), as: UTF8.self).split(separator: "\n")
        #expect(counted.contains("tasks_reads_total 4"))
        #expect(counted.contains("tasks_read_calls_total 1"))
    }

    @Test func `a read that comes alone is a single read`() async throws {
        let sidecar = FakeSidecar()
        sidecar.put("a", "1")
        #expect(try await read(["a"], from: sidecar).map(text) == ["1"])
        #expect(sidecar.calls == [.init(kind: .get, keys: ["a"], number: 1)])
    }

    @Test(arguments: [(1, [1, 1, 1, 1, 1]), (2, [2, 2, 1]), (4, [4, 1]), (5, [5])])
    func `a call has no more keys than the limit`(limit: Int, sizes: [Int]) async throws {
        let sidecar = FakeSidecar()
        let keys = (1...5).map { StateKey("k\($0)") }
        for key in keys { sidecar.put(key.rawValue, "\"\(key.rawValue)\"") }
        #expect(try await read(keys, limit: limit, from: sidecar).map(text) == keys.map { "\"\($0.rawValue)\"" })
        #expect(sidecar.calls.map(\.keys.count) == sizes)
    }

    @Test(arguments: [400, 403])
    func `a call that is refused for one key does not fail the reads of others`(status: Int) async throws {
        let sidecar = FakeSidecar { call in
            call.kind == .bulkGet || call.keys == ["bad"] ? .status(status) : .none
        }
        sidecar.put("good", "1")
        let outcomes = try await read(["good", "bad"], from: sidecar)
        #expect(try text(outcomes[0]) == "1")
        #expect(throws: JournalFailure.self) { try outcomes[1].get() }
        #expect(sidecar.calls.map(\.kind) == [.bulkGet, .get, .get])
    }

    @Test(arguments: [429, 500, 503])
    func `a sidecar or store that is in trouble is not asked again for each`(status: Int) async throws {
        let sidecar = FakeSidecar { _ in .status(status) }
        for outcome in try await read(["a", "b", "c"], from: sidecar) {
            let error = #expect(throws: JournalFailure.self) { try outcome.get() }
            #expect(error?.call?.status == status)
        }
        #expect(sidecar.calls.count == 1)
    }

    @Test func `an answer too long for all is asked for one by one`() async throws {
        let sidecar = FakeSidecar(answerLimit: 60)
        let value = #""\#(String(repeating: "x", count: 40))""#
        sidecar.put("a", value)
        sidecar.put("b", value)
        #expect(try await read(["a", "b"], from: sidecar).map(text) == [value, value])
        #expect(sidecar.calls.map(\.kind) == [.bulkGet, .get, .get])
    }

    @Test(arguments: [
        (DaprTransportError.unreachable("down"), DaprError.Kind.unreachable),
        (.timedOut, .timedOut),
    ])
    func `a sidecar that does not answer is not asked again for each`(
        fault: DaprTransportError,
        kind: DaprError.Kind
    ) async throws {
        let sidecar = FakeSidecar { _ in .before(fault) }
        let outcomes = try await read(["a", "b", "c"], from: sidecar)
        for outcome in outcomes {
            let error = #expect(throws: JournalFailure.self) { try outcome.get() }
            #expect(error?.call?.kind == kind)
        }
        #expect(sidecar.calls.count == 1)
    }

    @Test func `a read sees what was written before it was asked for, while an older one is on its way`() async throws {
        let gate = Gate()
        let sidecar = FakeSidecar { $0.number == 1 ? .held(gate) : .none }
        sidecar.put("a", "1")
        let batcher = batcher(sidecar, on: nil)
        async let older = batcher.entry("a", trace: nil)
        try await eventually { gate.count == 1 }
        sidecar.put("a", "2")
        #expect(try await batcher.entry("a", trace: nil)?.value == Array("2".utf8))
        gate.open()
        #expect(try await older?.value == Array("1".utf8))
    }

    @Test func `a reader that is cancelled is let go at once, and the call goes on for the others`() async throws {
        let gate = Gate()
        let sidecar = FakeSidecar { _ in .held(gate) }
        sidecar.put("a", "1")
        sidecar.put("b", "2")
        let loops = try EventLoopGroup(count: 1)
        defer { loops.shutdown() }
        let batcher = batcher(sidecar, on: loops.loops[0])
        let readers = await started(["a", "b"], batcher, on: loops.loops[0])
        try await eventually { gate.count == 1 }
        readers[0].cancel()
        let outcome = await readers[0].value
        let error = #expect(throws: JournalFailure.self) { try outcome.get() }
        #expect(error == .cancelled)
        gate.open()
        #expect(try text(await readers[1].value) == "2")
        #expect(sidecar.calls.map(\.kind) == [.bulkGet])
    }

    @Test func `a call that nobody waits for any more ends`() async throws {
        let wasCancelled = Atomic(false)
        let hasBegun = Atomic(false)
        let sidecar = FakeSidecar { _ in
            hasBegun.store(true, ordering: .releasing)
            do { try await Task.sleep(for: .seconds(50)) } catch { wasCancelled.store(true, ordering: .releasing) }
            return .none
        }
        let loops = try EventLoopGroup(count: 1)
        defer { loops.shutdown() }
        let readers = await started(["a", "b"], batcher(sidecar, on: loops.loops[0]), on: loops.loops[0])
        try await eventually { hasBegun.load(ordering: .acquiring) }
        for reader in readers { reader.cancel() }
        for reader in readers {
            let outcome = await reader.value
            #expect(throws: JournalFailure.self) { try outcome.get() }
        }
        try await eventually { wasCancelled.load(ordering: .acquiring) }
    }

    @Test func `who asks after all others have left is answered`() async throws {
        let sidecar = FakeSidecar()
        sidecar.put("b", "2")
        let loops = try EventLoopGroup(count: 1)
        defer { loops.shutdown() }
        let loop = loops.loops[0]
        let batcher = batcher(sidecar, on: loop)
        let reader = await withCheckedContinuation { continuation in
            loop.submit {
                for _ in 0..<3 {
                    Task.immediate(executorPreference: loop) { _ = try? await batcher.entry("a", trace: nil) }.cancel()
                }
                continuation.resume(
                    returning: Task.immediate(executorPreference: loop) { try await batcher.entry("b", trace: nil) }
                )
            }
        }
        #expect(try await reader.value?.value == Array("2".utf8))
        #expect(sidecar.calls.map(\.keys) == [["b"]])
    }

    @Test func `a reader that was cancelled before asks nothing`() async throws {
        let sidecar = FakeSidecar()
        let batcher = batcher(sidecar, on: nil)
        let reader = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await batcher.entry("a", trace: nil)
        }
        reader.cancel()
        await #expect(throws: JournalFailure.self) { try await reader.value }
        #expect(sidecar.calls.isEmpty)
    }

    @Test func `the reads of each loop share calls among themselves, and go on there`() async throws {
        let sidecar = FakeSidecar()
        for key in ["a0", "b0", "a1", "b1"] { sidecar.put(key, "\"\(key)\"") }
        let loops = try EventLoopGroup(count: 2)
        defer { loops.shutdown() }
        let reads = SharedReads(
            dapr: DaprClient(transport: sidecar),
            store: "statestore",
            configuration: .sharing(64),
            watch: nil,
            executors: ServiceExecutors(loops.loops) { loops.current },
            metrics: JournalMetrics(MetricsRegistry())
        )
        for (place, loop) in loops.loops.enumerated() {
            let outcomes = try await collected(2) { note in
                loop.submit {
                    for (index, key) in ["a\(place)", "b\(place)"].enumerated() {
                        _ = Task.immediate(executorPreference: loop) {
                            let entry = try? await reads.entry(StateKey(key), trace: nil)
                            #expect(loop.isCurrent)
                            note(index, .success(entry))
                        }
                    }
                }
            }
            #expect(try outcomes.map(text) == ["\"a\(place)\"", "\"b\(place)\""])
        }
        #expect(sidecar.calls.map(\.keys) == [["a0", "b0"], ["a1", "b1"]])
        #expect(try await reads.entry("a0", trace: nil) != nil)
    }

    @Test func `any mix of keys, limits and faults gives each caller its own value or an error`() async throws {
        var random = SeededRandom(seed: 11)
        var failures = 0
        for round in 0..<60 {
            let seed = random.next()
            let sidecar = FakeSidecar { call in
                var random = SeededRandom(seed: seed &+ UInt64(call.number) &* 3 &+ UInt64(call.keys.count))
                switch round.isMultiple(of: 2) ? 7 : Int.random(in: 0..<8, using: &random) {
                case 0: return .status(400)
                case 1: return .before(.unreachable("down"))
                default: return .none
                }
            }
            for number in 0..<10 { sidecar.put("k\(number)", "\(number)") }
            let numbers = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                Int.random(in: 0..<12, using: &random)
            }
            let limit = Int.random(in: 1...20, using: &random)
            let outcomes = try await read(numbers.map { StateKey("k\($0)") }, limit: limit, from: sidecar)
            for (number, outcome) in zip(numbers, outcomes) {
                switch outcome {
                case .success(let entry):
                    let text = entry.map { String(decoding: $0.value, as: UTF8.self) }
                    #expect(text == (number < 10 ? "\(number)" : nil))
                case .failure(let error):
                    #expect(!round.isMultiple(of: 2), "\(error)")
                    failures += 1
                }
            }
        }
        #expect((1..<300).contains(failures))
    }

    @Test func `where a bulk read may leave keys out, each that it did not find is asked for alone`() async throws {
        let sidecar = FakeSidecar()
        for number in 0..<3 { sidecar.put("k\(number)", "\(number)") }
        sidecar.setFault { $0.kind == .bulkGet ? .omit(["k1"]) : .none }
        let keys = ["k0", "k1", "k2", "none"].map { StateKey($0) }
        let outcomes = try await read(keys, missesAreProof: false, from: sidecar)
        #expect(try outcomes.map(text) == ["0", "1", "2", nil])
        #expect(sidecar.calls.map(\.kind) == [.bulkGet, .get, .get])
    }

    private func batcher(
        _ sidecar: FakeSidecar,
        on loop: EventLoop?,
        _ configuration: JournalConfiguration = .sharing(64),
        counting metrics: MetricsRegistry = MetricsRegistry()
    ) -> ReadBatcher {
        ReadBatcher(
            dapr: DaprClient(transport: sidecar),
            store: "statestore",
            configuration: configuration,
            watch: nil,
            executor: loop,
            metrics: JournalMetrics(metrics)
        )
    }

    private func outcome(of key: StateKey, _ batcher: ReadBatcher) async -> Outcome {
        do throws(JournalFailure) {
            return .success(try await batcher.entry(key, trace: nil))
        } catch {
            return .failure(error)
        }
    }

    /// Readers of some keys, who have all asked before the first is answered.
    private func started(
        _ keys: [StateKey],
        _ batcher: ReadBatcher,
        on loop: EventLoop
    ) async -> [Task<Outcome, Never>] {
        await withCheckedContinuation { continuation in
            loop.submit {
                continuation.resume(
                    returning: keys.map { key in
                        Task.immediate(executorPreference: loop) { await outcome(of: key, batcher) }
                    }
                )
            }
        }
    }
}

extension JournalFailure {
    /// What became of the call that failed.
    fileprivate var call: DaprError? { if case .store(let error) = self { error } else { nil } }
}

extension JournalConfiguration {
    fileprivate static func sharing(_ reads: Int, missesAreProof: Bool = true) -> JournalConfiguration {
        var configuration = JournalConfiguration.quick
        configuration.readsPerCall = reads
        configuration.bulkReadsReportErrors = missesAreProof
        return configuration
    }
}
