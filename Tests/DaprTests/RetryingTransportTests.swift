import Dapr
import Synchronization
import TestSupport
import Testing

struct RetryingTransportTests {
    /// An attempt's end, and whether a read and a write are sent again after it.
    struct Row: Sendable, CustomTestStringConvertible {
        let answer: StubTransport.Answer
        let reads: Bool
        let writes: Bool

        var testDescription: String { "\(answer): reads \(reads), writes \(writes)" }
    }

    static let rows: [Row] = [
        Row(answer: .failure(.unreachable("down")), reads: true, writes: true),
        Row(answer: .failure(.connectionLost("cut")), reads: true, writes: false),
        Row(answer: .failure(.untrustedCertificate("self-signed")), reads: false, writes: false),
        Row(answer: .failure(.timedOut), reads: false, writes: false),
        Row(answer: .failure(.cancelled), reads: false, writes: false),
        Row(answer: .failure(.cancelledBeforeSending), reads: false, writes: false),
        Row(answer: .failure(.answerTooLarge(limit: 1)), reads: false, writes: false),
        Row(answer: .failure(.invalidRequest("x")), reads: false, writes: false),
        Row(answer: .status(429), reads: true, writes: true),
        Row(answer: .status(502), reads: true, writes: false),
        Row(answer: .status(503), reads: true, writes: false),
        Row(answer: .status(504), reads: true, writes: false),
        Row(answer: .json(500, #"{"errorCode":"ERR_STATE_GET"}"#), reads: true, writes: false),
        Row(answer: .json(500, #"{"errorCode":"ERR_STATE_BULK_GET"}"#), reads: true, writes: false),
        // A store that is not there stays away, and a secret that is missing is answered so.
        Row(answer: .json(500, #"{"errorCode":"ERR_STATE_STORE_NOT_CONFIGURED"}"#), reads: false, writes: false),
        Row(answer: .json(500, #"{"errorCode":"ERR_SECRET_GET"}"#), reads: false, writes: false),
        Row(answer: .json(500, #"{"errorCode":"ERR_HEALTH_NOT_READY"}"#), reads: false, writes: false),
        Row(answer: .json(409, #"{"errorCode":"ERR_STATE_SAVE"}"#), reads: false, writes: false),
        Row(answer: .status(200), reads: false, writes: false), Row(answer: .status(400), reads: false, writes: false),
    ]

    private static func request(_ method: String, timeout: Duration = .seconds(60)) -> DaprRequest {
        DaprRequest(method: method, path: "/", timeout: timeout, mayRepeat: method == "GET")
    }

    /// A transport that does not wait, with the pauses it was asked for.
    private func retrying(
        _ stub: StubTransport,
        attempts: Int = 3,
        chance: Double = 0,
        pauses: Waits = Waits()
    ) -> RetryingTransport {
        RetryingTransport(
            stub,
            attempts: attempts,
            firstPause: .milliseconds(100),
            longestPause: .milliseconds(350),
            sleep: { pauses.add($0) },
            chance: { chance }
        )
    }

    @Test(arguments: rows)
    func `a call is sent again only where nothing can have happened`(row: Row) async throws {
        for (method, again) in [("GET", row.reads), ("POST", row.writes)] {
            let stub = StubTransport(row.answer, .status(299))
            let outcome = try? await retrying(stub).send(Self.request(method))  // Some rows are failures.
            #expect(stub.requests.count == (again ? 2 : 1), "\(method)")
            #expect((outcome?.status == 299) == again, "\(method)")
        }
    }

    @Test func `the last failure is the call's`() async throws {
        let stub = StubTransport(.failure(.unreachable("1")), .status(429), .failure(.unreachable("3")), .status(200))
        await #expect(throws: DaprTransportError.unreachable("3")) {
            try await retrying(stub).send(Self.request("POST"))
        }
        #expect(stub.requests.count == 3)
    }

    @Test(arguments: [0, 1, -5])
    func `one attempt is no repetition`(attempts: Int) async throws {
        let stub = StubTransport(.status(429), .status(200))
        #expect(try await retrying(stub, attempts: attempts).send(Self.request("GET")).status == 429)
    }

    @Test(
        arguments: [(0.0, [100, 200, 350, 350]), (0.5, [75, 150, 262.5, 262.5]), (1.0, [50, 100, 175, 175])]
            as [(Double, [Double])]
    )
    func `pauses double up to the longest, shortened by chance`(chance: Double, expected: [Double]) async throws {
        let stub = StubTransport { _ in .status(429) }
        let pauses = Waits()
        _ = try await retrying(stub, attempts: 5, chance: chance, pauses: pauses).send(Self.request("GET"))
        #expect(pauses.all == expected.map { .microseconds($0 * 1000) })
    }

    @Test func `a pause beyond the call's time is not begun`() async throws {
        let stub = StubTransport { _ in .status(429) }
        let pauses = Waits()
        let transport = retrying(stub, attempts: 9, pauses: pauses)
        #expect(try await transport.send(Self.request("GET", timeout: .milliseconds(99))).status == 429)
        #expect(stub.requests.count == 1)
        #expect(pauses.all.isEmpty)
    }

    @Test func `each attempt has what is left of the call's time`() async throws {
        let stub = StubTransport(.status(429), .status(200))
        let transport = RetryingTransport(stub, firstPause: .milliseconds(40))
        _ = try await transport.send(Self.request("GET"))
        let times = stub.requests.map(\.timeout)
        #expect(times.first == .seconds(60))
        #expect(times.last.map { (.seconds(1)...(.seconds(60) - .milliseconds(20))).contains($0) } == true)
    }

    @Test func `a caller that is cancelled in a pause ends it, and nothing happened`() async throws {
        let stub = StubTransport { _ in .failure(.unreachable("down")) }
        let dapr = DaprClient(
            transport: RetryingTransport(stub, firstPause: .seconds(20), longestPause: .seconds(20)),
            timeout: .seconds(60)
        )
        let call = Task { try await dapr.deleteState("k", in: "s") }
        let begin = ContinuousClock.now
        while stub.requests.isEmpty { await Task.yield() }
        call.cancel()
        let error = try await #require(throws: DaprError.self) { try await call.value }
        #expect(error.kind == .cancelled)
        #expect(!error.outcomeUnknown)
        #expect(.now - begin < .seconds(9))
    }
}

/// The pauses that were asked for.
private final class Waits: Sendable {
    private let waits = Mutex<[Duration]>([])

    func add(_ duration: Duration) { waits.withLock { $0.append(duration) } }

    var all: [Duration] { waits.withLock { $0 } }
}
