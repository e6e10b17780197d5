import Foundation

@testable import TasksDapr

extension Invariant {
    /// Those that today's code does not keep whatever the rules, each with the fault that is open: nobody looks until it is mended.
    static let pending: [Invariant: String] = [:]

    /// Those that are looked at; `MODEL_INVARIANTS=all` has all be.
    static let enabled: Set<Invariant> =
        ProcessInfo.processInfo.environment["MODEL_INVARIANTS"] == "all"
        ? Set(allCases) : Set(allCases).subtracting(pending.keys)

    /// Whether it is looked at.
    var isKept: Bool { Invariant.enabled.contains(self) }
}

/// An invariant that did not hold.
struct Broken: Error, CustomStringConvertible {
    let invariant: Invariant
    let what: String

    var description: String { "\(invariant.rawValue): \(what)" }
}
