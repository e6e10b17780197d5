import DaprText

/// One row of a route table: a method and a path pattern with what answers them.
package struct Route: Sendable {
    /// Looks at a head and names what answers the whole request, or refuses it.
    package typealias Admission = @Sendable (HTTPRequest, PathParameters) -> RouteAdmission

    package let method: HTTPMethod
    /// The pattern as it was given, for example `/api/tasks/{id}`; metrics and logs are labelled with it.
    package let pattern: String
    /// The most bytes a body may have.
    package let bodyLimit: Int
    /// Whether the body is taken as a stream instead of whole.
    package let streamsBody: Bool
    let segments: [Segment]
    let admit: Admission

    /// A route that looks at the head before the body is read.
    ///
    /// - Parameters:
    ///   - method: the method it answers.
    ///   - pattern: literal segments, `{name}` for one segment, and at the end `{name...}` for one or more.
    ///   - bodyLimit: the most bytes a body may have; more is refused with `RouterRefusals.tooLarge`.
    ///   - streamsBody: whether the body is taken as a stream.
    ///   - admit: names the responder, or refuses the request unread.
    package init(
        _ method: HTTPMethod,
        _ pattern: String,
        bodyLimit: Int = 1 << 20,
        streamsBody: Bool = false,
        admitting admit: @escaping Admission
    ) {
        self.method = method
        self.pattern = pattern
        self.bodyLimit = bodyLimit
        self.streamsBody = streamsBody
        self.admit = admit
        segments = pattern.splitBytes(separator: "/", omittingEmptySubsequences: true).map(Segment.init)
    }

    /// A route that takes every request.
    package init(
        _ method: HTTPMethod,
        _ pattern: String,
        bodyLimit: Int = 1 << 20,
        streamsBody: Bool = false,
        _ handler: @escaping @Sendable (HTTPRequest, PathParameters) async -> HTTPResponse
    ) {
        self.init(method, pattern, bodyLimit: bodyLimit, streamsBody: streamsBody) { _, parameters in
            .admit { await handler($0, parameters) }
        }
    }

    enum Segment: Hashable {
        case literal(String)
        case one(String)
        case rest(String)

        init(_ text: Substring) {
            guard text.hasBytePrefix("{"), text.hasByteSuffix("}") else {
                self = .literal(String(text))
                return
            }
            let name = text.droppingBytes(1, last: 1)
            self = name.hasByteSuffix("...") ? .rest(String(name.droppingBytes(0, last: 3))) : .one(String(name))
        }
    }
}

/// What a route says to a request's head.
package enum RouteAdmission: Sendable {
    case admit(HTTPResponder)
    case refuse(HTTPResponse)
    /// Says it when this has returned; see ``HTTPAcceptance/later(_:)``.
    case later(@Sendable () async -> RouteAdmission)
}

/// The decoded values of a pattern's `{name}` segments.
package struct PathParameters: Sendable {
    private var values: [(name: String, value: String)] = []

    package init() {}

    /// Parameters as given, for tests that need no router.
    package init(_ values: [String: String]) {
        self.values = values.map { (name: $0.key, value: $0.value) }
    }

    /// The value of that segment, percent-decoded (`%2F` is a `/` in it); `nil` when the pattern has no such name.
    package subscript(_ name: String) -> String? {
        values.first { $0.name.hasSameBytes(as: name) }?.value
    }

    /// What a pattern's names stand for in a path that it matches.
    init(_ segments: [Route.Segment], in path: [Substring]) {
        for (index, segment) in segments.enumerated() {
            switch segment {
            case .literal: break
            case .one(let name): values.append((name, String(path[index])))
            case .rest(let name): values.append((name, path[index...].joined(separator: "/")))
            }
        }
    }
}
