import DaprHTTP
import DaprJSON
import DoorSupport
import Testing

/// Every example of the document is sent, and answered as the document shows.
struct OpenAPIExampleTests {
    /// An operation of the document, ready to be sent.
    struct Row {
        let id: String
        let method: HTTPMethod
        let target: String
        let type: String?
        let body: JSONValue?
        /// Bodies of other types, which are answered with the same status.
        let others: [(type: String, body: JSONValue)]
        /// Whether the document refers to a schema of an answer.
        let hasSchema: Bool
        /// The status and the body of the answer that is shown.
        let status: Int
        let answer: JSONValue?
    }

    /// What has to be done before an operation, after the task was created and its event delivered.
    private static let before = ["reopenTask": ["completeTask"], "reopenTaskOfUser": ["completeTask"]]

    private static func rows() async throws -> [String: Row] {
        let api = try APIHarness()
        let document = await api.send(api.app, .get, "/openapi.json").json
        var rows: [String: Row] = [:]
        for (path, item) in try #require(document["paths"]?.objectValue) {
            for (method, operation) in try #require(item.objectValue) {
                let row = try row(path, HTTPMethod(rawValue: method.uppercased()), operation)
                rows[row.id] = row
            }
        }
        return rows
    }

    private static func row(_ path: String, _ method: HTTPMethod, _ operation: JSONValue) throws -> Row {
        let id = try #require(operation["operationId"]?.stringValue)
        var target = path
        for parameter in operation["parameters"]?.arrayValue ?? [] where parameter["in"] == "path" {
            let name = try #require(parameter["name"]?.stringValue)
            let example = try #require(parameter["example"]?.stringValue, "\(id): \(name) has no example")
            target = target.replacing("{\(name)}", with: example)
        }
        let content = operation["requestBody"]?["content"]?.objectValue
        let body = content?.first { $0.value["example"] != nil }
        #expect((content == nil) == (body == nil), "\(id): the request has no example of its body")
        let responses = try #require(operation["responses"]?.objectValue)
        let status = try #require(responses.keys.filter { $0.hasPrefix("2") }.min())
        let media = responses[status]?["content"]?.objectValue?.first { _ in true }?.value
        return Row(
            id: id,
            method: method,
            target: target,
            type: body?.key,
            body: body?.value["example"],
            others: (content ?? [:]).flatMap { type, media in
                (media["examples"]?.objectValue ?? [:]).compactMap { _, example in example["value"].map { (type, $0) } }
            },
            hasSchema: media?["schema"]?["$ref"] != nil,
            status: try #require(Int(status)),
            answer: media?["example"]
        )
    }

    private static func send(_ row: Row, _ api: APIHarness) async throws -> Answer {
        let body = row.body.map { String(decoding: $0.serialized(), as: UTF8.self) }
        return try await api.send(row.method, row.target, type: row.type, body: body)
    }

    @Test func `each is answered as the document shows`() async throws {
        let rows = try await Self.rows()
        #expect(!rows.isEmpty)
        for row in rows.values {
            let api = try APIHarness()
            if row.id != "createTask", row.id != "createTaskOfUser" {
                for id in ["createTask", "taskEvent"] + (Self.before[row.id] ?? []) {
                    let answer = try await Self.send(try #require(rows[id]), api)
                    try #require(answer.status < 300, "\(id) before \(row.id): \(answer.text)")
                }
            }
            let answer = try await Self.send(row, api)
            #expect(answer.status == row.status, "\(row.id): \(answer.text)")
            #expect(!row.hasSchema || row.answer != nil, "\(row.id): the answer has no example")
            if let shown = row.answer { #expect(answer.json == shown, "\(row.id)") }
            for (type, body) in row.others {
                let api = try APIHarness()
                _ = try await Self.send(try #require(rows["createTask"]), api)
                let text = String(decoding: body.serialized(), as: UTF8.self)
                let other = try await api.send(row.method, row.target, type: type, body: text)
                #expect(other.status == row.status, "\(row.id), \(type): \(other.text)")
            }
        }
    }
}
