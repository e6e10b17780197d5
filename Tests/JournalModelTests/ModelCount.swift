import Synchronization

/// How often things happened over all runs, so that a test sees that they did.
final class ModelCount: Sendable {
    private struct State {
        var rules: [ModelRule: Int] = [:]
        var sights: [ModelSight: Int] = [:]
        var seeds = 0
        var changes = 0
        /// Of the runs in which nothing goes wrong.
        var quiet = (changes: 0, publications: 0)
    }

    private let state = Mutex(State())

    /// How many runs ended.
    var seeds: Int { state.withLock { $0.seeds } }

    func count(_ rule: ModelRule) { state.withLock { $0.rules[rule, default: 0] += 1 } }

    func count(_ sight: ModelSight, by times: Int = 1) { state.withLock { $0.sights[sight, default: 0] += times } }

    func noteRun(changes: Int) {
        state.withLock { state in
            state.seeds += 1
            state.changes += changes
        }
    }

    func noteQuiet(changes: Int, publications: Int) {
        state.withLock { state in
            state.quiet.changes += changes
            state.quiet.publications += publications
        }
    }

    /// How often a change was published where nothing went wrong; nil when there were too few to say.
    var publicationsOfAChange: Double? {
        state.withLock { $0.quiet.changes < 2000 ? nil : Double($0.quiet.publications) / Double($0.quiet.changes) }
    }

    subscript(sight: ModelSight) -> Int { state.withLock { $0.sights[sight] ?? 0 } }

    /// The rules that may happen and did not, and what was not seen.
    func missing(_ rules: Set<ModelRule>, sights: [ModelSight] = ModelSight.allCases) -> [String] {
        state.withLock { state in
            rules.filter { state.rules[$0] == nil }.map(\.rawValue).sorted()
                + sights.filter { state.sights[$0] == nil }.map(\.rawValue)
        }
    }

    var description: String {
        state.withLock { state in
            let rules = ModelRule.allCases.compactMap { rule in state.rules[rule].map { "\(rule.rawValue) \($0)" } }
            let sights = ModelSight.allCases.compactMap { sight in
                state.sights[sight].map { "\(sight.rawValue) \($0)" }
            }
            return """
                \(state.seeds) seeds, \(state.changes) changes, \(state.quiet.changes) of them where nothing went wrong published \(state.quiet.publications) times
                  rules: \(rules.joined(separator: ", "))
                  seen: \(sights.joined(separator: ", "))
                """
        }
    }
}
