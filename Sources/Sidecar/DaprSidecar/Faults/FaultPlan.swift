/// What goes wrong in a run, and when: a seed, and rules that apply in order.
///
/// Its text can be printed and read back:
///
///     seed 42
///     # The answer to the first write of each journal entry is lost.
///     state.transact key=log:* attempt=1 -> lose
///     publish topic=tasks chance=0.1 -> fail 503
///     deliver topic=tasks every=3 -> duplicate 1
///     * match=40 -> restart before
///
/// Chance does not come from a stream of random numbers that callers share: each decision is a hash of the seed, the
/// rule, the operation, the key and the number of the attempt at that key. So the same seed and the same calls give the
/// same faults however the calls are interleaved, and removing a rule does not change what the others do. Only `match`
/// counts over all keys, in the order the calls come.
package struct FaultPlan: Hashable, Sendable {
    /// The seed of every decision that is left to chance.
    package var seed: UInt64
    /// The rules; every matching one is applied, but only the first that decides how an operation ends takes effect.
    package var rules: [FaultRule]

    package init(seed: UInt64 = 0, rules: [FaultRule] = []) {
        self.seed = seed
        self.rules = rules
    }
}

extension FaultPlan: CustomStringConvertible {
    /// The plan as text that ``init(parsing:file:)`` reads back.
    package var description: String {
        (["seed \(seed)"] + rules.map(\.description)).joined(separator: "\n")
    }
}
