import DaprJSON
import TestSupport
import TestTools
import Testing

@testable import DaprSidecar

/// Jobs that were changed at random: each is refused, or runs at moments that lie one behind the other, also after it was kept and read again.
@Suite struct JobFuzzTests {
    private static let corpus = [
        #"{"schedule":"@every 5m30s","repeats":3,"ttl":"P1DT2H","data":{"to":"me"}}"#,
        #"{"schedule":"0 30 6-18/2 * JAN,jul MON-FRI","dueTime":"2026-01-01T01:00:00+01:00"}"#,
        #"{"schedule":"CRON_TZ=Test/Berlin 5/20 */7 0,12 29 2 *","overwrite":true}"#,
        #"{"schedule":"TZ=UTC @daily","ttl":"48h","failurePolicy":{"drop":{}}}"#,
        #"{"schedule":"@yearly","failure_policy":{"constant":{"interval":"1.5s","max_retries":2}}}"#,
        #"{"dueTime":"10s","data":null,"failurePolicy":{"constant":{"interval":"3s","maxRetries":"3"}}}"#,
        #"{"schedule":"? ? ? 13 * FRI","due_time":"R0/PT1H","ttl":"9999-12-31T23:59:59Z"}"#,
    ]
    private static let words = [
        "*", "?", "/", "-", ",", "0", "1", "59", "60", "31", "SUN", "JAN", "@every ", "@hourly", "TZ=UTC ",
        "CRON_TZ=Test/Berlin ", "1ns", "1h", "1e9h", "-5s", "292y", "999999999999", "9223372036854775807", "P", "T",
        "PT1S",
        "P9999Y", "R0/", "2262-04-11T23:47:16Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:60+99:99", ":", "Z", "\"",
        "{", "}",
        "null", "\\u0000", "é", "\u{301}", "\u{200D}", "2026-02-30T00:00:00Z", "+24:60", "@every 0s", "@every -1h",
    ]

    @Test func `a job that was changed is refused, or runs in order`() async throws {
        try await Fuzzing.run("jobs", reaching: ["planned", "refused", "malformed"]) { numbers in
            var body = Array(numbers.pick(Self.corpus).utf8)
            if numbers.oneIn(2), let json = try? JSONValue(parsing: body) { body = numbers.changed(json).serialized() }
            if numbers.oneIn(3) { body = numbers.changed(body, words: Self.words) }
            if numbers.oneIn(2), var object = try? JSONValue(parsing: body).objectValue {
                let key = numbers.pick(["schedule", "dueTime", "ttl"])
                object[key] = .string(numbers.changed(object[key]?.stringValue ?? "0 0 * * * *", words: Self.words))
                body = JSONValue.object(object).serialized()
            }
            let now = WallTime(seconds: numbers.below(4_000_000_000))
            let definition: JobDefinition
            do throws(RequestFault) {
                definition = try JobRequest(body).definition
            } catch {
                return "malformed"
            }
            let planned: ScheduledJob?
            do throws(JobFault) {
                planned = try ScheduledJob(definition, now: now, files: Zones())
            } catch {
                return "refused"
            }
            guard var job = planned else { return "over" }
            do {
                try Self.follow(&job, &numbers)
            } catch {
                throw Violation("\(error): \(String(decoding: body, as: UTF8.self))")
            }
            return "planned"
        }
    }

    /// Looks at the next runs of a job, some of which fail.
    private static func follow(_ job: inout ScheduledJob, _ numbers: inout SeededRandom) throws {
        for _ in 0..<8 {
            let last = job.progress.last
            guard numbers.oneIn(3) ? job.failed() : job.succeeded() else { return }
            if let last, let now = job.progress.last, now < last || now == last && job.progress.attempts == 0,
                last.seconds < farthest
            {
                throw Violation("after \(last.rfc3339) came \(now.rfc3339)")
            }
            guard job.progress.attempts == 0 else { continue }
            let kept = try ScheduledJob(kept: job.kept, files: Zones())
            guard kept?.next == job.next, kept?.progress == job.progress else {
                throw Violation("next is \(job.next.rfc3339), as kept \(kept?.next.rfc3339 ?? "never")")
            }
        }
    }

    /// Near the end of the moments that can be told, 2262, they no longer differ.
    private static let farthest = 9_000_000_000
}
