import DaprEventLoop
import DaprHTTP
import DaprLibcurl
import Foundation
import Synchronization
import TestTools
import Testing

struct CurlClientTests {
    @Test(arguments: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    func `a request arrives as it was given`(method: String) async throws {
        try await withEcho { client, base in
            for body in [nil, [], Array("héllo".utf8)] as [[UInt8]?] where !(method == "HEAD" && body != nil) {
                var request = CurlRequest(
                    method: method,
                    url: "\(base)/a%20b?x=1",
                    headers: [("X-Custom", "there"), ("X-Empty", "")]
                )
                request.body = body
                let response = try await client.send(request)
                #expect(response.status == 200)
                #expect(response.header("x-method") == method)
                #expect(response.header("x-target") == "/a%20b?x=1")
                #expect(response.header("x-seen") == "there")
                #expect(response.header("x-type") == nil)
                #expect(response.body == (method == "HEAD" ? [] : body ?? []))
                #expect(response.headers.contains { $0.name == "x-method" && $0.value == method })
            }
        }
    }

    @Test func `handles used again carry nothing of the call before`() async throws {
        try await withEcho(loops: 1) { client, base in
            for round in 0..<50 {
                var request = CurlRequest(method: round % 2 == 0 ? "PUT" : "GET", url: "\(base)/\(round)")
                if round % 2 == 0 {
                    request.body = Array("body \(round)".utf8)
                    request.headers = [("Content-Type", "text/plain")]
                }
                let response = try await client.send(request)
                #expect(String(decoding: response.body, as: UTF8.self) == (round % 2 == 0 ? "body \(round)" : ""))
                #expect(response.header("x-type") == (round % 2 == 0 ? "text/plain" : nil))
                #expect(response.header("x-target") == "/\(round)")
            }
        }
    }

    @Test func `bodies of a megabyte go both ways`() async throws {
        try await withEcho { client, base in
            let body = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0) }
            let response = try await client.send(CurlRequest(method: "POST", url: "\(base)/", body: body))
            #expect(response.body == body)
        }
    }

    @Test func `calls from a loop stay on it`() async throws {
        try await withEcho { client, base in
            let loops = try EventLoopGroup(count: 2)
            defer { loops.shutdown() }
            let local = try CurlClient(on: loops)
            for loop in loops.loops {
                let stayed = try await Task(executorPreference: loop) {
                    for _ in 0..<20 {
                        _ = try await local.send(CurlRequest(url: "\(base)/"))
                        guard loop.isCurrent else { return false }
                    }
                    return true
                }.value
                #expect(stayed)
            }
            await local.shutdown()
        }
    }

    @Test func `an answer over the limit ends the call`() async throws {
        try await withEcho { client, base in
            var request = CurlRequest(method: "POST", url: "\(base)/", body: Array(repeating: 65, count: 1001))
            request.maximumBodyBytes = 1000
            await #expect(throws: CurlError.bodyTooLarge(limit: 1000)) { try await client.send(request) }
            request.maximumBodyBytes = 1001
            let response = try await client.send(request)
            #expect(response.body.count == 1001)
        }
    }

    @Test(arguments: [
        CurlRequest(url: "http://127.0.0.1:1/a b"), CurlRequest(url: "http://127.0.0.1:1/\r\nX: y"),
        CurlRequest(method: "GET /\r\n", url: "http://127.0.0.1:1/"),
        CurlRequest(method: "", url: "http://127.0.0.1:1/"),
        CurlRequest(url: "http://127.0.0.1:1/", headers: [("X", "a\r\nY: b")]),
        CurlRequest(url: "http://127.0.0.1:1/", headers: [("X", "a\0b")]),
        CurlRequest(url: "http://127.0.0.1:1/", headers: [("X Y", "a")]),
        CurlRequest(url: "http://127.0.0.1:1/", headers: [("", "a")]),
        CurlRequest(url: "file:///etc/passwd"), CurlRequest(url: ""), CurlRequest(url: "http://"),
    ])
    func `a request that cannot be sent as it is is refused`(request: CurlRequest) async throws {
        try await withClient { client in
            let error = await #expect(throws: CurlError.self) { try await client.send(request) }
            if case .invalidRequest = error {} else { Issue.record("\(String(describing: error))") }
            #expect(error?.outcomeUnknown == false)
        }
    }

    @Test func `nobody listening is unreachable, and surely not sent`() async throws {
        try await withClient { client in
            let error = await #expect(throws: CurlError.self) {
                try await client.send(CurlRequest(method: "POST", url: "http://127.0.0.1:1/", body: [1]))
            }
            if case .unreachable = error {} else { Issue.record("\(String(describing: error))") }
            #expect(error?.outcomeUnknown == false)
        }
    }

    @Test func `a call without an answer ends at its deadline`() async throws {
        let server = try ScriptedServer([.init("", staysOpen: true)])
        defer { server.stop() }
        try await withClient { client in
            var request = CurlRequest(url: "http://127.0.0.1:\(server.port)/")
            request.timeout = .milliseconds(100)
            await #expect(throws: CurlError.timedOut(requestSent: true)) { try await client.send(request) }
        }
    }

    @Test func `a cancelled call ends at once, before and after it was sent`() async throws {
        let server = try ScriptedServer([.init("", staysOpen: true)])
        defer { server.stop() }
        try await withClient { client in
            let request = CurlRequest(url: "http://127.0.0.1:\(server.port)/")
            let call = Task { try await client.send(request) }
            try await eventually { server.connections == 1 }
            call.cancel()
            let error = await #expect(throws: CurlError.self) { try await call.value }
            if case .cancelled = error {} else { Issue.record("\(String(describing: error))") }
            let early = Task {
                unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
                return try await client.send(request)
            }
            await #expect(throws: CurlError.cancelled(requestSent: false)) { try await early.value }
        }
    }

    static let whole = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Y: z\r\n\r\nhello"

    @Test func `a server that closes at any byte of its answer gives a typed error`() async throws {
        try await withClient { client in
            for cut in 0..<CurlClientTests.whole.utf8.count {
                let bytes = CurlClientTests.whole.utf8.prefix(cut)
                let server = try ScriptedServer([.init(String(decoding: bytes, as: UTF8.self))])
                defer { server.stop() }
                var request = CurlRequest(method: "POST", url: "http://127.0.0.1:\(server.port)/", body: [1])
                request.timeout = .seconds(10)
                let error = await #expect(throws: CurlError.self, "cut after \(cut) bytes") {
                    try await client.send(request)
                }
                #expect(error?.outcomeUnknown == true, "cut after \(cut) bytes: \(String(describing: error))")
            }
        }
    }

    @Test(arguments: [
        "garbage\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n", "HTTP/1.1 2000000 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        "HTTP/1.1 200 OK\r\n\(String(repeating: "X: \(String(repeating: "y", count: 1000))\r\n", count: 400))\r\n",
        "\0\0\0\0",
    ])
    func `an answer that is no HTTP gives a typed error`(answer: String) async throws {
        let server = try ScriptedServer([.init(answer)])
        defer { server.stop() }
        try await withClient { client in
            await #expect(throws: CurlError.self) {
                try await client.send(CurlRequest(method: "POST", url: "http://127.0.0.1:\(server.port)/", body: [1]))
            }
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", 200, "hello"),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok", 201, "ok"),
        ("HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n", 302, ""),
        ("HTTP/1.0 200 OK\r\n\r\nuntil the end", 200, "until the end"),
        ("HTTP/1.1 204 No Content\r\n\r\n", 204, ""),
    ])
    func `an answer is read in each of its forms`(answer: String, status: Int, body: String) async throws {
        let server = try ScriptedServer([.init(answer)])
        defer { server.stop() }
        try await withClient { client in
            let response = try await client.send(CurlRequest(url: "http://127.0.0.1:\(server.port)/"))
            #expect(response.status == status)
            #expect(String(decoding: response.body, as: UTF8.self) == body)
        }
    }

    @Test func `what must not be sent twice is not, when a kept connection dies under it`() async throws {
        // The first connection answers once and closes after the next request was read: libcurl would repeat that one.
        let counted = Mutex(0)
        let handler = CountingHandler { counted.withLock { $0 += 1 } }
        try await withHTTP(handler) { base, server in
            try await withClient(loops: 1) { client in
                _ = try await client.send(CurlRequest(method: "POST", url: "\(base)/", body: [1]))
                let error = await #expect(throws: CurlError.self) {
                    try await client.send(CurlRequest(method: "POST", url: "\(base)/die", body: [1]))
                }
                #expect(error?.outcomeUnknown == true)
            }
        }
        #expect(counted.withLock { $0 } == 2)
    }

    @Test func `of 20,000 calls with half cancelled at random none is lost and nothing leaks`() async throws {
        try await withEcho { client, base in
            _ = try await client.send(CurlRequest(url: "\(base)/"))
            let before = openDescriptors()
            var outcomes = (answered: 0, cancelled: 0)
            for round in 0..<100 {
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    for index in 0..<200 {
                        group.addTask {
                            let call = Task { try await client.send(CurlRequest(url: "\(base)/\(index)")) }
                            if (round * 200 + index) % 2 == 0 {
                                for _ in 0..<(index % 7) { await Task.yield() }
                                call.cancel()
                            }
                            do {
                                let response = try await call.value
                                return response.status == 200
                            } catch CurlError.cancelled {
                                return false
                            }
                        }
                    }
                    for try await answered in group {
                        if answered { outcomes.answered += 1 } else { outcomes.cancelled += 1 }
                    }
                }
            }
            #expect(outcomes.answered + outcomes.cancelled == 20_000)
            #expect(outcomes.answered >= 10_000)
            // Connections are kept on purpose, and as many as were in flight at once at the most, on both sides.
            #expect(openDescriptors() - before < 2 * 2 * 200 + 50)
        }
    }

    @Test func `after the shutdown a call is refused and those in flight are ended`() async throws {
        let server = try ScriptedServer([.init("", staysOpen: true)])
        defer { server.stop() }
        let loops = try EventLoopGroup(count: 1)
        defer { loops.shutdown() }
        let client = try CurlClient(on: loops)
        let request = CurlRequest(url: "http://127.0.0.1:\(server.port)/")
        let call = Task { try await client.send(request) }
        try await eventually { server.connections == 1 }
        await client.shutdown()
        await #expect(throws: CurlError.self) { try await call.value }
        await #expect(throws: CurlError.cancelled(requestSent: false)) { try await client.send(request) }
    }
}

/// Answers once, and cuts the connection of a request to `/die` after it was read.
private struct CountingHandler: HTTPHandler {
    let count: @Sendable () -> Void

    func accept(_ head: HTTPRequest) -> HTTPAcceptance {
        .collect(limit: 100) { [count] request in
            count()
            guard request.path == "/die" else { return HTTPResponse(.ok) }
            return HTTPResponse(.ok) { _ in throw CancellationError() }
        }
    }
}
