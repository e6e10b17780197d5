internal import DaprCEL

/// When a circuit breaker opens, and how it closes again.
package struct BreakerPolicy: Equatable, Sendable {
    /// `maxRequests`: how many calls a half-open breaker lets through; the same number of successes closes it.
    package var maximumRequests = 1
    /// `interval`: how often a closed breaker resets its counts; `nil` for never.
    package var interval: Duration?
    /// `timeout`: how long an open breaker stays open.
    package var timeout: Duration = .seconds(60)
    /// `trip`: the condition that opens a closed breaker.
    package var trip = BreakerTrip.standard

    /// Creates daprd's defaults.
    package init() {}
}

/// The CEL condition that opens a breaker, over its counts.
package struct BreakerTrip: Equatable, Sendable {
    private let expression: CELExpression?

    /// `consecutiveFailures > 5`.
    package static let standard = BreakerTrip()

    private init() { expression = nil }

    /// Parses a condition and evaluates it once.
    ///
    /// So a name that does not exist, or a result that is not a bool, is found here and not when it matters.
    package init(_ text: String) throws(RoutingRuleError) {
        do throws(CELError) {
            let expression = try CELExpression(parsing: text)
            _ = try expression.holds(BreakerCounts().variables)
            self.expression = expression
        } catch {
            switch error {
            // These errors depend on the numbers: the condition is false while they last.
            case .divisionByZero, .overflow: expression = try Self.parsed(text)
            case .unknownVariable(let name):
                let names = BreakerCounts().variables.keys.sorted().joined(separator: ", ")
                throw .unreadable("there is no variable \(name); a breaker counts \(names)")
            default: throw .unreadable("\(error)")
            }
        }
    }

    /// Whether the counts open the breaker; false when the condition cannot be evaluated.
    func holds(_ counts: BreakerCounts) -> Bool {
        guard let expression else { return counts.consecutiveFailures > 5 }
        return (try? expression.holds(counts.variables)) ?? false
    }

    package static func == (left: BreakerTrip, right: BreakerTrip) -> Bool {
        left.expression?.source == right.expression?.source
    }

    private static func parsed(_ text: String) throws(RoutingRuleError) -> CELExpression {
        do throws(CELError) {
            return try CELExpression(parsing: text)
        } catch {
            throw .unreadable("\(error)")
        }
    }
}

/// The counts of a breaker since its last change of state, or since its interval began.
struct BreakerCounts: Equatable, Sendable {
    private(set) var requests = 0
    private(set) var totalSuccesses = 0
    private(set) var totalFailures = 0
    private(set) var consecutiveSuccesses = 0
    private(set) var consecutiveFailures = 0

    mutating func begin() { requests += 1 }

    mutating func end(isSuccess: Bool) {
        totalSuccesses += isSuccess ? 1 : 0
        totalFailures += isSuccess ? 0 : 1
        consecutiveSuccesses = isSuccess ? consecutiveSuccesses + 1 : 0
        consecutiveFailures = isSuccess ? 0 : consecutiveFailures + 1
    }

    /// The counts by their names in a condition.
    var variables: [String: CELValue] {
        [
            "requests": .int(Int64(requests)), "totalSuccesses": .int(Int64(totalSuccesses)),
            "totalFailures": .int(Int64(totalFailures)), "consecutiveSuccesses": .int(Int64(consecutiveSuccesses)),
            "consecutiveFailures": .int(Int64(consecutiveFailures)),
        ]
    }
}
