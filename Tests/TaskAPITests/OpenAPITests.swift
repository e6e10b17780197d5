import DaprHTTP
import DaprJSON
import DoorSupport
import Testing
import WebFront

@testable import TaskAPI

struct OpenAPITests {
    private static func document(_ path: String = "/openapi.json") async throws -> JSONValue {
        let api = try APIHarness()
        let answer = await api.send(api.app, .get, path)
        #expect(answer.status == 200)
        #expect(answer.headers["Content-Type"] == "application/json")
        return answer.json
    }

    private static let methods: Set<String> = ["get", "post", "put", "patch", "delete"]

    @Test func `every route is in the document, and every operation of the document is a route`() async throws {
        let api = try APIHarness()
        let paths = try #require(try await Self.document()["paths"]?.objectValue)
        let routes = Set(
            api.app.endpoints.map { "\($0.method.rawValue.lowercased()) \($0.path.replacing("...}", with: "}"))" }
        )
        var documented: Set<String> = []
        for (path, item) in paths {
            for (method, _) in try #require(item.objectValue) { documented.insert("\(method) \(path)") }
        }
        #expect(documented == routes)
        #expect(routes.count == api.app.endpoints.count)
        #expect(!routes.isEmpty)
    }

    @Test func `every documented operation is answered by its route`() async throws {
        let api = try APIHarness()
        for (path, item) in try #require(try await Self.document()["paths"]?.objectValue) {
            for (method, operation) in try #require(item.objectValue) {
                let target = path.replacing("{user_id}", with: "demo").replacing("{id}", with: "x")
                let body = operation["requestBody"] == nil ? nil : "{}"
                let answer = try await api.send(HTTPMethod(rawValue: method.uppercased()), target, body: body)
                #expect(answer.code != "PATH_NOT_FOUND" && answer.status != 405, "\(method) \(path)")
                let responses = try #require(operation["responses"]?.objectValue)
                #expect(responses["\(answer.status)"] != nil, "\(method) \(path) answered \(answer.status)")
            }
        }
    }

    @Test func `an operation is whole: identifier, responses, parameters of its path`() async throws {
        var identifiers: Set<String> = []
        for (path, item) in try #require(try await Self.document()["paths"]?.objectValue) {
            for (method, operation) in try #require(item.objectValue) {
                let name = "\(method) \(path)"
                #expect(Self.methods.contains(method))
                let id = try #require(operation["operationId"]?.stringValue)
                #expect(identifiers.insert(id).inserted, "\(id) stands twice")
                #expect(operation["summary"]?.stringValue?.isEmpty == false)
                let responses = try #require(operation["responses"]?.objectValue)
                #expect(responses.keys.contains { $0.hasPrefix("2") })
                #expect(responses["405"] != nil)
                let inPath = Set(path.matches(of: /\{(\w+)\}/).map { String($0.output.1) })
                var declared: Set<String> = []
                for parameter in operation["parameters"]?.arrayValue ?? [] where parameter["in"] == "path" {
                    #expect(parameter["required"] == true)
                    declared.insert(parameter["name"]?.stringValue ?? "")
                }
                #expect(declared == inPath, "\(name)")
                guard path.hasPrefix("/api/") else { continue }
                #expect(operation["security"] == [["bearer": []]])
                for status in ["400", "401", "413", "500", "503"] {
                    #expect(responses[status] != nil, "\(name) \(status)")
                }
                #expect((responses["403"] != nil) == path.contains("{user_id}"), "\(name)")
                #expect((responses["404"] != nil) == (path.contains("{id}") || path.hasSuffix("/batch")), "\(name)")
                #expect((responses["415"] != nil) == (method != "get"), "\(name)")
                #expect(
                    (responses["412"] != nil) == (path.contains("{id}") && method != "get" || path.hasSuffix("/batch")),
                    "\(name)"
                )
            }
        }
    }

    @Test func `every reference leads somewhere, and every component is used`() async throws {
        let document = try await Self.document()
        var references: Set<String> = []
        func collect(_ value: JSONValue) {
            if let reference = value["$ref"]?.stringValue { references.insert(reference) }
            for (_, member) in value.objectValue ?? [:] { collect(member) }
            for element in value.arrayValue ?? [] { collect(element) }
        }
        collect(document)
        for reference in references {
            var found: JSONValue? = document
            for part in reference.dropFirst(2).split(separator: "/") { found = found?[String(part)] }
            #expect(found != nil, "\(reference)")
        }
        for kind in ["schemas", "responses", "headers"] {
            for name in document["components"]?[kind]?.objectValue?.keys ?? [] {
                #expect(references.contains("#/components/\(kind)/\(name)"), "\(kind)/\(name) is not used")
            }
        }
    }

    @Test func `a replacement may have what a task has`() async throws {
        let schemas = try await Self.document()["components"]?["schemas"]
        let task = try #require(schemas?["Task"]?["properties"]?.objectValue)
        let replacement = try #require(schemas?["TaskReplacement"]?["properties"]?.objectValue)
        let draft = try #require(schemas?["TaskDraft"]?["properties"]?.objectValue)
        #expect(replacement.keys == task.keys)
        for (name, schema) in replacement { #expect((schema["readOnly"] == true) == (draft[name] == nil), "\(name)") }
    }

    @Test func `a refusal's examples are its codes, in both forms`() async throws {
        let document = try await Self.document()
        let responses = try #require(document["components"]?["responses"]?.objectValue)
        #expect(!responses.isEmpty)
        for (name, response) in responses {
            let content = response["content"]
            let json = try #require(content?["application/json"]?["examples"]?.objectValue)
            let problem = try #require(content?["application/problem+json"]?["examples"]?.objectValue)
            #expect(json.keys == problem.keys && !json.isEmpty)
            for (code, example) in json { #expect(example["value"]?["error"]?["code"] == .string(code), "\(name)") }
            for (code, example) in problem { #expect(example["value"]?["code"] == .string(code), "\(name)") }
        }
    }

    @Test func `a refusal has one of the codes of its response`() async throws {
        let api = try APIHarness()
        let document = try await Self.document()
        for (method, path, body) in [
            (HTTPMethod.get, "/api/tasks/1", nil), (.post, "/api/tasks", "{"), (.post, "/api/tasks", "{}"),
            (.put, "/api/tasks/1", #"{"title":"x","title":"x"}"#), (.get, "/api/ada/tasks", nil),
        ] as [(HTTPMethod, String, String?)] {
            let answer = try await api.send(method, path, body: body)
            let pattern = path.replacing("/1", with: "/{id}").replacing("ada", with: "{user_id}")
            let operation = document["paths"]?[pattern]?[method.rawValue.lowercased()]
            let reference = operation?["responses"]?["\(answer.status)"]?["$ref"]?.stringValue
            let name = try #require(reference?.split(separator: "/").last)
            let content = document["components"]?["responses"]?[String(name)]?["content"]?["application/json"]
            let code = content?["schema"]?["allOf"]?[1]?["properties"]?["error"]?["properties"]?["code"]
            #expect(code?["enum"]?.arrayValue?.contains(.string(answer.code ?? "")) == true, "\(answer.text)")
        }
    }

    @Test func `a 405 declares Allow, a 429 and a 503 Retry-After`() async throws {
        let responses = try await Self.document()["components"]?["responses"]
        #expect(responses?["MethodNotAllowed"]?["headers"]?["Allow"] != nil)
        #expect(responses?["TooManyRequests"]?["headers"]?["Retry-After"] != nil)
        #expect(responses?["Unavailable"]?["headers"]?["Retry-After"] != nil)
        #expect(responses?["Unauthorized"]?["headers"]?["WWW-Authenticate"] != nil)
    }

    @Test func `a stored task has exactly the fields of its schema`() async throws {
        let api = try APIHarness()
        let created = try await api.send(.post, "/api/tasks", body: #"{"title":"x"}"#)
        let task = try await Self.document()["components"]?["schemas"]?["Task"]
        #expect(created.json.objectValue?.keys == task?["properties"]?.objectValue?.keys)
        #expect(task?["required"]?.arrayValue?.compactMap(\.stringValue).sorted() == created.json.objectValue?.keys)
        for name in ["TaskDraft", "TaskPatch", "TaskReplacement"] {
            let fields = try await Self.document()["components"]?["schemas"]?[name]?["properties"]?.objectValue?.keys
            for field in try #require(fields) {
                let answer = try await api.send(.post, "/api/tasks", body: #"{"title":"x","\#(field)":null}"#)
                #expect(answer.faults[field] != "UNKNOWN_FIELD", "\(name).\(field)")
            }
        }
    }

    @Test func `the document says what it is`() async throws {
        let document = try await Self.document()
        #expect(document["openapi"] == "3.1.0")
        #expect(document["components"]?["securitySchemes"]?["bearer"]?["scheme"] == "bearer")
        let tags = try #require(document["tags"]?.arrayValue).compactMap { $0["name"]?.stringValue }
        var used: Set<String> = []
        for (_, item) in try #require(document["paths"]?.objectValue) {
            for (_, operation) in try #require(item.objectValue) {
                used.formUnion((operation["tags"]?.arrayValue ?? []).compactMap(\.stringValue))
            }
        }
        #expect(Set(tags) == used, "each tag is described, and used")
        #expect(tags.count == used.count)
    }
}
