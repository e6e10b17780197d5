import DaprHTTP
import DaprJSON
import DaprText
import WebFront

/// A request to an endpoint, in the parts that its parameters fill.
struct Ask {
    let endpoint: Endpoint
    var inPath: [String: String]
    var query: [(name: String, value: String)] = []
    var headers: [(name: String, value: String)] = []
    var body: JSONValue?
    /// The texts that whoever asks knows already, because they ask for them.
    var sent: [String] = []

    /// The request line's target.
    var target: String {
        let path = endpoint.path.split(separator: "/", omittingEmptySubsequences: false).map { segment in
            guard segment.hasPrefix("{") else { return String(segment) }
            return PercentEncoding.encoded(inPath[segment.filter { !"{}.".contains($0) }] ?? "")
        }
        let items = query.map { "\($0.name)=\(PercentEncoding.encoded($0.value))" }
        return path.joined(separator: "/") + (items.isEmpty ? "" : "?" + items.joined(separator: "&"))
    }

    /// Gives a parameter a value.
    mutating func set(_ parameter: Parameter, _ value: String) {
        sent.append(value)
        // An answer goes on with the caller's trace.
        if parameter.name == "traceparent" { sent += value.split(separator: "-").map(String.init) }
        switch parameter.place {
        case .path: inPath[parameter.name] = value
        case .query: query.append((parameter.name, value))
        case .header: headers.append((parameter.name, value))
        }
    }

    /// Adds items of the query.
    mutating func add(_ items: [(name: String, value: String)]) {
        query += items
        sent += items.map(\.value)
    }

    /// Gives a member of the body a value; the body is one already.
    mutating func set(member: String, _ value: JSONValue) {
        note(value)
        var object = body?.objectValue ?? [:]
        object[member] = value
        body = .object(object)
    }

    private mutating func note(_ value: JSONValue) {
        if let text = value.stringValue { sent.append(text) }
        for element in value.arrayValue ?? [] { note(element) }
        for (_, element) in value.objectValue ?? [:] { note(element) }
    }

    /// Sends it as a user.
    ///
    /// - Returns: The head of the answer as it goes over the wire, and the body.
    func answer(_ method: HTTPMethod, of handler: DoorHandler, as user: String, accept: String?) async throws -> String
    {
        var headers = self.headers + [("Authorization", "Bearer \(try Flow.token(user))")]
        if let accept { headers.append(("Accept", accept)) }
        if body != nil { headers.append(("Content-Type", "application/json")) }
        let outcome = await HTTPLoopback(to: handler, now: { 0 }).send(
            method: method.rawValue,
            target: target,
            headers: headers,
            body: body?.serialized()
        )
        guard case .answered(let answer) = outcome else { throw Unanswered() }
        return String(decoding: answer.head + answer.body, as: UTF8.self)
    }

    struct Unanswered: Error {}

    /// An answer without what may differ from one request to the next: what was sent, and the digest of a question in the tag of a page;
    /// the names that are made for a request and for a new task; and when it was.
    func plain(_ answer: String) -> String {
        // The numbers of changes, which are in bodies with a token, have one digit more from time to time.
        without(sent, answer.contains("\"undo\":") ? answer.replacing(/Content-Length: [0-9]+/, with: "") : answer)
            .replacing(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/, with: "(id)")
            .replacing(/ETag: "\(id\)\.[0-9a-z]+"/, with: "ETag: (page)")
            .replacing(/Undo-Token: [^\r]+\r\n/, with: "Undo-Token: (token)\r\n")
            .replacing(/"undo":"[^"]+"/, with: "\"undo\":\"(token)\"")
            .replacing(/"plan":"[^"]+"/, with: "\"plan\":\"(plan)\"")
            .replacing(/"sequences":{"first":[0-9]+,"last":[0-9]+}/, with: "\"sequences\":(sequences)")
            .replacing(/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/, with: "(time)")
            .replacing(
                /traceparent: 00-([0-9a-f]{32}|\(sent\))-[0-9a-f]{16}-0[01]\r\n/,
                with: "traceparent: (trace)\r\n"
            )
            .replacing(/X-Correlation-ID: ([0-9a-f]{32}|\(sent\))\r\n/, with: "X-Correlation-ID: (correlation)\r\n")
    }

    /// The marks that are in an answer, though nobody sent them.
    func marks(_ marks: [String], in answer: String) -> [String] {
        let rest = without(sent, answer)
        return marks.filter { rest.contains($0) }
    }

    private func without(_ sent: [String], _ answer: String) -> String {
        // The longest first: one may be part of another.
        sent.filter { $0.utf8.count > 3 }.sorted { $0.utf8.count > $1.utf8.count }
            .reduce(answer) { $0.replacing($1, with: "(sent)") }
    }
}
