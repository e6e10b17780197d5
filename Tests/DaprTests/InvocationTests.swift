import Dapr
import TestSupport
import Testing

struct InvocationTests {
    @Test func `the app's answer comes back as it is`() async throws {
        let stub = StubTransport(.json(418, #"{"error":"teapot"}"#, headers: [("x-own", "kept")]))
        let answer = try await DaprClient(transport: stub).invokeMethod(
            "/echo/a b",
            of: "contract.ns",
            httpMethod: "PUT",
            query: [("x", "1"), ("y", "a&b")],
            headers: [("x-custom", "there")],
            json: Array("{}".utf8)
        )
        #expect(answer.status == 418)
        #expect(answer.header("x-own") == "kept")
        #expect(answer.body == Array(#"{"error":"teapot"}"#.utf8))
        let request = try #require(stub.requests.first)
        #expect(request.method == "PUT")
        #expect(request.path == "/v1.0/invoke/contract.ns/method/echo/a%20b?x=1&y=a%26b")
        #expect(request.header("x-custom") == "there")
        #expect(request.header("content-type") == "application/json")
    }

    @Test func `the caller's content type stays, and a call without body has none`() async throws {
        let stub = StubTransport(.status(200), .status(200))
        let dapr = DaprClient(transport: stub)
        _ = try await dapr.invokeMethod(
            "m",
            of: "a",
            httpMethod: "POST",
            headers: [("Content-Type", "text/plain")],
            json: [0x31]
        )
        _ = try await dapr.invokeMethod("", of: "a")
        #expect(
            stub.requests[0].headers.filter { $0.name.lowercased() == "content-type" }.map(\.value) == ["text/plain"]
        )
        #expect(stub.requests[1].headers.isEmpty)
        #expect(stub.requests[1].path == "/v1.0/invoke/a/method/")
    }

    @Test(arguments: [
        (404, #"{"error":"no such order"}"#), (500, #"{"error":"down"}"#), (403, ""), (401, ""), (503, "busy"),
    ])
    func `an error of the app is not the sidecar's`(status: Int, body: String) async throws {
        let answer = try await DaprClient(transport: StubTransport(.json(status, body))).invokeMethod("m", of: "a")
        #expect(answer.status == status)
    }

    @Test(arguments: [
        (
            "GET", 500, "failed to invoke, id: nobody, err: couldn't find service: nobody", DaprError.Kind.notFound,
            false
        ),
        ("POST", 500, "failed to invoke, id: nobody, err: couldn't find service: nobody", .notFound, false),
        ("GET", 500, "failed to invoke, id: nobody, err: context deadline exceeded", .refused, false),
        ("POST", 500, "failed to invoke, id: nobody, err: context deadline exceeded", .outcomeUnknown, true),
        ("POST", 403, "access control policy has denied access", .refused, false),
        ("GET", 404, "failed getting app id", .notFound, false),
    ])
    func `a sidecar that does not reach the app is an error`(
        method: String,
        status: Int,
        message: String,
        kind: DaprError.Kind,
        unknown: Bool
    ) async throws {
        let stub = StubTransport(.json(status, #"{"errorCode":"ERR_DIRECT_INVOKE","message":"\#(message)"}"#))
        let error = try await #require(throws: DaprError.self) {
            try await DaprClient(transport: stub).invokeMethod("m", of: "nobody", httpMethod: method)
        }
        #expect(error.kind == kind)
        #expect(error.outcomeUnknown == unknown)
        #expect(error.component == "nobody")
    }

    @Test func `a wrong API token is the sidecar's refusal`() async throws {
        let stub = StubTransport(.response(DaprResponse(status: 401, body: Array("invalid api token\n".utf8))))
        let error = try await #require(throws: DaprError.self) {
            try await DaprClient(transport: stub).invokeMethod("m", of: "a")
        }
        #expect(error.kind == .refused)
    }

    @Test(arguments: ["a/../b", "./a", "..", "a?x=1", "a#b", "a\u{0}", "a\nb"])
    func `a path that the sidecar would take for another is not sent`(path: String) async throws {
        let stub = StubTransport()
        let error = try await #require(throws: DaprError.self) {
            try await DaprClient(transport: stub).invokeMethod(path, of: "a")
        }
        #expect(error.kind == .invalidArgument)
        #expect(stub.requests.isEmpty)
    }

    @Test(arguments: ["", "GE T", "GET\r\nx: y"])
    func `a method that is no token is not sent`(method: String) async throws {
        let stub = StubTransport()
        let error = try await #require(throws: DaprError.self) {
            try await DaprClient(transport: stub).invokeMethod("m", of: "a", httpMethod: method)
        }
        #expect(error.kind == .invalidArgument)
        #expect(!error.description.contains("x: y"))
        #expect(stub.requests.isEmpty)
    }
}
