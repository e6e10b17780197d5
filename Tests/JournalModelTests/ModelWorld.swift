import Foundation
import Synchronization
import Tasks
import TestSupport
import TestTools

@testable import TasksDapr

/// What all parts of a run share: its time, its chance, what may go wrong in it, and the first promise that was broken.
final class ModelWorld: Sendable {
    private struct State {
        var numbers: SeededRandom
        var isCalm = false
        var broken: Broken?
        var trace: [String] = []
        /// How often the store went back in time: what was under way at the one before ended with it.
        var losses = 0
    }

    let seed: UInt64
    /// What may go wrong.
    let rules: Set<ModelRule>
    let configuration: JournalConfiguration
    /// How many milliseconds clients wait between commands at most, mostly.
    let pace: Int
    let count: ModelCount
    /// Whether the run has a time of its own, so that what is bounded by time is so on any machine.
    let isVirtual: Bool
    /// The time that passes for everyone.
    let clock: @Sendable () -> ContinuousClock.Instant
    private let start: ContinuousClock.Instant
    private let state: Mutex<State>
    private let isTraced = ProcessInfo.processInfo.environment["MODEL_TRACE"] != nil

    init(seed: UInt64, time: VirtualTime?, count: ModelCount) {
        self.seed = seed
        self.count = count
        isVirtual = time != nil
        clock = { time?.now ?? .now }
        start = time?.now ?? .now
        var numbers = SeededRandom(seed: seed)
        // One run in eight is free of faults; in the others each rule has its turn or not, so that all mixtures come.
        let isQuiet = numbers.oneIn(8)
        var rules: Set<ModelRule> = []
        for rule in ModelRule.allCases {
            let isOn = numbers.oneIn(rule.isRare ? 3 : 2)
            guard isOn, ModelRule.enabled.contains(rule), !isQuiet || rule.isHarmless else { continue }
            if time != nil || !ModelRule.ofVirtualTime.contains(rule) { rules.insert(rule) }
        }
        // And each has its turn within a few runs.
        let all = ModelRule.allCases.filter(ModelRule.enabled.contains)
        if !isQuiet, !all.isEmpty {
            for turn in 0..<3 {
                let rule = all[Int((seed &* 3 &+ UInt64(turn)) % UInt64(all.count))]
                if time != nil || !ModelRule.ofVirtualTime.contains(rule) { rules.insert(rule) }
            }
        }
        self.rules = rules
        pace = numbers.pick([10, 60, 300])
        configuration = time == nil ? .compressed(rules) : .ofModel(rules, &numbers)
        state = Mutex(State(numbers: numbers))
    }

    /// A world forty days earlier, in which nothing goes wrong.
    init(quietAt time: VirtualTime) {
        (seed, count, isVirtual, rules, configuration, pace) = (0, ModelCount(), true, [], .ofServer, 300)
        let begin = time.now
        clock = { time.now }
        // As if it had begun forty days later.
        start = begin + .seconds(40 * 86_400)
        state = Mutex(State(numbers: SeededRandom(seed: 0)))
    }

    /// Whether nothing goes wrong in this run.
    var isQuiet: Bool { rules.allSatisfy(\.isHarmless) }

    /// The time of day of a machine whose clock is right; the journal of an old book ends forty days before the run begins.
    var wall: Timestamp {
        let passed = start.duration(to: clock())
        return ModelWorld.begin.advanced(byMilliseconds: passed.wholeMilliseconds)
    }

    /// When every run begins.
    static let begin = Timestamp(clamping: 1_772_000_000_000)

    /// Has nothing go wrong any more.
    func calmDown() { state.withLock { $0.isCalm = true } }

    // MARK: - Chance

    func below(_ limit: Int) -> Int { state.withLock { $0.numbers.below(limit) } }

    func oneIn(_ count: Int) -> Bool { below(count) == 0 }

    func pick<Thing>(_ things: [Thing]) -> Thing { things[below(things.count)] }

    func bits() -> UInt64 { state.withLock { $0.numbers.next() } }

    /// A new identifier.
    func newID() -> TaskID { UUIDv7(time: wall, random: (bits(), bits())).id }

    /// Whether it happens now, which is the case once in so many times when it happens in this run at all.
    func strikes(_ rule: ModelRule, oneIn chance: Int) -> Bool {
        let hits = state.withLock { state in
            rules.contains(rule) && !state.isCalm && state.numbers.oneIn(chance)
        }
        if hits { count.count(rule) }
        return hits
    }

    /// A time up to a limit, to the millisecond.
    func upTo(_ limit: Duration) -> Duration { .milliseconds(below(max(1, Int(limit.wholeMilliseconds)))) }

    // MARK: - What is found

    func note(_ sight: ModelSight, by times: Int = 1) {
        if times > 0 { count.count(sight, by: times) }
    }

    /// Notes that a promise was broken; the first counts.
    func broke(_ invariant: Invariant, _ what: @autoclosure () -> String) {
        guard invariant.isKept else { return }
        let broken = Broken(invariant: invariant, what: what())
        trace { "BROKEN \(broken)" }
        state.withLock { $0.broken = $0.broken ?? broken }
    }

    /// Throws the first promise that was broken.
    func checkNothingBroke() throws(Broken) {
        if let broken = state.withLock({ $0.broken }) { throw broken }
    }

    var hasBroken: Bool { state.withLock { $0.broken != nil } }

    /// How often the store was another than before.
    var losses: Int { state.withLock { $0.losses } }

    /// Notes that the store is another now.
    func noteLoss() { state.withLock { $0.losses += 1 } }

    /// Writes down what happens, when someone wants to read it.
    func trace(_ line: () -> String) {
        guard isTraced else { return }
        let passed = start.duration(to: clock()).wholeMilliseconds
        FileHandle.standardError.write(Data("\(passed) \(line())\n".utf8))
    }
}

extension ModelRule {
    /// Whether the rule changes what engines do, and nothing goes wrong by it.
    var isHarmless: Bool {
        switch self {
        case .retention, .renumbering, .smallViews, .smallBacklog, .smallBooks, .smallCommits, .sharedReads, .sameID,
            .bookImport:
            true
        default: false
        }
    }

    /// Whether it takes so much of a run that few should have it.
    var isRare: Bool {
        switch self {
        case .loseGround, .longPause, .clockLeap, .wallJump, .brokerSlow, .smallBooks, .bookImport: true
        default: false
        }
    }
}

extension JournalConfiguration {
    /// Those of a server, in a time of their own.
    fileprivate static func ofModel(_ rules: Set<ModelRule>, _ numbers: inout SeededRandom) -> JournalConfiguration {
        var configuration = JournalConfiguration.ofServer
        configuration.callTimeout = .seconds(numbers.pick([1, 5]))
        configuration.confirmAfter = .milliseconds(numbers.pick([100, 3_000, 60_000]))
        configuration.commandsPerCommit = numbers.pick([64, 4])
        configuration.checkpointInterval = 128
        // Without a number of its own, so that what known seeds play stays the same.
        configuration.recordFormat = configuration.commandsPerCommit == 4 ? 3 : 2
        configuration.bulkReadsReportErrors = !rules.contains(.omit)
        configuration.apply(rules)
        return configuration
    }

    /// Short enough that runs on databases take seconds, long enough for a busy machine.
    fileprivate static func compressed(_ rules: Set<ModelRule>) -> JournalConfiguration {
        var configuration = JournalConfiguration.ofServer
        configuration.callTimeout = .milliseconds(400)
        configuration.patience = .milliseconds(100)
        configuration.commandDeadline = .milliseconds(700)
        configuration.leaseTime = .milliseconds(600)
        configuration.slotIdleTime = .milliseconds(20)
        configuration.drainTime = .seconds(2)
        configuration.confirmAfter = .milliseconds(50)
        configuration.bulkReadsReportErrors = !rules.contains(.omit)
        configuration.apply(rules)
        return configuration
    }

    private mutating func apply(_ rules: Set<ModelRule>) {
        if rules.contains(.smallViews) { viewBytes = 60_000 }
        if rules.contains(.smallBacklog) { backlogBytes = 3_000 }
        if rules.contains(.smallBooks) { bookTextBytes = 400 }
        if rules.contains(.smallCommits) { commitTextBytes = 1_000 }
        if rules.contains(.sharedReads) { readsPerCall = 8 }
        if rules.contains(.retention) { historyRetention = .seconds(30 * 86_400) }
    }
}
