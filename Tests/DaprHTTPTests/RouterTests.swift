import DaprHTTP
import Testing

struct RouterTests {
    private struct Refusals: RouterRefusals {
        func notFound(_ request: HTTPRequest) -> HTTPResponse { HTTPResponse(.notFound) }
        func methodNotAllowed(_ request: HTTPRequest, allowed: [HTTPMethod]) -> HTTPResponse {
            HTTPResponse(.methodNotAllowed, headers: ["Allow": allowed.map(\.rawValue).joined(separator: ", ")])
        }
        func badPath(_ request: HTTPRequest) -> HTTPResponse { HTTPResponse(.badRequest) }
        func tooLarge(_ request: HTTPRequest, limit: Int) -> HTTPResponse { HTTPResponse(.contentTooLarge) }
    }

    private static func echo(_ method: HTTPMethod, _ pattern: String) -> Route {
        Route(method, pattern) { _, parameters in
            let values = ["id", "user", "rest"].compactMap { name in parameters[name].map { "\(name)=\($0)" } }
            return HTTPResponse(.ok, body: Array("\(method) \(pattern) \(values.joined(separator: " "))".utf8))
        }
    }

    private static let router = Router(
        [
            echo(.get, "/"), echo(.get, "/tasks"), echo(.post, "/tasks"), echo(.get, "/tasks/{id}"),
            echo(.get, "/{user}/tasks/{id}"), echo(.get, "/tasks/special"), echo(.post, "/publish/{id}/{rest...}"),
        ],
        refusals: Refusals()
    )

    @Test(arguments: [
        (HTTPMethod.get, "/", "GET / "), (.get, "/tasks", "GET /tasks "), (.head, "/tasks", "GET /tasks "),
        (.get, "/tasks/special", "GET /tasks/special "), (.get, "/tasks/a%2Fb", "GET /tasks/{id} id=a/b"),
        (.get, "/ann/tasks/7", "GET /{user}/tasks/{id} id=7 user=ann"),
        (.post, "/publish/bus/a/b%20c", "POST /publish/{id}/{rest...} id=bus rest=a/b c"),
        (.get, "/tasks/%D0%BA", "GET /tasks/{id} id=к"),
        (.get, "/tasks/", "GET /tasks "), (.get, "/tasks/special/", "GET /tasks/special "),
        (.get, "/ann/tasks/7/", "GET /{user}/tasks/{id} id=7 user=ann"),
        (.post, "/publish/bus/a/", "POST /publish/{id}/{rest...} id=bus rest=a"),
    ])
    func `a path finds its route`(method: HTTPMethod, path: String, answer: String) async {
        let response = await RouterTests.router.respond(to: HTTPRequest(method: method, path: path))
        #expect(String(decoding: response.bytes, as: UTF8.self) == answer)
    }

    @Test(arguments: [
        (HTTPMethod.get, "/nothing", 404), (.get, "/tasks//", 404), (.get, "//tasks", 404), (.get, "//", 404),
        (.put, "/tasks", 405),
        (.post, "/publish/bus", 404), (.post, "/publish/bus/", 404), (.get, "/tasks/%zz", 400),
        (.get, "/tasks/%ff", 400), (.get, "/tasks/%00", 400),
    ])
    func `what has no route is refused`(method: HTTPMethod, path: String, status: Int) async {
        let response = await RouterTests.router.respond(to: HTTPRequest(method: method, path: path))
        #expect(response.status.code == status)
        if status == 405 { #expect(response.headers["allow"] == "GET, POST") }
    }

    @Test(arguments: [
        ("a=1&b=%20x+y&c", [("a", "1"), ("b", " x y"), ("c", "")]), ("", []), ("a=b=c", [("a", "b=c")]),
    ])
    func `a query is read as a form`(query: String, items: [(String, String)]) throws {
        let read = try #require(HTTPRequest(method: .get, path: "/", query: query).queryItems())
        #expect(read.map(\.name) == items.map(\.0))
        #expect(read.map(\.value) == items.map(\.1))
    }

    @Test func `a broken escape in the query is told`() {
        #expect(HTTPRequest(method: .get, path: "/", query: "a=%4").queryItems() == nil)
    }
}
