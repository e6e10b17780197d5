/// A tree of path segments with the routes that end in each.
struct RouteTree: Sendable {
    // Lists, since a segment has few followers and a route few methods: comparing them is cheaper than hashing.
    private var literals: [(text: Substring, tree: RouteTree)] = []
    private var parameter: Branch?
    private var routes: [Route] = []
    private var rests: [Route] = []

    /// Adds a route; the later of two with the same shape and method wins.
    mutating func insert(_ route: Route) {
        insert(route, at: 0)
    }

    private mutating func insert(_ route: Route, at depth: Int) {
        guard depth < route.segments.count else { return RouteTree.put(route, in: &routes) }
        switch route.segments[depth] {
        case .literal(let text):
            if let index = literals.firstIndex(where: { $0.text == text }) {
                literals[index].tree.insert(route, at: depth + 1)
            } else {
                var tree = RouteTree()
                tree.insert(route, at: depth + 1)
                literals.append((text[...], tree))
            }
        case .one:
            var tree = parameter?.tree ?? RouteTree()
            tree.insert(route, at: depth + 1)
            parameter = Branch(tree)
        case .rest:
            RouteTree.put(route, in: &rests)
        }
    }

    private static func put(_ route: Route, in routes: inout [Route]) {
        routes.removeAll { $0.method == route.method }
        routes.append(route)
    }

    /// The route of a decoded path; `allowed` collects the methods that its path has, for a 405.
    func find(_ method: HTTPMethod, _ path: [Substring], at depth: Int = 0, allowed: inout Set<HTTPMethod>) -> Route? {
        guard depth < path.count else { return pick(from: routes, method, &allowed) }
        let segment = path[depth]
        for index in literals.indices where literals[index].text == segment {
            if let found = literals[index].tree.find(method, path, at: depth + 1, allowed: &allowed) { return found }
        }
        if !segment.isEmpty, let parameter,
            let found = parameter.tree.find(method, path, at: depth + 1, allowed: &allowed)
        {
            return found
        }
        // What is left may be empty at its end only.
        guard !rests.isEmpty, depth + 1 < path.count || !segment.isEmpty else { return nil }
        return pick(from: rests, method, &allowed)
    }

    private func pick(from routes: [Route], _ method: HTTPMethod, _ allowed: inout Set<HTTPMethod>) -> Route? {
        if let index = routes.firstIndex(where: { $0.method == method }) { return routes[index] }
        if method == .head, let index = routes.firstIndex(where: { $0.method == .get }) { return routes[index] }
        for route in routes { allowed.insert(route.method) }
        return nil
    }

    /// A subtree held by reference, since a value cannot contain itself.
    private final class Branch: Sendable {
        let tree: RouteTree

        init(_ tree: RouteTree) { self.tree = tree }
    }
}
