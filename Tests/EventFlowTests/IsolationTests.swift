import DaprHTTP
import DaprJSON
import Tasks
import TestTools
import Testing
import WebFront

/// What one user can learn of another: nothing, not even that there is something.
///
/// Generated from the rows of the doors: each endpoint is visited with each of its parameters and each member of its body. Eve asks once
/// for what is Ada's and once for what is nobody's, and must get the same bytes; what is Ada's must be in no answer to her.
/// A new row is visited by itself; a new parameter fails here until ``Planted`` says what of Ada's it could name.
struct IsolationTests {
    private static let token = "the-token-of-the-sidecar"
    private static let eve = "eve"

    @Test(arguments: [(isApp: true, accept: nil), (false, "application/problem+json")])
    func `what is another's is answered as what is nobody's, by every row and parameter`(
        isApp: Bool,
        accept: String?
    ) async throws {
        try await Flow.with(appAPIToken: Self.token) { flow in
            let planted = try await Planted(by: flow.clients)
            let handler = isApp ? flow.app : flow.clients
            var walk = IsolationWalk(planted: planted, eve: Self.eve, handler: handler, accept: accept)
            try await walk.begin()
            // What a user's activity counts comes with the events, so Ada's is there, and Eve's does not change under the walk.
            try await eventually {
                for user in [Planted.user, Self.eve] {
                    guard try await flow.activity(user).sequence == flow.journal(user).count else { return false }
                }
                return true
            }
            let before = try await planted.everything()
            for row in handler.endpoints where row.method == .get { try await walk.visit(row, [.get, .head]) }
            #expect(try await planted.everything() == before)
            for row in handler.endpoints where row.method != .get { try await walk.visit(row, [row.method]) }
            let task = try await planted.everything()[0]["items"]?.arrayValue?.first { $0["id"] == planted.task["id"] }
            #expect(task == planted.task, "Eve changed what is Ada's")
            #expect(walk.asks > 400, "\(walk.asks) were asked")
        }
    }
}

/// Eve's way through the rows.
struct IsolationWalk {
    private let planted: Planted
    private let eve: String
    private let handler: DoorHandler
    private let accept: String?
    private var own = ""
    /// The members of each body.
    private var schemas: JSONObject = [:]
    /// How many pairs and single questions were asked.
    private(set) var asks = 0

    init(planted: Planted, eve: String, handler: DoorHandler, accept: String?) {
        self.planted = planted
        self.eve = eve
        self.handler = handler
        self.accept = accept
    }

    /// Makes a task of Eve's, and reads what bodies may have.
    mutating func begin() async throws {
        own = try await newTask()
        let document = try #require(handler.endpoints.first { $0.path == "/openapi.json" })
        let answer = try await Ask(endpoint: document, inPath: [:]).answer(.get, of: handler, as: eve, accept: nil)
        let body = try #require(answer.firstRange(of: "\r\n\r\n")).upperBound
        let read = try JSONValue(parsing: Array(answer[body...].utf8))
        schemas = try #require(read["components"]?["schemas"]?.objectValue)
    }

    private func newTask() async throws -> String {
        let row = try #require(handler.endpoints.first { $0.method == .post && $0.path == "/api/tasks" })
        let ask = Ask(endpoint: row, inPath: [:], body: ["title": "mine"])
        let answer = try await ask.answer(.post, of: handler, as: eve, accept: nil)
        return String(try #require(answer.firstMatch(of: /"id":"([^"]+)"/)).1)
    }

    /// Asks everything that a row can be asked.
    mutating func visit(_ row: Endpoint, _ methods: [HTTPMethod]) async throws {
        for method in methods {
            let name = "\(method) \(row.path)"
            try await look(try await base(row), method, name)
            // One after the other, and then all at once.
            var all = (hers: try await base(row), nobodys: try await base(row))
            for parameter in row.operation.parameters {
                let values = try await planted.values(of: parameter)
                #expect(
                    !values.isEmpty,
                    "\(name): say in Planted.values(of:) what of Ada's \(parameter.name) could name"
                )
                for value in values { try await ask(row, method, parameter, value) }
                // A key that was asked for is Eve's own.
                guard parameter.name != "Idempotency-Key", let first = values.first, let nobodys = first.nobodys else {
                    continue
                }
                all.hers.set(parameter, first.hers)
                all.nobodys.set(parameter, nobodys)
            }
            for member in members(row) {
                let values = try #require(
                    planted.values(ofMember: member),
                    "\(name): say in Planted.values(ofMember:) what of Ada's \(member) could name"
                )
                var (hers, nobodys) = (try await base(row), try await base(row))
                hers.set(member: member, values.hers)
                nobodys.set(member: member, values.nobodys)
                try await compare(hers, nobodys, method, "\(name) \(member)")
                all.hers.set(member: member, values.hers)
                all.nobodys.set(member: member, values.nobodys)
            }
            if case .event = row.operation.body {
                all.hers.set(member: "data", planted.task)
                all.nobodys.set(member: "data", ["id": .string(Planted.absentID), "user_id": .string(Planted.nobody)])
            }
            guard !all.hers.sent.isEmpty else { continue }
            try await compare(all.hers, all.nobodys, method, "\(name), all at once")
        }
    }

    private mutating func ask(
        _ row: Endpoint,
        _ method: HTTPMethod,
        _ parameter: Parameter,
        _ value: Planted.Value
    ) async throws {
        var (hers, nobodys) = (try await base(row), try await base(row))
        hers.add(value.beside)
        hers.set(parameter, value.hers)
        guard let nobodysValue = value.nobodys else {
            try await look(hers, method, "\(method) \(row.path) \(parameter.name)")
            return
        }
        nobodys.add(value.beside)
        nobodys.set(parameter, nobodysValue)
        try await compare(hers, nobodys, method, "\(method) \(row.path) \(parameter.name)")
    }

    /// A request that Eve may make, of her own: each write has a task of its own, so that two of them find the same.
    private func base(_ row: Endpoint) async throws -> Ask {
        let isWrite = row.method != .get && row.path.contains("{id}")
        let id = isWrite ? try await newTask() : own
        var ask = Ask(endpoint: row, inPath: ["user_id": eve, "id": id, "topic": "tasks"])
        if case .required = row.operation.body { ask.body = try await body(row) }
        return ask
    }

    private func body(_ row: Endpoint) async throws -> JSONValue {
        switch row.operation.bodySchema {
        case "Batch": return ["operations": [["op": "create", "task": ["title": "mine"]]]]
        case "Undo":
            let made = try await newTask()
            let undoing = try #require(handler.endpoints.first { $0.method == .delete && $0.path == "/api/tasks/{id}" })
            let answer = try await Ask(endpoint: undoing, inPath: ["id": made])
                .answer(.delete, of: handler, as: eve, accept: nil)
            return ["token": .string(String(try #require(answer.firstMatch(of: /Undo-Token: ([^\r]+)/)).1))]
        default: return ["title": "mine"]
        }
    }

    private func members(_ row: Endpoint) -> [String] {
        guard case .required = row.operation.body, let name = row.operation.bodySchema else { return [] }
        return schemas[name]?["properties"]?.objectValue?.keys.map { $0 } ?? []
    }

    private mutating func compare(
        _ hers: Ask,
        _ nobodys: Ask,
        _ method: HTTPMethod,
        _ what: String
    ) async throws {
        let (one, other) = (try await look(hers, method, what), try await look(nobodys, method, what))
        #expect(one == other, "\(what): another's is answered otherwise than nobody's")
    }

    @discardableResult
    private mutating func look(
        _ ask: Ask,
        _ method: HTTPMethod,
        _ what: String
    ) async throws -> String {
        asks += 1
        let answer = try await ask.answer(method, of: handler, as: eve, accept: accept)
        #expect(ask.marks(planted.marks, in: answer) == [], "\(what): \(answer)")
        return ask.plain(answer)
    }
}
