/// A tree of path segments; each node holds the routes that end there.
struct RouteTree: Sendable {
    /// A node of the tree.
    ///
    /// It refers to its children by their indexes in `nodes`.
    private struct Node {
        // Arrays, because a node has few children and few routes: comparing them is cheaper than hashing.
        var literals: [(text: Substring, node: Int)] = []
        var parameter: Int?
        var routes: [Route] = []
        var rests: [Route] = []
    }

    /// The nodes; the root is first.
    private var nodes = [Node()]

    /// Adds a route; it replaces an earlier one with the same shape and method.
    mutating func insert(_ route: Route) {
        var node = 0
        for segment in route.segments {
            switch segment {
            case .literal(let text): node = follower(of: node, named: text[...])
            case .one: node = parameter(of: node)
            case .rest: return RouteTree.put(route, in: &nodes[node].rests)
            }
        }
        RouteTree.put(route, in: &nodes[node].routes)
    }

    private mutating func follower(of node: Int, named text: Substring) -> Int {
        if let found = nodes[node].literals.first(where: { $0.text.utf8.elementsEqual(text.utf8) }) {
            return found.node
        }
        nodes.append(Node())
        nodes[node].literals.append((text, nodes.count - 1))
        return nodes.count - 1
    }

    private mutating func parameter(of node: Int) -> Int {
        if let found = nodes[node].parameter { return found }
        nodes.append(Node())
        nodes[node].parameter = nodes.count - 1
        return nodes.count - 1
    }

    private static func put(_ route: Route, in routes: inout [Route]) {
        routes.removeAll { $0.method == route.method }
        routes.append(route)
    }

    /// Finds the route for a decoded path; `allowed` collects the methods that the path has, for a 405.
    func find(_ method: HTTPMethod, _ path: [Substring], allowed: inout Set<HTTPMethod>) -> Route? {
        find(method, path, at: 0, in: 0, &allowed)
    }

    private func find(
        _ method: HTTPMethod,
        _ path: [Substring],
        at depth: Int,
        in node: Int,
        _ allowed: inout Set<HTTPMethod>
    ) -> Route? {
        guard depth < path.count else { return RouteTree.pick(from: nodes[node].routes, method, &allowed) }
        for index in nodes[node].literals.indices
        where nodes[node].literals[index].text.utf8.elementsEqual(path[depth].utf8) {
            let follower = nodes[node].literals[index].node
            if let found = find(method, path, at: depth + 1, in: follower, &allowed) { return found }
        }
        if !path[depth].isEmpty, let parameter = nodes[node].parameter,
            let found = find(method, path, at: depth + 1, in: parameter, &allowed)
        {
            return found
        }
        // A rest may be empty only at the end of the path.
        guard !nodes[node].rests.isEmpty, depth + 1 < path.count || !path[depth].isEmpty else { return nil }
        return RouteTree.pick(from: nodes[node].rests, method, &allowed)
    }

    private static func pick(from routes: [Route], _ method: HTTPMethod, _ allowed: inout Set<HTTPMethod>) -> Route? {
        if let index = routes.firstIndex(where: { $0.method == method }) { return routes[index] }
        if method == .head, let index = routes.firstIndex(where: { $0.method == .get }) { return routes[index] }
        for route in routes { allowed.insert(route.method) }
        return nil
    }
}
