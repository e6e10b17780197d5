import DaprText

/// One row of a route table: a method, a path pattern and the code that answers them.
package struct Route: Sendable {
    /// Looks at a request's head and returns the responder for the whole request, or refuses it.
    package typealias Admission = @Sendable (HTTPRequest, PathParameters) -> RouteAdmission

    package let method: HTTPMethod
    /// The pattern as given, for example `/api/tasks/{id}`; metrics and logs use it as a label.
    package let pattern: String
    /// The most bytes in a body.
    package let bodyLimit: Int
    /// Whether the body arrives as a stream instead of as a whole.
    package let streamsBody: Bool
    let segments: [Segment]
    let admit: Admission

    /// Creates a route that looks at the head before the body is read.
    ///
    /// - Parameters:
    ///   - method: The method of its requests.
    ///   - pattern: Literal segments, `{name}` for one segment, and at the end `{name...}` for one or more.
    ///   - bodyLimit: The most bytes in a body; more is refused with `RouterRefusals.tooLarge`.
    ///   - streamsBody: Whether the body arrives as a stream.
    ///   - admit: Returns the responder, or refuses the request before its body is read.
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

    /// Creates a route that admits every request.
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

/// A route's decision on a request's head.
package enum RouteAdmission: Sendable {
    case admit(HTTPResponder)
    case refuse(HTTPResponse)
    /// Decides later, when the closure returns; see ``HTTPAcceptance/later(_:)``.
    case later(@Sendable () async -> RouteAdmission)
}

/// The decoded values of a pattern's `{name}` segments.
package struct PathParameters: Sendable {
    private var values: [(name: String, value: String)] = []

    package init() {}

    /// Creates the given parameters, for tests that need no router.
    package init(_ values: [String: String]) {
        self.values = values.map { (name: $0.key, value: $0.value) }
    }

    /// The value of the segment `{name}`, percent-decoded (`%2F` becomes `/`); `nil` when the pattern has no such name.
    package subscript(_ name: String) -> String? {
        values.first { $0.name.hasSameBytes(as: name) }?.value
    }

    /// Takes the values of the pattern's names from a path that the pattern matches.
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
