/// Which operations something happens to, and what.
///
/// All conditions must hold. Attempts are counted for each rule and each key by itself, so that what other keys do meanwhile, and in
/// which order, makes no difference to them; only ``matches`` counts across keys.
package struct FaultRule: Hashable, Sendable {
    /// The operations it is for.
    package var operations: Set<FaultOperation>
    /// The component's name; `nil` for any.
    package var component: FaultPattern?
    /// A key that the operation touches; `nil` for any, and for none.
    package var key: FaultPattern?
    /// The topic; `nil` for any, and for none.
    package var topic: FaultPattern?
    /// Which of the attempts at one key, from 1; `nil` for every one.
    package var attempts: ClosedRange<Int>?
    /// Every so manieth attempt at one key; `nil` for every one.
    package var every: Int?
    /// Which of the operations that fit, over all keys, from 1; `nil` for every one.
    package var matches: ClosedRange<Int>?
    /// How likely it is, decided by the seed for each key and attempt; `nil` for certain.
    package var chance: Double?
    /// What happens.
    package var action: FaultAction

    /// Creates a rule; what an action cannot befall, numbers out of range and chances outside 0 to 1 are mistakes that trap.
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

    /// The key by which attempts are counted, when the rule is for this; `nil` when it is not.
    ///
    /// The first key that fits: without a pattern the first there is, and without keys an empty text.
    func subject(of subject: FaultSubject) -> String? {
        guard operations.contains(subject.operation), component?.fits(subject.component) ?? true else { return nil }
        if let topic, !(subject.topic.map { topic.fits($0) } ?? false) { return nil }
        guard let key else { return subject.keys.first ?? "" }
        return subject.keys.first { key.fits($0) }
    }
}

extension FaultRule: CustomStringConvertible {
    /// The rule as a plan writes it: `state.transact key=log:* attempt=1 -> lose`.
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
