import DaprText

/// Finds the route of a request by its path and method.
///
/// Literal segments win over parameters, and parameters over a rest. A `HEAD` without a route of its own uses the route
/// of `GET`. One slash at the end of a path means nothing: `/tasks/` is `/tasks`.
package struct Router: HTTPHandler {
    private let tree: RouteTree
    private let refusals: any RouterRefusals

    package init(_ routes: [Route], refusals: any RouterRefusals) {
        self.refusals = refusals
        var tree = RouteTree()
        for route in routes { tree.insert(route) }
        self.tree = tree
    }

    package func accept(_ head: HTTPRequest) -> HTTPAcceptance {
        switch find(head) {
        case .refused(let response): return .refuse(response)
        case .found(let route, let parameters):
            return Router.acceptance(route.admit(head, parameters), by: route)
        }
    }

    private static func acceptance(_ admission: RouteAdmission, by route: Route) -> HTTPAcceptance {
        switch admission {
        case .refuse(let response): .refuse(response)
        case .admit(let responder):
            route.streamsBody
                ? .stream(limit: route.bodyLimit, responder) : .collect(limit: route.bodyLimit, responder)
        case .later(let decide): .later { acceptance(await decide(), by: route) }
        }
    }

    package func tooLarge(_ head: HTTPRequest, limit: Int) -> HTTPResponse { refusals.tooLarge(head, limit: limit) }

    package func deadlinePassed(_ head: HTTPRequest) -> HTTPResponse { refusals.deadlinePassed(head) }

    /// Finds the route and parameters of a request, or the answer that refuses it.
    package func find(_ request: HTTPRequest) -> Match {
        guard let segments = Router.segments(of: request.path) else { return .refused(refusals.badPath(request)) }
        var allowed: Set<HTTPMethod> = []
        if let route = tree.find(request.method, segments, allowed: &allowed) {
            return .found(route, PathParameters(route.segments, in: segments))
        }
        guard !allowed.isEmpty else { return .refused(refusals.notFound(request)) }
        let methods = allowed.sorted { $0.rawValue < $1.rawValue }
        return .refused(refusals.methodNotAllowed(request, allowed: methods))
    }

    /// The decoded segments of `path`; `nil` for a path that is not valid.
    private static func segments(of path: String) -> [Substring]? {
        let bytes = path.utf8Span.span
        // Skip the first slash, with which every path begins.
        guard bytes.count > 1 else { return [] }
        var segments: [Substring] = []
        segments.reserveCapacity(8)
        var hasEscape = false
        var start = path.utf8.index(after: path.startIndex)
        for place in 1...bytes.count {
            let isEnd = place == bytes.count
            if !isEnd, bytes[place] == UInt8(ascii: "%") { hasEscape = true }
            guard isEnd || bytes[place] == UInt8(ascii: "/") else { continue }
            let end = path.utf8.index(path.startIndex, offsetBy: place)
            if hasEscape {
                guard let segment = PercentEncoding.decoded(path.utf8[start..<end]), !segment.utf8.contains(0)
                else { return nil }
                segments.append(segment[...])
            } else {
                segments.append(path[start..<end])
            }
            if isEnd { break }
            start = path.utf8.index(after: end)
            hasEscape = false
        }
        // Many clients end the path of a collection so, and follow no redirect with a body.
        if bytes[bytes.count - 1] == UInt8(ascii: "/") { segments.removeLast() }
        return segments
    }

    package enum Match: Sendable {
        case found(Route, PathParameters)
        case refused(HTTPResponse)
    }
}

/// The answers of a router that found no route, in the words of the service.
package protocol RouterRefusals: Sendable {
    func notFound(_ request: HTTPRequest) -> HTTPResponse
    /// The answer to a method for which the path has no route; `OPTIONS` is one like any other.
    func methodNotAllowed(_ request: HTTPRequest, allowed: [HTTPMethod]) -> HTTPResponse
    /// The answer to a path with a broken escape, or one that decodes to a NUL or to bytes that are not UTF-8.
    func badPath(_ request: HTTPRequest) -> HTTPResponse
    func tooLarge(_ request: HTTPRequest, limit: Int) -> HTTPResponse
    func deadlinePassed(_ request: HTTPRequest) -> HTTPResponse
}

extension RouterRefusals {
    package func deadlinePassed(_ request: HTTPRequest) -> HTTPResponse { HTTPResponse(.serviceUnavailable) }
}
