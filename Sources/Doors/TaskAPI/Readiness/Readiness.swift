/// The state of each part that the service works with.
package struct Readiness: Sendable, Equatable {
    /// The result for each part.
    package let checks: [Check]
    /// Whether the server was told to end, and wants no more requests.
    package internal(set) var isStopping = false

    /// The state of a part, by its name in the answer.
    package enum State: String, Sendable, CaseIterable {
        /// It works.
        case ok
        /// It does not; what it was asked was refused, or not answered.
        case failing
        /// It is not there yet.
        case pending
        /// It works, and is late.
        case behind
        /// Nobody could be asked.
        case unknown
    }

    /// The result for one part.
    package struct Check: Sendable, Equatable {
        package let name: String
        package let state: State
        /// Whether requests cannot be served without it.
        package let isRequired: Bool

        package init(name: String, _ state: State, isRequired: Bool = true) {
            self.name = name
            self.state = state
            self.isRequired = isRequired
        }
    }

    package init(checks: [Check]) {
        self.checks = checks
    }

    /// Whether requests can be served: every part that they need works, and the server does not stop.
    package var isReady: Bool { !isStopping && checks.allSatisfy { !$0.isRequired || $0.state == .ok } }
}
