import Testing

@testable import DaprSidecar

struct FaultPlanTests {
    @Test func `every part of a plan is printed and read back`() throws {
        let plan = FaultPlan(
            seed: .max,
            rules: [
                FaultRule([.stateTransact], component: "tasks", key: "log:*", attempts: 1...1, .lose),
                FaultRule(
                    [.publish, .publishBulk],
                    topic: "a b",
                    chance: 0.1,
                    .fail(status: 503, errorCode: "ERR_FAULT")
                ),
                FaultRule(
                    [.stateGet],
                    key: .exact("a*\"\\#=?\n\t"),
                    attempts: 2...5,
                    every: 3,
                    .delay(.milliseconds(1500))
                ),
                FaultRule([.deliver], attempts: 3...Int.max, .duplicate(2)),
                FaultRule([.deliver], matches: 7...7, .reorder(1)), FaultRule([.stateBulkGet], key: "head:*", .omit),
                FaultRule(Set(FaultOperation.allCases), matches: 40...50, .restart(.after)),
                FaultRule([.invoke], key: "", .fail(status: 404, errorCode: "A=B c")),
                FaultRule([.stateTransact], .late(.seconds(2))), FaultRule([.stateSave], .repeat),
                FaultRule([.secretGet], .refuse), FaultRule([.metadata], .cut),
                FaultRule([.jobRun], .delay(.nanoseconds(1_000_001))), FaultRule([.jobGet], .delay(.seconds(90))),
            ]
        )
        #expect(try FaultPlan(parsing: plan.description) == plan, "\(plan)")
        #expect(
            plan.description.hasPrefix(
                """
                seed 18446744073709551615
                state.transact component=tasks key=log:* attempt=1 -> lose
                publish.* topic="a b" chance=0.1 -> fail 503

                """.replacing("publish.*", with: "publish,publish.bulk").dropLast()
            ) || plan.description.contains("publish.*")
        )
    }

    @Test func `a plan may have comments, blank lines and shortened words`() throws {
        let plan = try FaultPlan(
            parsing:
                "# all\r\n\r\nseed 7   # chosen\r\nstate.*,publish chance=1 -> restart # now\n deliver -> reorder\n"
        )
        #expect(
            plan
                == FaultPlan(
                    seed: 7,
                    rules: [
                        FaultRule(
                            [.stateGet, .stateBulkGet, .stateSave, .stateDelete, .stateTransact, .publish],
                            chance: 1,
                            .restart(.before)
                        ),
                        FaultRule([.deliver], .reorder(1)),
                    ]
                )
        )
    }

    @Test(arguments: [
        ("seed x", "one line \"seed N\""), ("seed 1\nseed 2", "p:2: a plan has one line"), ("seed -1", "p:1: a plan"),
        ("state.get lose", "operation condition=value -> action"), ("state.get ->", "has the form"),
        ("state.put -> lose", "no operation \"state.put\"; there are state.get, state.bulk-get"),
        ("\n\nstate.get kye=a -> lose", "p:3: \"kye\" is no condition, or given twice; there are component=PATTERN"),
        ("state.get key=a key=b -> lose", "given twice"), ("state.get lost -> lose", "\"lost\" is no condition"),
        ("state.get attempt=0 -> lose", "attempt=0 cannot be; write attempt=N, N-M or N-"),
        ("state.get attempt=5-2 -> lose", "cannot be"), ("state.get every=no -> lose", "write every=N"),
        ("state.get chance=2 -> lose", "write chance=P (from 0 to 1)"), ("state.get match=-1 -> lose", "match=-1"),
        ("state.get -> loose", "\"loose\" is no action; there are refuse, cut, lose, fail STATUS"),
        ("state.get -> lose it", "\"lose it\" is no action"), ("state.get -> fail", "no action"),
        ("state.get -> fail 200", "400 to 599"), ("state.get -> delay soon", "delay TIME (such as 50ms)"),
        ("state.get -> delay -1s", "no action"), ("deliver -> duplicate 0", "N from 1 to 1000"),
        ("deliver -> duplicate 1001", "N from 1 to 1000"), ("state.get -> restart soon", "restart [before|after]"),
        ("state.get -> duplicate", "duplicate 1 can befall deliver,job.run only"),
        ("* -> reorder", "reorder 1 can befall deliver only"), ("state.bulk-get -> omit 2", "\"omit 2\" is no action"),
        ("state.get -> late", "no action"), ("state.get -> repeat 2", "no action"),
        ("deliver -> late 1s", "late 1s can befall state.*,"), ("* -> repeat", "repeat can befall"),
        ("state.* -> omit", "omit can befall state.bulk-get only"),
        ("state.get key=\"a -> lose", "a quote is not closed"),
        ("state.get key=\"\\x\" -> lose", "an escape other than"), ("=a -> lose", "no operation"),
    ])
    func `a line that cannot be used is refused by place, with what can be`(text: String, words: String) throws {
        let error = #expect(throws: FaultPlanError.self) { try FaultPlan(parsing: text, file: "p") }
        let description = try #require(error).description
        #expect(description.contains(words), "\(description)")
        #expect(description.hasPrefix("p:"))
    }

    @Test func `a file that is not there or is no text is refused`() {
        #expect(throws: FaultPlanError(file: "none", line: 0, reason: .unreadable)) {
            try FaultPlan(file: "none", files: FixedFiles())
        }
    }

    @Test(arguments: [
        ("a", "a", true), ("a", "ab", false), ("a*", "a", true), ("a*", "abc", true), ("*c", "abc", true),
        ("a*c*e", "abcde", true), ("a*c*e", "abcd", false), ("?", "\u{E4}", true), ("?", "", false), ("??", "a", false),
        ("\\*", "*", true), ("\\*", "a", false), ("*", "", true), ("", "", true), ("a\\", "a\\", true),
        ("*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
    ])
    func `a pattern fits or does not`(pattern: String, text: String, isFit: Bool) {
        #expect(FaultPattern(pattern).fits(text) == isFit)
        #expect(FaultPattern.exact(text).fits(text))
    }

    @Test func `random texts are refused or read, and never trap`() {
        let parts = [
            "seed", "state.get", "*", "->", "lose", "fail", "503", "key=", "\"", "\\", "#", " ", "\n", "attempt=", "-",
            "9223372036854775807", "chance=", "nan", "delay", "1e400s", "9999999999h", "duplicate", "reorder", "\u{E9}",
        ]
        let numbers = SeededNumbers(11)
        var read = 0
        for _ in 0..<20_000 {
            let text = (0..<(numbers.next() % 12)).map { _ in
                parts[Int(numbers.next() % UInt64(parts.count))] + (numbers.next() % 2 == 0 ? " " : "")
            }.joined()
            guard let plan = try? FaultPlan(parsing: text) else { continue }
            read += 1
            #expect((try? FaultPlan(parsing: plan.description)) == plan, "\(text)")
        }
        #expect(read > 100)
    }
}
