import DaprCalendar
import DaprText

/// When a repeating job runs: `@every 5m`, a word such as `@daily`, or six fields of cron.
enum JobSchedule: Sendable {
    /// At this interval after the previous run; at least a second.
    case every(Duration)
    case cron(CronSchedule)

    /// Parses a schedule; one of cron may begin with `CRON_TZ=Europe/Berlin ` or `TZ=…`, and is otherwise in UTC.
    init(_ text: String, files: any ResourceFiles) throws(JobFault) {
        if text.isEmpty { throw JobFault("empty spec string") }
        var rest = Substring(text)
        var zone: TimeZoneRules?
        if rest.hasBytePrefix("TZ=") || rest.hasBytePrefix("CRON_TZ=") {
            let word = rest.prefix(beforeByte: " ")
            let name = word.droppingBytes(word.prefix(beforeByte: "=").utf8.count + 1)
            rest = Substring(rest.utf8.dropFirst(word.utf8.count).drop { $0 == UInt8(ascii: " ") })
            zone = TimeZoneRules.named(name, read: files.bytes(of:))
            if zone == nil { throw JobFault("provided bad location \(name): unknown time zone \(name)") }
        }
        let word = "@every "
        if rest.hasBytePrefix(word) {
            if zone != nil { throw JobFault("a time zone makes no difference to @every") }
            guard let interval = GoDuration.parse(String(rest.droppingBytes(word.utf8.count))) else {
                throw JobFault("failed to parse duration \(text)")
            }
            // Dapr's scheduler accepts any interval, even zero. Runs less than a second apart would occupy a core.
            self = .every(max(interval, .seconds(1)))
        } else if rest.hasBytePrefix("@") {
            guard let named = CronSchedule(word: rest, zone: zone ?? .utc) else {
                throw JobFault("unrecognized descriptor: \(rest)")
            }
            self = .cron(named)
        } else {
            self = .cron(try CronSchedule(fields: rest, zone: zone ?? .utc))
        }
    }

    /// The first moment after `moment`; `nil` when there is none.
    func next(after moment: WallTime) -> WallTime? {
        switch self {
        case .every(let interval): moment.adding(interval)
        case .cron(let schedule): schedule.next(after: moment)
        }
    }
}

/// Why the scheduler rejects a job.
struct JobFault: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
