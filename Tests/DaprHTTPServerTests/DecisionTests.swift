import DaprHTTP
import DaprHTTPServer
import TestTools
import Testing

/// Heads that are decided on after a while.
struct DecisionTests {
    /// Decides when a gate lets it; `/no` is refused.
    private struct Deciding: HTTPHandler {
        let gate: Gate
        var limit = 1000

        init(_ gate: Gate) { self.gate = gate }

        func accept(_ head: HTTPRequest) -> HTTPAcceptance {
            if head.path == "/now" { return .later { decision(head) } }
            return .later {
                await gate.pass()
                return decision(head)
            }
        }

        private func decision(_ head: HTTPRequest) -> HTTPAcceptance {
            if head.path == "/no" { return .refuse(HTTPResponse(.unauthorized, body: Array("no".utf8))) }
            if head.path == "/twice" { return .later { TestHandler(limit: limit).accept(head) } }
            return TestHandler(limit: limit).accept(head)
        }

        func tooLarge(_ head: HTTPRequest, limit: Int) -> HTTPResponse { HTTPResponse(.contentTooLarge) }

        func deadlinePassed(_ head: HTTPRequest) -> HTTPResponse { HTTPResponse(.gatewayTimeout) }
    }

    @Test(arguments: [
        ("GET /a", "", "GET /a"), ("GET /twice", "", "GET /twice"), ("POST /b", "hello", "POST /b hello"),
        ("POST /streamed", "hello", "streamed 5"), ("POST /now", "hello", "POST /now hello"),
    ])
    func `a request is answered when its head was decided on, and its connection goes on`(
        line: String,
        body: String,
        answer: String
    ) async throws {
        let gate = Gate()
        try await withServer(Deciding(gate)) { port, _ in
            async let received = blocking {
                let client = try RawClient(port: port)
                client.send("\(line) HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
                client.send("GET /next HTTP/1.1\r\nHost: x\r\n\r\n")
                return client.receive(until: "GET /next")
            }
            if !line.hasSuffix("/now") { try await eventually("the head is looked at") { gate.count == 1 } }
            gate.open()
            let text = try await received.text
            #expect(text.contains(answer))
            #expect(RawClient.Received.statuses(in: text) == [200, 200])
        }
    }

    @Test func `nothing of a body is asked for before the head was decided on`() async throws {
        for (path, isTaken) in [("/b", true), ("/no", false)] {
            let gate = Gate()
            try await withServer(Deciding(gate)) { port, _ in
                let (early, late) = try await blocking {
                    let client = try RawClient(port: port)
                    client.send("POST \(path) HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
                    while gate.count == 0 { client.pause(milliseconds: 2) }
                    let early = client.receive(silence: 200)
                    gate.open()
                    let late = client.receive(until: isTaken ? "100 Continue\r\n\r\n" : "no")
                    if isTaken {
                        client.send("ab")
                        return (early, client.receive(until: "POST /b ab"))
                    }
                    return (early, late)
                }
                #expect(early.end == .silent)
                #expect(early.bytes.isEmpty)
                #expect(late.statuses == [isTaken ? 200 : 401])
            }
        }
    }

    @Test func `a body that is too long is refused after the decision, unread`() async throws {
        let gate = Gate(isOpen: true)
        try await withServer(Deciding(gate)) { port, _ in
            let received = try await blocking {
                let client = try RawClient(port: port)
                client.send("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n")
                return client.receive()
            }
            #expect(received.statuses == [413])
        }
    }

    @Test func `a decision that does not come is answered at the request's deadline`() async throws {
        let gate = Gate()
        try await withServer(Deciding(gate), configuration: .local { $0.requestDeadline = .milliseconds(200) }) {
            port,
            _ in
            let received = try await blocking {
                let client = try RawClient(port: port)
                client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
                return client.receive(until: "\r\n\r\n")
            }
            #expect(received.statuses == [504])
            // What is decided later changes nothing.
            gate.open()
        }
    }

    @Test func `a drain answers what was decided in its time, and ends what was not`() async throws {
        let gate = Gate()
        try await withServer(Deciding(gate)) { port, server in
            async let received = blocking {
                let client = try RawClient(port: port)
                client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
                return client.receive()
            }
            try await eventually("the head is looked at") { gate.count == 1 }
            async let drained: Void = server.drain(within: .seconds(30))
            try await Task.sleep(for: .milliseconds(50))
            gate.open()
            await drained
            #expect(try await received.statuses == [200])
        }
        let closed = Gate()
        try await withServer(Deciding(closed)) { port, server in
            async let received = blocking {
                let client = try RawClient(port: port)
                client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na")
                return client.receive()
            }
            try await eventually("the head is looked at") { closed.count == 1 }
            await server.drain(within: .milliseconds(100))
            #expect(try await received.statuses.allSatisfy { $0 == 504 })
            closed.open()
        }
    }

    @Test func `in this process a decision is waited for too`() async throws {
        let gate = Gate()
        async let outcome = HTTPLoopback(to: Deciding(gate), now: { 0 }).send(method: "POST", target: "/b", body: [97])
        try await eventually("the head is looked at") { gate.count == 1 }
        gate.open()
        guard case .answered(let answer) = await outcome else {
            Issue.record("no answer")
            return
        }
        #expect(String(decoding: answer.body, as: UTF8.self) == "POST /b a")
    }
}
