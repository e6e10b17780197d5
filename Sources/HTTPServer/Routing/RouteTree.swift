/// A tree of path segments with the routes that end in each.
struct RouteTree: Sendable {
    private var literals: [Substring: RouteTree] = [:]
    private var parameter: Branch?
    private var routes: [HTTPMethod: NamedRoute] = [:]
    private var rests: [HTTPMethod: NamedRoute] = [:]

    /// Adds a route; the later of two with the same shape and method wins.
    mutating func insert(_ route: Route) {
        insert(route, route.segments[...], names: [])
    }

    private mutating func insert(_ route: Route, _ segments: ArraySlice<Route.Segment>, names: [String]) {
        guard let first = segments.first else {
            routes[route.method] = NamedRoute(route: route, names: names)
            return
        }
        switch first {
        case .literal(let text):
            literals[text[...], default: RouteTree()].insert(route, segments.dropFirst(), names: names)
        case .one(let name):
            var tree = parameter?.tree ?? RouteTree()
            tree.insert(route, segments.dropFirst(), names: names + [name])
            parameter = Branch(tree)
        case .rest(let name):
            rests[route.method] = NamedRoute(route: route, names: names + [name])
        }
    }

    /// The route of a decoded path; `allowed` collects the methods that its path has, for a 405.
    func find(_ method: HTTPMethod, _ path: [Substring], allowed: inout Set<HTTPMethod>) -> (Route, PathParameters)? {
        var values: [Substring] = []
        return find(method, path[...], &values, &allowed)
    }

    private func find(
        _ method: HTTPMethod,
        _ path: ArraySlice<Substring>,
        _ values: inout [Substring],
        _ allowed: inout Set<HTTPMethod>
    ) -> (Route, PathParameters)? {
        guard let first = path.first else { return pick(from: routes, method, values, &allowed) }
        if let tree = literals[first], let found = tree.find(method, path.dropFirst(), &values, &allowed) {
            return found
        }
        if !first.isEmpty, let parameter {
            values.append(first)
            if let found = parameter.tree.find(method, path.dropFirst(), &values, &allowed) { return found }
            values.removeLast()
        }
        guard !rests.isEmpty else { return nil }
        let rest = path.joined(separator: "/")
        guard !rest.isEmpty else { return nil }
        return pick(from: rests, method, values + [rest[...]], &allowed)
    }

    private func pick(
        from routes: [HTTPMethod: NamedRoute],
        _ method: HTTPMethod,
        _ values: [Substring],
        _ allowed: inout Set<HTTPMethod>
    ) -> (Route, PathParameters)? {
        guard let named = routes[method] ?? (method == .head ? routes[.get] : nil) else {
            allowed.formUnion(routes.keys)
            return nil
        }
        var parameters = PathParameters()
        for (name, value) in zip(named.names, values) { parameters.add(name, String(value)) }
        return (named.route, parameters)
    }

    private struct NamedRoute {
        let route: Route
        let names: [String]
    }

    /// A subtree held by reference, since a value cannot contain itself.
    private final class Branch: Sendable {
        let tree: RouteTree

        init(_ tree: RouteTree) { self.tree = tree }
    }
}
