import DaprText
import Testing

@testable import DaprSidecar

struct FaultInjectorTests {
    private static func calls(_ count: Int) -> [FaultSubject] {
        (0..<count).map { FaultSubject(.stateGet, component: "s", keys: ["k\($0 % 20)"]) }
    }

    private func faults(_ plan: FaultPlan, _ calls: [FaultSubject]) -> FaultInjector {
        let faults = FaultInjector(plan)
        for call in calls { _ = faults.verdict(call) }
        return faults
    }

    @Test func `the same seed makes the same faults, another others`() {
        let rules = [FaultRule([.stateGet], chance: 0.3, .lose)]
        let first = faults(FaultPlan(seed: 1, rules: rules), Self.calls(400))
        #expect(first.log == faults(FaultPlan(seed: 1, rules: rules), Self.calls(400)).log)
        #expect(first.log != faults(FaultPlan(seed: 2, rules: rules), Self.calls(400)).log)
        #expect((80...160).contains(first.log.count), "\(first.log.count) of 400 at 0.3")
    }

    @Test func `the order of calls with different keys makes no difference`() async {
        let plan = FaultPlan(
            seed: 3,
            rules: [FaultRule([.stateGet], chance: 0.4, .lose), FaultRule([.stateGet], attempts: 2...3, .delay(.zero))]
        )
        let inOrder = faults(plan, Self.calls(400))
        #expect(inOrder.sortedLog == faults(plan, Self.calls(400).reversed()).sortedLog)
        let together = FaultInjector(plan)
        await withTaskGroup { group in
            for call in Self.calls(400) { group.addTask { _ = together.verdict(call) } }
        }
        #expect(inOrder.sortedLog == together.sortedLog)
        #expect(!inOrder.sortedLog.isEmpty)
    }

    @Test func `leaving a rule out does not change what the others do`() {
        let (one, other) = (
            FaultRule([.stateGet], chance: 0.2, .delay(.zero)), FaultRule([.stateGet], chance: 0.2, .cut)
        )
        let both = faults(FaultPlan(seed: 5, rules: [one, other]), Self.calls(200)).log.filter { $0.action == .cut }
        let alone = faults(FaultPlan(seed: 5, rules: [other]), Self.calls(200)).log
        #expect(both.map(\.subject) == alone.map(\.subject))
        #expect(!alone.isEmpty)
    }

    @Test func `attempts are counted by the key that fits, matches over all`() {
        let faults = FaultInjector(
            FaultPlan(rules: [
                FaultRule([.stateTransact], key: "head:*", attempts: 2...2, .lose),
                FaultRule([.stateTransact], key: "log:*", matches: 3...3, .cut),
            ])
        )
        let ends = ["log:a:1 head:a", "log:b:1 head:b", "head:a log:a:2", "log:c:1", "head:a", "other"].map { keys in
            faults.verdict(FaultSubject(.stateTransact, keys: keys.split(separator: " ").map(String.init))).end
        }
        #expect(ends == [nil, nil, .lose, nil, nil, nil])
        // The third to fit the second rule was lost by the first rule already: only one ends an operation.
        #expect(faults.log.map(\.rule) == [1])
        #expect(faults.log.first?.description == "state.transact head:a attempt 2 -> lose (rule 1)")
    }

    @Test func `every so manieth attempt, and only where component and topic fit`() {
        let rule = FaultRule([.publish], component: "bus", topic: "t?", every: 3, .lose)
        let faults = FaultInjector(FaultPlan(rules: [rule]))
        func ends(_ component: String, _ topic: String?) -> [Bool] {
            (0..<6).map { _ in
                faults.verdict(FaultSubject(.publish, component: component, topic: topic)).end == .lose
            }
        }
        #expect(ends("bus", "t1") == [false, false, true, false, false, true])
        #expect(ends("other", "t1").allSatisfy { !$0 })
        #expect(ends("bus", "t").allSatisfy { !$0 })
        #expect(ends("bus", nil).allSatisfy { !$0 })
    }

    @Test func `delays add up, and the printed plan repeats the run`() throws {
        let faults = faults(
            FaultPlan(
                seed: 9,
                rules: [
                    FaultRule([.stateGet], .delay(.milliseconds(5))), FaultRule([.stateGet], .delay(.seconds(1))),
                    FaultRule([.stateGet], chance: 0.5, .refuse),
                ]
            ),
            Self.calls(60)
        )
        #expect(faults.verdict(FaultSubject(.stateGet)).delay == .milliseconds(1005))
        let again = self.faults(try FaultPlan(parsing: faults.description), Self.calls(60) + [FaultSubject(.stateGet)])
        #expect(again.log == faults.log)
        #expect(again.plan == faults.plan)
    }

    @Test func `a bulk read leaves keys out as its seed says, at least one and only those that fit`() {
        let keys = (0..<40).map { "head:\($0)" } + (0..<40).map { "page:\($0)" }
        func omissions(seed: UInt64, _ keys: [String]) -> [Set<ExactText>] {
            let rule = FaultRule([.stateBulkGet], component: "s", key: "head:*", .omit)
            let faults = FaultInjector(FaultPlan(seed: seed, rules: [rule]))
            return (0..<20).map { _ in faults.omissions(FaultSubject(.stateBulkGet, component: "s", keys: keys)) }
        }
        let first = omissions(seed: 1, keys)
        #expect(first == omissions(seed: 1, keys))
        #expect(first == omissions(seed: 1, ["head:0"] + keys.shuffled()), "the order of keys makes no difference")
        #expect(first != omissions(seed: 2, keys))
        #expect(Set(first).count > 10, "other keys at another attempt")
        for omitted in first {
            #expect((5...35).contains(omitted.count), "\(omitted.count) of 40")
            #expect(omitted.allSatisfy { $0.text.hasPrefix("head:") })
        }
        #expect(omissions(seed: 3, ["page:1", "head:7"]).allSatisfy { $0 == [ExactText("head:7")] })
        #expect(omissions(seed: 3, ["page:1"]).allSatisfy { $0.isEmpty })
    }

    @Test func `the log keeps the newest`() {
        let rules = [FaultRule([.stateGet], .delay(.zero))]
        let faults = faults(FaultPlan(rules: rules), Self.calls(120_000))
        #expect((100_000...110_000).contains(faults.log.count))
        #expect(faults.log.last?.attempt == 6000)
        #expect(faults.description.contains("# 120000 faults:\n# "))
    }

    @Test func `identifiers and chances follow from a seed`() {
        let (one, same, other) = (Surroundings.seeded(1), Surroundings.seeded(1), Surroundings.seeded(2))
        let first = (one.newUUID(), one.random())
        #expect(first == (same.newUUID(), same.random()))
        #expect(first.0 != other.newUUID())
        #expect(first.0.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
    }
}
