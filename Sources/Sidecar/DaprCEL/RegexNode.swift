/// A parsed pattern.
indirect enum RegexNode: Sendable {
    case empty
    case set(RegexSet)
    case assertion(RegexAssertion)
    case sequence([RegexNode])
    case alternatives([RegexNode])
    case repetition(RegexNode, minimum: Int, maximum: Int?)

    /// How many instructions the node needs, capped at `limit` + 1 so that nested counts cannot overflow.
    func size(limit: Int) -> Int {
        let size: Int =
            switch self {
            case .empty, .set, .assertion: 1
            case .sequence(let nodes): nodes.reduce(0) { min($0 + $1.size(limit: limit), limit + 1) }
            case .alternatives(let nodes): nodes.reduce(0) { min($0 + $1.size(limit: limit) + 2, limit + 1) }
            case .repetition(let inner, let minimum, let maximum):
                (inner.size(limit: limit) + 1) * max(1, maximum ?? minimum + 1)
            }
        return min(size, limit + 1)
    }
}
