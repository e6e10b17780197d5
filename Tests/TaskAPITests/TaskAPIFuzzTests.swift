import DaprHTTP
import DaprJSON
import DoorSupport
import TestTools
import Testing

@testable import TaskAPI

/// Tasks with all sorts of text, and requests that were changed at random: what was taken is found by its bytes, and a fault of the caller is no
/// fault of the server.
@Suite struct TaskAPIFuzzTests {
    /// Texts that Unicode holds for equivalent, marks without anything before them, and what sorts or folds oddly.
    private static let texts = [
        "\u{E9}", "e\u{301}", "K", "\u{212A}", "k", "\u{301}x", "q\u{307}\u{323}", "q\u{323}\u{307}", "a", "A",
        "x\u{FE0F}", "\u{AC00}",
        "\u{1100}\u{1161}", ";", "\u{37E}", "\u{C5}", "\u{212B}", "\u{1F600}\u{200D}\u{1F600}", "\u{DF}", "\u{130}",
        "%C3%A9", "a\u{34F}b",
    ]
    private static let users = ["demo", "\u{E9}", "e\u{301}"]
    private static let words =
        texts + [
            "{", "}", "[", "]", ":", ",", "\"", "\\u0000", "\\ud800", "null", "1e400", "title", "tags", "completed",
            "due_date", "\u{0}", "&", "=", "?",
            "%", "%2F", "%zz", "/", "..", "limit", "cursor", "sort=-title", "tag=", "since", "-1",
            "9223372036854775808", "\u{301}", "*", "W/", "\"1\"",
        ]

    private struct Made {
        let user: String
        let id: String
        let tags: [String]
    }

    @Test func `whatever texts tasks have, a list has those that were asked for, each once`() async throws {
        try await Fuzzing.run("task lists", reaching: ["found", "nothing"]) { numbers in
            let api = try APIHarness()
            var made: [Made] = []
            for _ in 0...numbers.below(12) { made.append(try await Self.make(api, &numbers)) }
            var found = 0
            for user in Self.users {
                for tag in [nil, numbers.pick(Self.texts), made[0].tags.first] {
                    let wanted = made.filter { task in
                        Self.isSame(task.user, user)
                            && tag.map { tag in task.tags.contains { Self.isSame($0, tag) } } ?? true
                    }
                    let ids = try await Self.list(api, as: user, tag, &numbers)
                    guard ids.sorted() == wanted.map(\.id).sorted() else {
                        throw Violation(
                            "\(ids.count) and not \(wanted.count) tasks of \(user.debugDescription) with \(tag.debugDescription)"
                        )
                    }
                    if tag != nil { found += ids.count }
                }
            }
            return found > 0 ? "found" : "nothing"
        }
    }

    private static func isSame(_ one: String, _ other: String) -> Bool { one.utf8.elementsEqual(other.utf8) }

    /// Makes a task of texts, and finds them again in the answer, byte for byte.
    private static func make(_ api: APIHarness, _ numbers: inout SeededRandom) async throws -> Made {
        var tags: [String] = []
        for _ in 0..<numbers.below(6) {
            let tag = numbers.pick(texts) + (numbers.oneIn(2) ? numbers.pick(texts) : "")
            if !tags.contains(where: { isSame($0, tag) }) { tags.append(tag) }
        }
        let (user, title, description) = (numbers.pick(users), numbers.pick(texts), numbers.pick(texts))
        let body: JSONValue = [
            "title": .string(title), "description": .string(description), "tags": .array(tags.map { .string($0) }),
        ]
        let text = String(decoding: body.serialized(), as: UTF8.self)
        let answer = try await api.send(.post, "/api/tasks", as: user, body: text)
        guard answer.status == 201, let id = answer.json["id"]?.stringValue,
            let kept = answer.json["tags"]?.arrayValue?.compactMap(\.stringValue)
        else { throw Violation("\(answer.status) to \(text): \(answer.text)") }
        guard isSame(answer.json["title"]?.stringValue ?? "", title), kept.count == tags.count,
            isSame(answer.json["description"]?.stringValue ?? "", description),
            zip(kept, tags).allSatisfy({ isSame($0, $1) })
        else { throw Violation("\(text) became \(answer.text)") }
        return Made(user: user, id: id, tags: tags)
    }

    /// The identifiers of all pages of a list, in a random order and with a random page size.
    private static func list(
        _ api: APIHarness,
        as user: String,
        _ tag: String?,
        _ numbers: inout SeededRandom
    ) async throws -> [String] {
        let sort = numbers.pick([
            "created_at", "-updated_at", "title", "-title", "priority", "-due_date", "status,-title",
            "due_date,-priority",
        ])
        let first = "/api/tasks?limit=\(1 + numbers.below(4))&sort=\(sort)" + (tag.map { "&tag=\(escaped($0))" } ?? "")
        var ids: [String] = []
        var target: String? = first
        while let next = target {
            let answer = try await api.send(.get, next, as: user)
            guard answer.status == 200, ids.count < 100 else {
                throw Violation("\(answer.status) to \(next): \(answer.text)")
            }
            ids += answer.json["items"]?.arrayValue?.compactMap { $0["id"]?.stringValue } ?? []
            target = answer.json["next_cursor"]?.stringValue.map { "\(first)&cursor=\(escaped($0))" }
        }
        return ids
    }

    private static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
        }.joined()
    }

    private static let requests: [(method: HTTPMethod, target: String, type: String?, body: String?)] = [
        (
            .post, "/api/tasks", "application/json",
            #"{"title":"é","tags":["e\u0301","K"],"due_date":"2026-01-02T03:04:05Z"}"#
        ),
        (.get, "/api/tasks?tag=%C3%A9&sort=-title&limit=3", nil, nil), (.get, "/api/tasks/ID", nil, nil),
        (
            .get,
            "/api/tasks?filter=due%20%3C%20today%2B7d%20and%20not%20tag%20has%20%22%C3%A9%22&q=%22x%20y%22%20%C3%A9&sort=rank,-due_date"
                + "&due=before:2026-01-02&fields=id,title&include=counts&tz=Europe/Berlin",
            nil, nil
        ),
        (
            .patch, "/api/tasks/ID", "application/merge-patch+json",
            #"{"tags":["\u212A"],"description":null,"status":"completed"}"#
        ),
        (.put, "/api/tasks/ID", "application/json", #"{"title":"x","priority":"high"}"#),
        (.delete, "/api/tasks/ID", nil, nil),
        (.get, "/api/tasks/ID/history?limit=2", nil, nil), (.get, "/api/changes?since=0&limit=2", nil, nil),
        (.get, "/api/users/demo/activity", nil, nil), (.get, "/openapi.json", nil, nil),
        (.options, "/api/tasks", nil, nil),
        (
            .post, "/events/task-commands", "application/cloudevents+json",
            #"{"specversion":"1.0","id":"1","source":"s","type":"task.create","data":{"user_id":"é","title":"x"}}"#
        ),
    ]

    @Test func `whatever is asked, the server is not at fault, and says what is wrong in JSON`() async throws {
        let api = try APIHarness()
        let id = try await api.create()
        try await Fuzzing.run("task API", reaching: ["taken", "refused"]) { numbers in
            let request = numbers.pick(Self.requests)
            var target = request.target.replacing("ID", with: id)
            if numbers.oneIn(2) { target = numbers.changed(target, words: Self.words) }
            var headers: HTTPHeaders = [:]
            if numbers.oneIn(3) { headers["If-Match"] = numbers.changed("\"1\", W/\"2\"", words: Self.words) }
            if numbers.oneIn(3) { headers["Idempotency-Key"] = numbers.changed("key", words: Self.words) }
            if numbers.oneIn(6) { headers["X-Correlation-ID"] = numbers.changed("c", words: Self.words) }
            let body = request.body.map { numbers.oneIn(4) ? $0 : numbers.changed($0, words: Self.words) }
            let type = numbers.oneIn(6) ? request.type.map { numbers.changed($0, words: Self.words) } : request.type
            let answer = try await api.send(
                request.method,
                target,
                as: numbers.pick(Self.users),
                headers: headers,
                type: type,
                body: body
            )
            let said = "\(request.method) \(target.debugDescription) \(headers) \(body?.debugDescription ?? "")"
            guard answer.status < 500 else { throw Violation("\(answer.status) to \(said): \(answer.text)") }
            if answer.status >= 400, request.method != .options, target.hasPrefix("/api/"), answer.json == .null {
                throw Violation("\(answer.status) to \(said) says no JSON: \(answer.text)")
            }
            return answer.status < 400 ? "taken" : "refused"
        }
    }
}
