import DaprText
import Synchronization

/// Applies a plan to the operations of a run, and keeps a log of what it did.
///
/// It outlives a restart of the sidecar, so that attempts are counted over the whole run.
package final class FaultInjector: Sendable {
    /// The plan that is applied.
    package let plan: FaultPlan
    private let bases: [FaultHash]
    private let concerned: Set<FaultOperation>
    private let observer: @Sendable (FaultRecord) -> Void
    private let state: Mutex<State>

    private struct State {
        /// Attempts by the hash of rule, operation, component, topic and key.
        var attempts: [UInt64: Int] = [:]
        /// Operations that fitted each rule.
        var matches: [Int]
        var log: [FaultRecord] = []
        var dropped = 0
    }

    /// How many keys are counted each for itself; what is beyond shares counters, so that memory has a bound.
    private static let counterLimit = 1 << 20
    /// How many records of the log are kept, the newest.
    private static let logLimit = 100_000

    /// Creates an injector that nothing has happened to.
    ///
    /// - Parameters:
    ///   - plan: What goes wrong.
    ///   - observer: Hears of every fault; must not wait.
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

    /// What was done so far, in the order it was decided.
    package var log: [FaultRecord] { state.withLock { $0.log } }

    /// What was done so far by subject and attempt: the same for the same calls in whatever order they came.
    package var sortedLog: [String] { log.map(\.description).sorted() }

    /// Whether any rule is for such an operation, so that it is worth while to find out its keys.
    package func concerns(_ operation: FaultOperation) -> Bool { concerned.contains(operation) }

    /// What happens to an operation that is about to begin; counts it as an attempt.
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

    /// How many later events one waits for before it is delivered; 0 for none.
    func displacement(_ subject: FaultSubject) -> Int {
        decide(subject) { if case .reorder = $0 { true } else { false } }.reduce(0) { sum, record in
            if case .reorder(let count) = record.action { max(sum, count) } else { sum }
        }
    }

    /// The keys of a bulk read that it answers as missing.
    ///
    /// Of those that fit a rule at least one, and each other with an even chance.
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
            // Only the first that decides how an operation ends is done; the others are counted all the same.
            if rule.action.isFinal, records.contains(where: { $0.action.isFinal }) { continue }
            records.append(
                FaultRecord(subject: subject, key: key, attempt: attempt, rule: index + 1, action: rule.action)
            )
        }
        if records.isEmpty { return [] }
        state.withLock { state in
            state.log += records
            let excess = state.log.count - Self.logLimit
            // In large steps, since each moves the whole log.
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
    /// The plan and what it did: what a failing test shows, and what repeats the run.
    package var description: String {
        let (log, dropped) = state.withLock { ($0.log, $0.dropped) }
        let left = dropped == 0 ? [] : ["# \(dropped) older ones are not kept"]
        return (["\(plan)", "# \(log.count + dropped) faults:"] + left + log.map { "# \($0)" })
            .joined(separator: "\n")
    }
}

/// All that happens to one operation.
package struct FaultVerdict: Equatable, Sendable {
    /// How much later it begins.
    package var delay = Duration.zero
    /// How many more times it is delivered.
    package var duplicates = 0
    /// How it ends, when not by itself.
    package var end: FaultAction?
}

/// One fault that happened.
package struct FaultRecord: Equatable, Sendable, CustomStringConvertible {
    /// What it befell.
    package var subject: FaultSubject
    /// The key by which its rule counts; empty for none.
    package var key: String
    /// Which attempt at that key it was, from 1.
    package var attempt: Int
    /// The rule by its place in the plan, from 1.
    package var rule: Int
    /// What happened.
    package var action: FaultAction

    /// One line: `state.transact tasks log:alice:3 attempt 1 -> lose (rule 2)`.
    package var description: String {
        let words = [subject.operation.rawValue, subject.component, subject.topic ?? "", key].filter { !$0.isEmpty }
        return words.map(FaultWords.quoted).joined(separator: " ") + " attempt \(attempt) -> \(action) (rule \(rule))"
    }
}
