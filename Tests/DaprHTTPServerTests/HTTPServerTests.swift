import DaprHTTP
import DaprHTTPServer
import Foundation
import Synchronization
import TestTools
import Testing

struct HTTPServerTests {
    @Test func `a refused head is answered without reading the body of a client that waits for 100 Continue`()
        async throws
    {
        try await withServer { port, _ in
            let received = try await blocking {
                let client = try RawClient(port: port)
                client.send("POST /refused HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 900\r\n\r\n")
                return client.receive()
            }
            #expect(received.statuses == [401])
            #expect(received.end == .closed)
        }
    }

    @Test func `a refused request keeps its connection, with a short body or without`() async throws {
        try await withServer { port, _ in
            let received = try await blocking {
                let client = try RawClient(port: port)
                client.send(
                    "GET /refused HTTP/1.1\r\nHost: x\r\n\r\nPOST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /next HTTP/1.1\r\nHost: x\r\n\r\n"
                )
                return client.receive(until: "/next")
            }
            #expect(received.statuses == [401, 401, 200])
        }
    }

    @Test(arguments: [
        ("Content-Length: 1001", ""), ("Transfer-Encoding: chunked", "3e9\r\n"),
    ])
    func `a body over the limit gets the handler's answer`(framing: String, chunk: String) async throws {
        try await withServer { port, _ in
            let received = try await blocking {
                let client = try RawClient(port: port)
                let end = chunk.isEmpty ? "" : "\r\n0\r\n\r\n"
                let body = String(repeating: "a", count: 1001)
                client.send("POST /x HTTP/1.1\r\nHost: x\r\n\(framing)\r\n\r\n\(chunk)\(body)\(end)")
                return client.receive(until: "over 1000")
            }
            #expect(received.statuses == [413])
            #expect(received.end == .marked)
        }
    }

    @Test func `a body that never ends is cut`() async throws {
        try await withServer { port, _ in
            let cut = try await blocking {
                let client = try RawClient(port: port)
                client.send("POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
                let chunk = Array("10000\r\n".utf8) + [UInt8](repeating: 65, count: 0x10000) + Array("\r\n".utf8)
                // 64 MiB, far more than is read and discarded.
                for _ in 0..<1024 where !client.send(chunk) { return true }
                return false
            }
            #expect(cut)
        }
    }

    @Test func `a streamed body arrives piece by piece, and over its limit as an error`() async throws {
        try await withServer(TestHandler(limit: 1 << 20)) { port, _ in
            for (count, answer) in [(1 << 20, "streamed 1048576"), ((1 << 20) + 1, "tooLarge")] {
                let received = try await blocking {
                    let client = try RawClient(port: port)
                    client.send("POST /streamed HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
                    var left = count
                    while left > 0 {
                        let size = min(left, 50_000)
                        client.send("\(String(size, radix: 16))\r\n")
                        client.send([UInt8](repeating: 65, count: size))
                        client.send("\r\n")
                        left -= size
                    }
                    client.send("0\r\n\r\n")
                    return client.receive(until: answer)
                }
                #expect(received.end == .marked, "\(received.text)")
            }
        }
    }

    @Test func `an answer is streamed as it is written, and cut when its writer fails`() async throws {
        struct Broken: Error {}
        let handler = TestHandler(responders: [
            "/pieces": { _ in
                HTTPResponse(.ok) { writer in
                    for number in 0..<100 {
                        try await writer.write(Array("piece \(number)\n".utf8))
                        await Task.yield()
                    }
                }
            },
            "/broken": { _ in
                HTTPResponse(.ok) { writer in
                    try await writer.write(Array("begun".utf8))
                    throw Broken()
                }
            },
        ])
        try await withServer(handler) { port, _ in
            let whole = try await blocking {
                let client = try RawClient(port: port)
                client.send("GET /pieces HTTP/1.1\r\nHost: x\r\n\r\n")
                return client.receive(until: "\r\n0\r\n\r\n")
            }
            #expect(whole.text.contains("piece 99"))
            #expect(whole.end == .marked)
            let cut = try await blocking {
                let client = try RawClient(port: port)
                client.send("GET /broken HTTP/1.1\r\nHost: x\r\n\r\n")
                return client.receive()
            }
            #expect(cut.text.contains("begun"))
            #expect(!cut.text.contains("\r\n0\r\n"))
            #expect(cut.end == .closed || cut.end == .reset)
        }
    }

    @Test func `a responder that waits is suspended and resumed, also on another thread`() async throws {
        let handler = TestHandler(responders: [
            "/waits": { request in
                try? await Task.sleep(for: .milliseconds(5))  // Cancelled only when the test is over.
                return HTTPResponse(.ok, body: request.body)
            }
        ])
        try await withServer(handler) { port, _ in
            let received = try await blocking {
                let client = try RawClient(port: port)
                for _ in 0..<20 { client.send("POST /waits HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi") }
                client.send("GET /end HTTP/1.1\r\nHost: x\r\n\r\n")
                return client.receive(until: "/end")
            }
            #expect(received.statuses == Array(repeating: 200, count: 21))
        }
    }

    @Test func `a responder that takes too long is cancelled and answered for`() async throws {
        let cancelled = Mutex(false)
        let handler = TestHandler(responders: [
            "/hangs": { _ in
                do { try await Task.sleep(for: .seconds(60)) } catch { cancelled.withLock { $0 = true } }
                return HTTPResponse(.ok)
            }
        ])
        try await withServer(handler, configuration: .local { $0.requestDeadline = .milliseconds(200) }) { port, _ in
            let received = try await blocking {
                let client = try RawClient(port: port)
                client.send("GET /hangs HTTP/1.1\r\nHost: x\r\n\r\n")
                return client.receive(until: "\r\n\r\n")
            }
            #expect(received.statuses == [504])
            try await eventually { cancelled.withLock { $0 } }
        }
    }

    @Test func `a responder may wait for longer than a connection may be silent`() async throws {
        let handler = TestHandler(responders: [
            "/slow": { _ in
                try? await Task.sleep(for: .milliseconds(2500))  // A cancelled sleep ends early.
                return HTTPResponse(.ok, body: Array("at last".utf8))
            }
        ])
        try await withServer(handler, configuration: .local { $0.idleTimeout = .seconds(1) }) { port, _ in
            let received = try await blocking {
                let client = try RawClient(port: port)
                client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
                return client.receive(until: "at last")
            }
            #expect(received.statuses == [200])
        }
    }

    @Test func `a client that drips its head is cut, and one that drips its body too`() async throws {
        try await withServer(
            configuration: .local {
                $0.headDeadline = .milliseconds(300)
                $0.requestDeadline = .milliseconds(300)
            }
        ) { port, _ in
            for beginning in ["GET /", "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n"] {
                let cut = try await blocking {
                    let client = try RawClient(port: port)
                    client.send(beginning)
                    for _ in 0..<200 {
                        guard client.send("a") else { return true }
                        if client.receive(silence: 20).end != .silent { return true }
                    }
                    return false
                }
                #expect(cut)
            }
        }
    }

    @Test func `a drain answers what is in flight and refuses what comes later`() async throws {
        let entered = Mutex(false)
        let drains = Mutex(false)
        let handler = TestHandler(responders: [
            "/slow": { _ in
                entered.withLock { $0 = true }
                // Cancelled only when the drain fails, which shows.
                try? await eventually { drains.withLock { $0 } }
                try? await Task.sleep(for: .milliseconds(500))
                return HTTPResponse(.ok, body: Array("finished".utf8))
            }
        ])
        try await withServer(handler) { port, server in
            async let received = blocking {
                let client = try RawClient(port: port)
                client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
                return client.receive()
            }
            try await eventually { entered.withLock { $0 } }
            drains.withLock { $0 = true }
            await server.drain(within: .seconds(30))
            let text = try await received.text
            #expect(text.contains("finished"))
            #expect(text.contains("Connection: close"))
            #expect(throws: POSIXError.self) { _ = try RawClient(port: port) }
        }
    }

    @Test func `a drain ends at its deadline, whatever a responder or a stream still does`() async throws {
        let entered = Mutex(0)
        let handler = TestHandler(responders: [
            "/hangs": { _ in
                entered.withLock { $0 += 1 }
                // A continuation that nobody resumes in time, so that cancelling does not help either.
                await withCheckedContinuation { later in
                    Thread.detachNewThread {
                        Thread.sleep(forTimeInterval: 1)
                        later.resume()
                    }
                }
                return HTTPResponse(.ok)
            },
            "/streams": { _ in
                HTTPResponse(.ok) { writer in
                    entered.withLock { $0 += 1 }
                    try await writer.write([65])
                    try await Task.sleep(for: .seconds(60))
                }
            },
        ])
        try await withServer(handler) { port, server in
            async let ends = blocking {
                let hanging = try RawClient(port: port)
                hanging.send("GET /hangs HTTP/1.1\r\nHost: x\r\n\r\n")
                let streaming = try RawClient(port: port)
                streaming.send("GET /streams HTTP/1.1\r\nHost: x\r\n\r\n")
                return [hanging.receive().end, streaming.receive().end]
            }
            try await eventually { entered.withLock { $0 } == 2 }
            await server.drain(within: .milliseconds(100))
            let received = try await ends
            #expect(!received.contains(.silent))
        }
    }

    @Test func `a unix socket is served, replaced when stale, and gone after the drain`() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("http-\(UUID().uuidString).sock").path
        for _ in 0..<2 {
            try await withServer(configuration: .local { $0.address = .unix(path: path) }) { _, _ in
                #expect(FileManager.default.fileExists(atPath: path))
            }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `a port in use is named`() async throws {
        try await withServer { port, _ in
            await #expect(throws: HTTPServerError.self) {
                try await withServer(configuration: .local { $0.address = .tcp(host: "localhost", port: port) }) {
                    _,
                    _ in
                }
            }
        }
    }
}
