import Dapr
import DaprEventLoop
import DaprHTTP
import DaprHTTPServer
import DaprLibcurl
import Glibc
import Testing

@testable import DaprCurl

struct DaprCurlTransportTests {
    @Test func `a call goes out as it was built and its answer comes back`() async throws {
        try await withTransport { transport in
            let request = DaprRequest(
                method: "PUT",
                path: "/v1.0/state/s/%2E%2E/a%2Fb/%2E?x=%2B",
                headers: [("dapr-api-token", "t"), ("content-type", "text/plain")],
                body: Array("hello".utf8)
            )
            let answer = try await transport.send(request)
            #expect(answer.status == 200)
            #expect(answer.body == Array("hello".utf8))
            #expect(answer.header("x-method") == "PUT")
            #expect(answer.header("x-target") == "/v1.0/state/s/%2E%2E/a%2Fb/%2E?x=%2B")
            #expect(answer.header("x-token") == "t")
            #expect(answer.header("x-type") == "text/plain")
            #expect(answer.headers.contains { $0.name == "etag" && $0.value == "e-1" })
        }
    }

    @Test(arguments: ["GET", "POST", "DELETE"])
    func `a call without body names no content type`(method: String) async throws {
        try await withTransport { transport in
            let answer = try await transport.send(DaprRequest(method: method, path: "/v1.0/shutdown"))
            #expect(answer.header("x-method") == method)
            #expect(answer.header("x-type") == "-")
            #expect(answer.body.isEmpty)
        }
    }

    @Test func `the client reads state over the wire`() async throws {
        try await withTransport { transport in
            let dapr = DaprClient(transport: transport, apiToken: "sidecar-token")
            let entry = try #require(try await dapr.getState("..", in: "store"))
            #expect(entry.etag == "e-1")
            #expect(entry.expires == DaprTimestamp(parsing: "2026-08-14T10:00:00Z"))
            #expect(try await dapr.getState("missing", in: "store") == nil)
            let answer = try await dapr.invokeMethod("echo", of: "app", httpMethod: "PATCH", json: [0x31])
            #expect(answer.header("x-token") == "sidecar-token")
            #expect(answer.header("x-method") == "PATCH")
        }
    }

    @Test func `many calls at once keep their answers apart`() async throws {
        try await withTransport { transport in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        let path = "/v1.0/\(number)"
                        let body = Array("\(number)".utf8)
                        let answer = try await transport.send(DaprRequest(method: "POST", path: path, body: body))
                        return answer.body == body && answer.header("x-target") == path
                    }
                }
                for try await isOwn in group { #expect(isOwn) }
            }
        }
    }

    @Test func `a transport on a shared client runs on its loop`() async throws {
        try await EchoServer.run { loops, port in
            let client = try CurlClient(on: loops)
            let transport = DaprCurlTransport(endpoint: .local(port: UInt16(port)), client: client)
            let loop = loops.next()
            let target = try await Task(executorPreference: loop) {
                let answer = try await transport.send(DaprRequest(method: "GET", path: "/v1.0/healthz"))
                #expect(EventLoop.current === loop)
                return answer.header("x-target")
            }.value
            #expect(target == "/v1.0/healthz")
            await client.shutdown()
        }
    }

    @Test func `a unix socket carries the calls`() async throws {
        let path = "/tmp/dapr-curl-tests-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).socket"
        try await EchoServer.run(at: .unix(path: path)) { _, _ in
            let transport = try DaprCurlTransport(endpoint: try DaprEndpoint(parsing: "unix://\(path)"))
            let answer = try await transport.send(DaprRequest(method: "GET", path: "/v1.0/metadata"))
            #expect(answer.header("x-target") == "/v1.0/metadata")
            await transport.shutdown()
        }
    }

    @Test func `a port where nobody listens is unreachable`() async throws {
        var freed = 0
        try await EchoServer.run { _, port in freed = port }
        let transport = try DaprCurlTransport(endpoint: .local(port: UInt16(freed)))
        let dapr = DaprClient(transport: transport)
        let error = try await #require(throws: DaprError.self) {
            try await dapr.saveState([StateItem("k", json: [0x31])], in: "store")
        }
        #expect(error.kind == .unreachable)
        #expect(!error.outcomeUnknown)
        await transport.shutdown()
    }

    @Test func `a call that hangs ends in its time, and a write of it stays open`() async throws {
        try await withTransport { transport in
            let dapr = DaprClient(transport: transport, timeout: .milliseconds(100))
            let read = try await #require(throws: DaprError.self) { try await dapr.getState("hang", in: "store") }
            #expect(read.kind == .timedOut)
            let write = try await #require(throws: DaprError.self) { try await dapr.deleteState("hang", in: "store") }
            #expect(write.kind == .outcomeUnknown)
            #expect(write.transportError == .timedOut)
        }
    }

    @Test func `a cancelled call ends at once`() async throws {
        try await withTransport { transport in
            let task = Task {
                try await transport.send(DaprRequest(method: "GET", path: "/hang", timeout: .seconds(60)))
            }
            try await Task.sleep(for: .milliseconds(50))
            task.cancel()
            let error = await #expect(throws: DaprTransportError.self) { try await task.value }
            #expect(error == .cancelled)
        }
    }

    @Test func `an answer beyond the limit is refused`() async throws {
        try await withTransport { transport in
            let request = DaprRequest(method: "GET", path: "/long", maximumAnswerBytes: 1000)
            let error = await #expect(throws: DaprTransportError.self) { try await transport.send(request) }
            #expect(error == .answerTooLarge(limit: 1000))
        }
    }

    @Test func `a request that cannot be sent is refused before it is`() async throws {
        let transport = try DaprCurlTransport()
        let request = DaprRequest(method: "GET", path: "/v1.0", headers: [("x", "a\r\ny: z")])
        let error = await #expect(throws: DaprTransportError.self) { try await transport.send(request) }
        guard case .invalidRequest = error else {
            Issue.record("a header with a line break was not refused: \(String(describing: error))")
            return
        }
        await transport.shutdown()
    }

    @Test(arguments: [
        (CurlError.unreachable("a"), DaprTransportError.unreachable("a")),
        (.untrusted("a"), .untrustedCertificate("a")),
        (.timedOut(requestSent: true), .timedOut),
        (.timedOut(requestSent: false), .unreachable("no connection in time")),
        (.cancelled(requestSent: true), .cancelled),
        (.cancelled(requestSent: false), .cancelledBeforeSending),
        (.connectionLost("b"), .connectionLost("b")),
        (.failed("c"), .connectionLost("c")),
        (.bodyTooLarge(limit: 3), .answerTooLarge(limit: 3)),
        (.invalidRequest("d"), .invalidRequest("d")),
    ])
    func `an error of libcurl never says less than it knows`(error: CurlError, expected: DaprTransportError) {
        #expect(DaprTransportError(error) == expected)
        // What may have been carried out is never called unsent.
        #expect(!error.outcomeUnknown || expected.mayHaveBeenReceived)
    }

    private func withTransport(_ use: (DaprCurlTransport) async throws -> Void) async throws {
        try await EchoServer.run { _, port in
            let transport = try DaprCurlTransport(endpoint: .local(port: UInt16(port)))
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(try await use(transport))
            } catch {
                outcome = .failure(error)
            }
            await transport.shutdown()
            try outcome.get()
        }
    }
}
