import DaprHTTP
import DaprJSON
import DoorSupport
import Testing
import WebFront

/// A door that is added to the list is served, guarded and described like the others.
struct DoorTests {
    private static let greetings = Door(
        endpoints: [
            Endpoint(
                method: .get,
                path: "/greetings/{user_id}",
                operation: Operation(
                    id: "greet",
                    summary: "Greet somebody",
                    tag: Operation.Tag("greetings", "Kind words."),
                    parameters: [.userID],
                    successes: [.json(.ok, "The greeting.", schema: "Greeting", [mood])],
                    refusals: [.unauthorized, .foreignUser, .methodNotAllowed, .contentTooLarge, tooLate],
                    security: .bearer
                ),
                work: .principal { (_, _, principal) async throws(WebFault) in
                    if principal.subject == "late" {
                        throw .refused(answerWhenLate, hiding: "tired")
                    }
                    return .json(.ok, ["greeting": .string("Good day, \(principal.subject)")])
                }
            ),
            Endpoint(
                method: .post,
                path: "/greetings/deliveries",
                operation: Operation(
                    id: "deliverGreeting",
                    summary: "Take a greeting from the sidecar",
                    tag: Operation.Tag("greetings", "Kind words."),
                    body: .event(limitInBytes: 100),
                    bodySchema: "Greeting",
                    successes: [.json(.ok, "It was taken.", schema: "Greeting")],
                    refusals: [.notTheSidecar, .notADelivery, .methodNotAllowed, .contentTooLarge],
                    security: .appAPIToken
                ),
                ports: [.app],
                work: .sidecar { _, _ in .json(.ok, ["greeting": "Thank you"]) }
            ),
        ],
        schemas: [("Greeting", Schema.object(["greeting": ["type": "string"]], required: ["greeting"]))]
    )

    private static let mood = ResponseHeader("X-Mood", "How it is meant.")
    private static let answerWhenLate = ErrorAnswer(
        ErrorCode("TOO_LATE", .gone, "It is too late", remedy: "Come tomorrow."),
        message: "Come tomorrow."
    )
    private static let tooLate = RefusalDescription(
        "TooLate",
        [.refused(answerWhenLate)],
        headers: [.retryAfter]
    )

    private static func harness() throws -> APIHarness { try APIHarness { $0.moreDoors = [greetings] } }

    @Test func `its endpoints are served behind the gate and in the frame`() async throws {
        let api = try Self.harness()
        let answer = try await api.send(.get, "/greetings/demo", as: "demo")
        #expect(answer.status == 200)
        #expect(answer.json == ["greeting": "Good day, demo"])
        #expect(answer.headers["X-Correlation-ID"] != nil)
        #expect(answer.headers["X-Content-Type-Options"] == "nosniff")
        #expect(try await api.send(.get, "/greetings/demo", as: nil).code == "TOKEN_MISSING")
        #expect(try await api.send(.get, "/greetings/demo", as: "ada").code == "FOREIGN_USER")
        #expect(try await api.send(.put, "/greetings/demo").headers["Allow"] == "GET, HEAD, OPTIONS")
        #expect(api.metric(#"http_requests_total{method="GET",route="/greetings/{user_id}",status="200"}"#) == "1")
        #expect(try await api.send(.get, "/api/tasks").status == 200)
    }

    @Test func `it refuses in words of its own, and what it hides is in the log`() async throws {
        let api = try Self.harness()
        let answer = try await api.send(.get, "/greetings/late", as: "late")
        #expect(answer.status == 410)
        #expect(answer.json == ["error": ["code": "TOO_LATE", "message": "Come tomorrow.", "details": [:]]])
        #expect(try api.lines().first?["failure"] == "tired")
    }

    @Test func `an endpoint is on its ports only`() async throws {
        let api = try Self.harness()
        let body = Array("{}".utf8)
        let type = "application/cloudevents+json"
        #expect(await api.send(api.app, .post, "/greetings/deliveries", [:], type, body).status == 200)
        // What is there for clients is the other row's path.
        #expect(await api.send(api.publicAPI, .post, "/greetings/deliveries", [:], type, body).status == 405)
        #expect(await api.send(api.metricsHandler, .get, "/greetings/demo").status == 404)
    }

    @Test func `the document describes it, and the others as before`() async throws {
        let (plain, api) = (try APIHarness(), try Self.harness())
        let document = await api.send(api.publicAPI, .get, "/openapi.json").json
        let before = await plain.send(plain.publicAPI, .get, "/openapi.json").json
        let paths = try #require(document["paths"]?.objectValue)
        let operation = paths["/greetings/{user_id}"]?["get"]
        #expect(operation?["operationId"] == "greet")
        #expect(operation?["responses"]?["410"] == ["$ref": "#/components/responses/TooLate"])
        #expect(paths["/greetings/deliveries"] == nil)
        for (path, item) in try #require(before["paths"]?.objectValue) { #expect(paths[path] == item, "\(path)") }
        let components = document["components"]
        #expect(components?["schemas"]?["Greeting"]?["required"] == ["greeting"])
        let tooLate = components?["responses"]?["TooLate"]
        #expect(tooLate?["headers"]?["Retry-After"] != nil)
        #expect(tooLate?["description"] == "`TOO_LATE`: It is too late.")
        #expect(components?["headers"]?["X-Mood"]?["description"] == "How it is meant.")
        #expect(document["tags"]?.arrayValue?.contains(["name": "greetings", "description": "Kind words."]) == true)
        let code = document["x-error-codes"]?.arrayValue?.first { $0["code"] == "TOO_LATE" }
        #expect(code?["status"] == 410)
        #expect(code?["meaning"] == "It is too late")
        #expect(api.errors.answers.contains { $0.code.name == "TOO_LATE" })
    }
}
