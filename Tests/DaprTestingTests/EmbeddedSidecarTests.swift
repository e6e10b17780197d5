import Dapr
import DaprCurl
import DaprJSON
import DaprSidecar
import DaprSidecarHTTP
import DaprTesting
import TestSupport
import TestTools
import Testing

import struct DaprHTTP.HTTPResponse

struct EmbeddedSidecarTests {
    private static func request(_ method: String, _ path: String, _ body: String? = nil) -> DaprRequest {
        var request = DaprRequest(method: method, path: path, body: body.map { Array($0.utf8) })
        if body != nil { request.headers = [("Content-Type", "application/json")] }
        return request
    }

    /// Calls whose answers differ in status, head and body; each on the state that those before it left.
    private static let calls = [
        request("GET", "/v1.0/healthz/outbound"), request("GET", "/v1.0/state/statestore/none"),
        request("POST", "/v1.0/state/statestore", #"[{"key":"a","value":{"n":1}}]"#),
        request("POST", "/v1.0/state/statestore", #"[{"key":"b/c","value":"x"}]"#),
        request("GET", "/v1.0/state/statestore/a"), request("GET", "/v1.0/state/statestore/b%2Fc"),
        request("POST", "/v1.0/state/statestore/bulk", #"{"keys":["b/c","a","none"]}"#),
        request("POST", "/v1.0/state/statestore", #"[{"key":"a","value":2,"etag":"9"}]"#),
        request("POST", "/v1.0/state/statestore", "no json"), request("POST", "/v1.0/state/statestore"),
        request("POST", "/v1.0/state/other", "[]"), request("GET", "/v1.0/nothing"),
        request("PUT", "/v1.0/metadata/x", "1"),
        request(
            "POST",
            "/v1.0/state/statestore/transaction",
            #"{"operations":[{"operation":"delete","request":{"key":"a"}}]}"#
        ),
        request("DELETE", "/v1.0/state/statestore/b%2Fc"), request("POST", "/v1.0/publish/pubsub/t", "{}"),
        request("POST", "/v1.0/publish/none/t", "{}"), request("GET", "/v1.0/secrets/s/x"),
        request("GET", "/v1.0/state/statestore/%zz"), request("TRACE", "/v1.0/metadata"),
        request("GET", "/v1.0/invoke/x/method/y"),
    ]

    @Test func `every answer has the status, the head and the body that a socket gives`() async throws {
        let listening = try await ListeningSidecar.start(.init(runtime: .init(appID: "same")))
        let socket = try DaprCurlTransport(endpoint: try DaprEndpoint(parsing: "http://127.0.0.1:\(listening.port)"))
        try await EmbeddedSidecar.with(.init(appID: "same")) { embedded in
            for call in Self.calls {
                let (one, other) = (try await embedded.transport.send(call), try await socket.send(call))
                #expect(one.status == other.status, "\(call.method) \(call.path)")
                #expect(one.body == other.body, "\(call.path): \(String(decoding: other.body, as: UTF8.self))")
                let heads = [one, other].map { answer in answer.headers.filter { !Self.changing.contains($0.name) } }
                #expect(heads[0].elementsEqual(heads[1], by: ==), "\(call.method) \(call.path): \(heads)")
                #expect(one.headers.map(\.name) == other.headers.map(\.name), "\(call.method) \(call.path)")
            }
        }
        await socket.shutdown()
        #expect(await listening.stop())
    }

    /// Fields with the time or a random number.
    private static let changing = ["date", "traceparent"]

    @Test func `a date is written as HTTP has it`() async throws {
        try await EmbeddedSidecar.with(.init(appID: "a")) { sidecar in
            let answer = try await sidecar.transport.send(Self.request("GET", "/v1.0/healthz"))
            let date = try #require(answer.header("date"))
            #expect(date.wholeMatch(of: /\w{3}, \d\d \w{3} 20\d\d \d\d:\d\d:\d\d GMT/) != nil, "\(date)")
        }
    }

    @Test func `a client uses it as any other sidecar`() async throws {
        try await EmbeddedSidecar.with(.init(appID: "a")) { sidecar in
            let dapr = DaprClient(transport: sidecar.transport)
            try await dapr.saveState([StateItem("k", value: "v")], in: "statestore")
            #expect(try await dapr.getState("k", in: "statestore")?.value == Array("\"v\"".utf8))
        }
    }

    @Test func `events come to a handler in the process, and it is invoked`() async throws {
        let app = RecordingApp(topics: ["t"]) { request in
            HTTPResponse(.ok, headers: ["X-Saw": request.target], body: request.body)
        }
        var configuration = EmbeddedSidecar.Configuration(appID: "a")
        configuration.app = app
        try await EmbeddedSidecar.with(configuration) { sidecar in
            let published = try await sidecar.transport.send(
                Self.request("POST", "/v1.0/publish/pubsub/t", #"{"n":1}"#)
            )
            #expect(published.status == 204)
            try await eventually { app.requests.count == 1 }
            #expect(app.requests.first?.headers["content-type"] == "application/cloudevents+json")
            let answer = try await sidecar.transport.send(
                Self.request("POST", "/v1.0/invoke/a/method/do?x=1", #""me""#)
            )
            #expect(answer.status == 200)
            #expect(answer.header("x-saw") == "/do?x=1")
            #expect(answer.body == Array(#""me""#.utf8))
        }
    }

    @Test func `a time limit and a cancelled caller end a call, and the handler with it`() async throws {
        let app = RecordingApp { _ in
            // Ends when it is cancelled.
            try? await Task.sleep(for: .seconds(600))
            return HTTPResponse(.ok)
        }
        var configuration = EmbeddedSidecar.Configuration(appID: "a")
        configuration.app = app
        try await EmbeddedSidecar.with(configuration) { sidecar in
            var slow = Self.request("GET", "/v1.0/invoke/a/method/slow")
            slow.timeout = .milliseconds(30)
            await #expect(throws: DaprTransportError.timedOut) { try await sidecar.transport.send(slow) }
            slow.timeout = .seconds(600)
            let (asked, transport) = (slow, sidecar.transport)
            let call = Task { try await transport.send(asked) }
            try await eventually { app.requests.count == 2 }
            call.cancel()
            await #expect(throws: DaprTransportError.cancelled) { try await call.value }
        }
    }

    @Test func `an answer over the caller's limit is refused`() async throws {
        try await EmbeddedSidecar.with(.init(appID: "a")) { sidecar in
            var request = Self.request("GET", "/v1.0/metadata")
            request.maximumAnswerBytes = 10
            let asked = request
            await #expect(throws: DaprTransportError.answerTooLarge(limit: 10)) {
                try await sidecar.transport.send(asked)
            }
        }
    }
}
