import DaprText
import Synchronization

/// Applies a fault plan to the operations of a run, and logs what it did.
///
/// It outlives a restart of the sidecar, so that attempts are counted over the whole run.
package final class FaultInjector: Sendable {
    /// The plan.
    package let plan: FaultPlan
    private let bases: [FaultHash]
    private let concerned: Set<FaultOperation>
    private let observer: @Sendable (FaultRecord) -> Void
    private let state: Mutex<State>

    private struct State {
        /// Attempts by the hash of rule, operation, component, topic and key.
        var attempts: [UInt64: Int] = [:]
        /// How many operations matched each rule.
        var matches: [Int]
        var log: [FaultRecord] = []
        var dropped = 0
    }

    /// How many keys have a counter of their own; further keys share counters, so that memory stays bounded.
    private static let counterLimit = 1 << 20
    /// How many records the log keeps; the oldest go first.
    private static let logLimit = 100_000

    /// Creates an injector with empty counters and an empty log.
    ///
    /// - Parameters:
    ///   - plan: What goes wrong.
    ///   - observer: Called for every fault; must not block.
    package init(_ plan: FaultPlan, observer: @escaping @Sendable (FaultRecord) -> Void = { _ in }) {
        self.plan = plan
        self.observer = observer
        bases = plan.rules.map { rule in
            var hash = FaultHash()
            hash.add(plan.seed)
            hash.add(rule.description)
            return hash
        }
        concerned = plan.rules.reduce(into: []) { $0.formUnion($1.operations) }
        state = Mutex(State(matches: Array(repeating: 0, count: plan.rules.count)))
    }

    /// The faults so far, in the order they were decided.
    package var log: [FaultRecord] { state.withLock { $0.log } }

    /// The faults so far as sorted text: the same for the same calls, in whatever order they came.
    package var sortedLog: [String] { log.map(\.description).sorted() }

    /// Whether any rule applies to `operation`; if none does, the caller need not find out the keys.
    package func concerns(_ operation: FaultOperation) -> Bool { concerned.contains(operation) }

    /// Decides what happens to an operation that is about to begin, and counts it as an attempt.
    package func verdict(_ subject: FaultSubject) -> FaultVerdict {
        var verdict = FaultVerdict()
        for action in decide(subject, { !$0.isPartial }).map(\.action) {
            switch action {
            case .delay(let duration): verdict.delay += duration
            case .duplicate(let times): verdict.duplicates += times
            case .refuse, .cut, .lose, .late, .repeat, .fail, .restart: verdict.end = verdict.end ?? action
            case .reorder, .omit: continue
            }
        }
        return verdict
    }

    /// How many later events this one waits for before it is delivered; 0 for none.
    func displacement(_ subject: FaultSubject) -> Int {
        decide(subject) { if case .reorder = $0 { true } else { false } }.reduce(0) { sum, record in
            if case .reorder(let count) = record.action { max(sum, count) } else { sum }
        }
    }

    /// The keys that a bulk read reports as missing.
    ///
    /// Of the keys that match a rule at least one is omitted, and each other one with a chance of one half.
    func omissions(_ subject: FaultSubject) -> Set<ExactText> {
        var omitted: Set<ExactText> = []
        for record in decide(subject, { $0 == .omit }) {
            let rule = plan.rules[record.rule - 1]
            var hash = bases[record.rule - 1]
            hash.add(record.subject.component)
            hash.add(record.key)
            hash.add(UInt64(record.attempt))
            let chances = subject.keys.filter { rule.key?.fits($0) ?? true }.map { key in
                var own = hash
                own.add(key)
                return (key: key, fraction: own.fraction)
            }
            let least = chances.map(\.fraction).min()
            for chance in chances where chance.fraction < 0.5 || chance.fraction == least {
                omitted.insert(ExactText(chance.key))
            }
        }
        return omitted
    }

    private func decide(_ subject: FaultSubject, _ isAsked: (FaultAction) -> Bool) -> [FaultRecord] {
        guard concerns(subject.operation) else { return [] }
        var records: [FaultRecord] = []
        for (index, rule) in plan.rules.enumerated() where isAsked(rule.action) {
            guard let key = rule.subject(of: subject) else { continue }
            var hash = bases[index]
            hash.add(subject.operation.rawValue)
            hash.add(subject.component)
            hash.add(subject.topic ?? "")
            hash.add(key)
            let (attempt, match) = count(hash.value, rule: index)
            guard rule.attempts?.contains(attempt) ?? true, rule.matches?.contains(match) ?? true,
                attempt.isMultiple(of: rule.every ?? 1)
            else { continue }
            hash.add(UInt64(attempt))
            if let chance = rule.chance, hash.fraction >= chance { continue }
            // Only the first action that decides how an operation ends takes effect; the other rules are counted all
            // the same.
            if rule.action.isFinal, records.contains(where: { $0.action.isFinal }) { continue }
            records.append(
                FaultRecord(subject: subject, key: key, attempt: attempt, rule: index + 1, action: rule.action)
            )
        }
        if records.isEmpty { return [] }
        state.withLock { state in
            state.log += records
            let excess = state.log.count - Self.logLimit
            // Records are removed in large steps, because each removal moves the whole log.
            if excess > Self.logLimit / 10 {
                state.log.removeFirst(excess)
                state.dropped += excess
            }
        }
        for record in records { observer(record) }
        return records
    }

    private func count(_ key: UInt64, rule: Int) -> (attempt: Int, match: Int) {
        state.withLock { state in
            let isNew = state.attempts.count >= Self.counterLimit && state.attempts[key] == nil
            let counter = isNew ? key & 0xFFFF : key
            state.attempts[counter, default: 0] += 1
            state.matches[rule] += 1
            return (state.attempts[counter, default: 1], state.matches[rule])
        }
    }
}

extension FaultInjector: CustomStringConvertible {
    /// The plan and what it did: a failing test prints this, and the plan in it repeats the run.
    package var description: String {
        let (log, dropped) = state.withLock { ($0.log, $0.dropped) }
        let left = dropped == 0 ? [] : ["# \(dropped) older ones are not kept"]
        return (["\(plan)", "# \(log.count + dropped) faults:"] + left + log.map { "# \($0)" })
            .joined(separator: "\n")
    }
}

/// Everything that happens to one operation.
package struct FaultVerdict: Equatable, Sendable {
    /// How long the operation's start is delayed.
    package var delay = Duration.zero
    /// How many additional times it is delivered.
    package var duplicates = 0
    /// The action that decides how it ends; `nil` when it ends normally.
    package var end: FaultAction?
}

/// One fault that was applied.
package struct FaultRecord: Equatable, Sendable, CustomStringConvertible {
    /// The operation.
    package var subject: FaultSubject
    /// The key by which its rule counts; empty for none.
    package var key: String
    /// The number of the attempt at that key, from 1.
    package var attempt: Int
    /// The rule's position in the plan, from 1.
    package var rule: Int
    /// The action that was applied.
    package var action: FaultAction

    /// One line: `state.transact tasks log:alice:3 attempt 1 -> lose (rule 2)`.
    package var description: String {
        let words = [subject.operation.rawValue, subject.component, subject.topic ?? "", key].filter { !$0.isEmpty }
        return words.map(FaultWords.quoted).joined(separator: " ") + " attempt \(attempt) -> \(action) (rule \(rule))"
    }
}
