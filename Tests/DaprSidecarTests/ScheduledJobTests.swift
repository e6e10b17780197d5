import DaprJSON
import Testing

@testable import DaprSidecar

/// When a job runs, is tried again and ends, by table and without a clock.
@Suite struct ScheduledJobTests {
    private static let now = WallTime(seconds: 1_767_225_600)  // 2026-01-01T00:00:00Z

    struct Life: Sendable, CustomTestStringConvertible {
        var body: String
        /// `s` for a run that succeeds, `f` for one that fails.
        var outcomes: String
        /// The seconds since the start at which the job was next due, before the first outcome and after each.
        var due: [Int]
        /// Whether the job is over after all of them.
        var ends = true
        var testDescription: String { "\(body) \(outcomes)" }
    }

    @Test(arguments: [
        Life(body: #"{"dueTime":"10s"}"#, outcomes: "s", due: [10]),
        Life(body: #"{"dueTime":"-10s"}"#, outcomes: "s", due: [-10]),
        Life(body: #"{"dueTime":"P1DT1H"}"#, outcomes: "s", due: [90_000]),
        Life(body: #"{"dueTime":"2026-01-01T01:00:00+01:00","repeats":1}"#, outcomes: "s", due: [0]),
        Life(body: #"{"schedule":"@every 5s"}"#, outcomes: "sss", due: [5, 10, 15, 20], ends: false),
        Life(body: #"{"schedule":"@every 5s","repeats":2}"#, outcomes: "ss", due: [5, 10]),
        // A due time is the first run, and what follows counts from it.
        Life(body: #"{"schedule":"@every 5s","dueTime":"1s"}"#, outcomes: "ss", due: [1, 6, 11], ends: false),
        Life(body: #"{"schedule":"0 * * * * *","dueTime":"90s"}"#, outcomes: "s", due: [90, 120], ends: false),
        Life(body: #"{"schedule":"@every 5s","ttl":"12s"}"#, outcomes: "ss", due: [5, 10]),
        Life(body: #"{"schedule":"@every 5s","ttl":"10s"}"#, outcomes: "ss", due: [5, 10]),
        Life(body: #"{"schedule":"@every 5s","dueTime":"60s","ttl":"7s"}"#, outcomes: "ss", due: [60, 65]),
        Life(body: #"{"schedule":"@every 5s","ttl":"2026-01-01T00:00:06Z"}"#, outcomes: "s", due: [5]),
        // Four attempts a second apart, then it is given up.
        Life(body: #"{"dueTime":"10s"}"#, outcomes: "ffff", due: [10, 11, 12, 13]),
        Life(body: #"{"dueTime":"10s"}"#, outcomes: "ffs", due: [10, 11, 12]),
        Life(body: #"{"dueTime":"10s","failurePolicy":{"drop":{}}}"#, outcomes: "f", due: [10]),
        Life(
            body: #"{"dueTime":"10s","failurePolicy":{"constant":{"interval":"2.5s","maxRetries":1}}}"#,
            outcomes: "ff",
            due: [10, 12]
        ),
        Life(
            body: #"{"dueTime":"10s","failurePolicy":{"constant":{"maxRetries":2}}}"#,
            outcomes: "fff",
            due: [10, 10, 10]
        ),
        Life(
            body: #"{"dueTime":"10s","failure_policy":{"constant":{"interval":"60s"}}}"#,
            outcomes: "fff",
            due: [10, 70, 130, 190],
            ends: false
        ),
        // A run that is given up counts, and the next comes when it would have come anyhow.
        Life(
            body:
                #"{"schedule":"@every 5s","repeats":2,"failurePolicy":{"constant":{"interval":"1s","maxRetries":1}}}"#,
            outcomes: "ffs",
            due: [5, 6, 10]
        ),
    ])
    func `a job lives as its fields say, also when it is kept and taken up after each step`(life: Life) throws {
        for isKept in [false, true] {
            let definition = try JobRequest(Array(life.body.utf8)).definition
            var job = try #require(try ScheduledJob(definition, now: Self.now, files: Zones()))
            var due = [job.next.seconds - Self.now.seconds]
            var goesOn = true
            for outcome in life.outcomes {
                #expect(goesOn)
                goesOn = outcome == "s" ? job.succeeded() : job.failed()
                guard goesOn else { break }
                due.append(job.next.seconds - Self.now.seconds)
                // An attempt that failed is tried again at once after a restart, as often as it still may be.
                if isKept, job.progress.attempts == 0 {
                    job = try #require(try ScheduledJob(kept: job.kept, files: Zones()))
                }
            }
            #expect(due == life.due)
            #expect(goesOn != life.ends)
        }
    }

    @Test(arguments: [
        (#"{"dueTime":"nonsense"}"#, "due time format not recognized"),
        (#"{"dueTime":""}"#, "due time format not recognized"),
        (#"{"dueTime":"R3/PT1S"}"#, "due time format not recognized"),
        (#"{"dueTime":"P"}"#, "due time format not recognized"),
        (#"{"dueTime":"P1S"}"#, "due time format not recognized"),
        (#"{"dueTime":"1s","repeats":2}"#, "job must have a schedule to repeat"),
        (#"{"dueTime":"1s","ttl":"2s"}"#, "job must have a schedule to have a ttl"),
        (#"{"schedule":"@daily","repeats":0}"#, "defined repeats must be greater than 0"),
        (#"{"schedule":"@daily","ttl":"x"}"#, "ttl format not recognized"),
        (#"{"schedule":"@daily","dueTime":"5s","ttl":"-1s"}"#, "ttl must be greater than due time"),
        (#"{"schedule":"@never"}"#, "unrecognized descriptor: @never"),
    ])
    func `what the scheduler does not take`(body: String, reason: String) throws {
        let definition = try JobRequest(Array(body.utf8)).definition
        let fault = #expect(throws: JobFault.self) { try ScheduledJob(definition, now: Self.now, files: Zones()) }
        #expect(fault?.description == reason)
    }

    @Test func `a job whose time to live has passed is over before it began`() throws {
        let definition = try JobRequest(Array(#"{"schedule":"@every 5s","ttl":"2020-01-01T00:00:00Z"}"#.utf8))
            .definition
        #expect(try ScheduledJob(definition, now: Self.now, files: Zones()) == nil)
    }

    @Test func `attempts that failed are kept`() throws {
        let definition = try JobRequest(Array(#"{"dueTime":"10s"}"#.utf8)).definition
        var job = try #require(try ScheduledJob(definition, now: Self.now, files: Zones()))
        let isTriedAgain = job.failed()
        #expect(isTriedAgain)
        var again = try #require(try ScheduledJob(kept: job.kept, files: Zones()))
        #expect(again.progress == job.progress && again.next == Self.now.adding(seconds: 10))
        let rest = (again.failed(), again.failed(), again.failed())
        #expect(rest == (true, true, false))
    }

    @Test(arguments: ["{", "[]", "{}", #"{"job":{},"begin":"x"}"#, #"{"job":{"schedule":5},"begin":"5"}"#])
    func `what was not kept by us is refused`(document: String) {
        #expect(throws: JobFault.self) { try ScheduledJob(kept: Array(document.utf8), files: Zones()) }
    }

    @Test(arguments: [
        ("P1M", "2026-01-31T10:00:00Z", "2026-03-03T10:00:00Z"),
        ("P1Y2M3D", "2024-02-29T00:00:00Z", "2025-05-02T00:00:00Z"),
        ("P2W", "2026-01-01T00:00:00Z", "2026-01-15T00:00:00Z"),
        ("PT90M", "2026-01-01T00:00:00Z", "2026-01-01T01:30:00Z"),
        ("R0/PT5S", "2026-01-01T00:00:00Z", "2026-01-01T00:00:05Z"),
        ("1h", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"),
        ("2030-06-01T12:00:00Z", "2026-01-01T00:00:00Z", "2030-06-01T12:00:00Z"),
        ("P999999999Y", "2026-01-01T00:00:00Z", "2262-04-11T23:47:16Z"),
    ])
    func `moments are read in three forms`(text: String, start: String, moment: String) throws {
        #expect(JobMoment.parse(text, from: try #require(WallTime(rfc3339: start)))?.rfc3339 == moment)
    }

    @Test(arguments: [
        ("3s", "3s"), ("1.5s", "1.500s"), ("0.000001s", "0.000001s"), ("0.000000001s", "0.000000001s"),
        ("-2.25s", "-2.250s"),
        ("00s", "0s"),
    ])
    func `protobuf's durations are written as protobuf does`(text: String, written: String) throws {
        #expect(ProtoDuration.text(try #require(ProtoDuration.parse(text))) == written)
    }

    @Test(arguments: ["1m", "s", "", "1", "1.s", "--1s", "1-s", "1.0000000001s", "999999999999s", "1e3s", " 1s"])
    func `other durations are none of protobuf's`(text: String) { #expect(ProtoDuration.parse(text) == nil) }
}
