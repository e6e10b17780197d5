/// Which operations are affected, and how.
///
/// All conditions must hold. Attempts are counted separately for each rule and each key, so that calls for other keys,
/// and their order, make no difference. Only ``matches`` counts across keys.
package struct FaultRule: Hashable, Sendable {
    /// The operations that the rule applies to.
    package var operations: Set<FaultOperation>
    /// The component's name; `nil` for any.
    package var component: FaultPattern?
    /// A key that the operation touches; `nil` for any, and for none.
    package var key: FaultPattern?
    /// The topic; `nil` for any, and for none.
    package var topic: FaultPattern?
    /// The range of attempts at one key, from 1; `nil` for all.
    package var attempts: ClosedRange<Int>?
    /// Selects each attempt at one key whose number is a multiple of this; `nil` for all.
    package var every: Int?
    /// The range of matching operations, counted over all keys from 1; `nil` for all.
    package var matches: ClosedRange<Int>?
    /// The probability, decided by the seed for each key and attempt; `nil` for certainty.
    package var chance: Double?
    /// What happens.
    package var action: FaultAction

    /// Creates a rule.
    ///
    /// An action that cannot apply to the operations, a number below 1 and a chance outside 0 to 1 are programming
    /// errors that trap.
    package init(
        _ operations: Set<FaultOperation>,
        component: FaultPattern? = nil,
        key: FaultPattern? = nil,
        topic: FaultPattern? = nil,
        attempts: ClosedRange<Int>? = nil,
        every: Int? = nil,
        matches: ClosedRange<Int>? = nil,
        chance: Double? = nil,
        _ action: FaultAction
    ) {
        precondition(!operations.isEmpty && action.operations.isSuperset(of: operations))
        precondition((attempts?.lowerBound ?? 1) >= 1 && (matches?.lowerBound ?? 1) >= 1 && (every ?? 1) >= 1)
        precondition((0...1).contains(chance ?? 0))
        self.operations = operations
        self.component = component
        self.key = key
        self.topic = topic
        self.attempts = attempts
        self.every = every
        self.matches = matches
        self.chance = chance
        self.action = action
    }

    /// The key by which attempts are counted; `nil` when the rule does not apply to `subject`.
    ///
    /// It is the first key that matches. Without a pattern it is the first key, or an empty text when there is none.
    func subject(of subject: FaultSubject) -> String? {
        guard operations.contains(subject.operation), component?.fits(subject.component) ?? true else { return nil }
        if let topic, !(subject.topic.map { topic.fits($0) } ?? false) { return nil }
        guard let key else { return subject.keys.first ?? "" }
        return subject.keys.first { key.fits($0) }
    }
}

extension FaultRule: CustomStringConvertible {
    /// The rule in the syntax of a plan: `state.transact key=log:* attempt=1 -> lose`.
    package var description: String {
        var words = [FaultOperation.text(operations)]
        for (name, pattern) in [("component", component), ("key", key), ("topic", topic)] {
            if let pattern { words.append("\(name)=\(FaultWords.quoted(pattern.text))") }
        }
        if let attempts { words.append("attempt=\(FaultWords.range(attempts))") }
        if let every { words.append("every=\(every)") }
        if let matches { words.append("match=\(FaultWords.range(matches))") }
        if let chance { words.append("chance=\(chance)") }
        return words.joined(separator: " ") + " -> \(action)"
    }
}
