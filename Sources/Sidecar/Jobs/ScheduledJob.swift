/// A job with what has become of it: pure, so that a clock can be given and every moment looked at.
///
/// The rules are those of Dapr's scheduler: a run counts from the moment it was planned for, not from when it happened, so that after a
/// stop every run that was missed comes, one after another; each is tried as often as the failure policy says.
struct ScheduledJob: Sendable {
    /// What happened to the job; kept with it.
    struct Progress: Equatable, Sendable {
        /// The runs that are over.
        var count = 0
        /// The failed attempts of the present run.
        var attempts = 0
        /// The moment for which the last run that is over was planned.
        var last: WallTime?
    }

    let definition: JobDefinition
    /// When it was scheduled, or its due time.
    let begin: WallTime
    /// When no run comes any more; `nil` for never.
    let expiration: WallTime?
    private(set) var progress: Progress
    /// When the present run is tried next.
    private(set) var next: WallTime

    private let schedule: JobSchedule?

    /// Plans a new job; `nil` when it is over before it began.
    init?(_ definition: JobDefinition, now: WallTime, files: any ResourceFiles) throws(JobFault) {
        if definition.schedule == nil {
            if let repeats = definition.repeats, repeats > 1 { throw JobFault("job must have a schedule to repeat") }
            if definition.ttl != nil { throw JobFault("job must have a schedule to have a ttl") }
        }
        if definition.repeats == 0 { throw JobFault("defined repeats must be greater than 0") }
        schedule = try definition.schedule.map { text throws(JobFault) in try JobSchedule(text, files: files) }
        if let text = definition.dueTime {
            guard let moment = JobMoment.parse(text, from: now) else {
                throw JobFault("due time format not recognized")
            }
            begin = moment
        } else {
            begin = now
        }
        if let text = definition.ttl {
            guard let moment = JobMoment.parse(text, from: begin) else { throw JobFault("ttl format not recognized") }
            if definition.dueTime != nil, begin > moment { throw JobFault("ttl must be greater than due time") }
            expiration = moment
        } else {
            expiration = nil
        }
        self.definition = definition
        progress = Progress()
        next = begin
        guard plan() else { return nil }
    }

    /// Takes up a job that was kept; `nil` when it is over.
    init?(
        _ definition: JobDefinition,
        begin: WallTime,
        expiration: WallTime?,
        progress: Progress,
        files: any ResourceFiles
    ) throws(JobFault) {
        self.definition = definition
        self.begin = begin
        self.expiration = expiration
        self.progress = progress
        schedule = try definition.schedule.map { text throws(JobFault) in try JobSchedule(text, files: files) }
        next = begin
        guard plan() else { return nil }
    }

    /// The present run is over; `false` when it was the last.
    mutating func succeeded() -> Bool {
        progress.last = planned
        progress.count += 1
        progress.attempts = 0
        return plan()
    }

    /// The present run failed, and is tried again or given up; `false` when nothing comes any more.
    mutating func failed() -> Bool {
        progress.attempts += 1
        if case .constant(let interval, let maxRetries) = definition.failurePolicy,
            maxRetries.map({ progress.attempts <= $0 }) ?? true
        {
            next = next.adding(interval ?? .zero)
            return true
        }
        return succeeded()
    }

    /// The moment for which the present run is planned; `nil` when there is none.
    private var planned: WallTime? {
        if let repeats = definition.repeats, progress.count >= repeats { return nil }
        guard let schedule else { return progress.count == 0 ? begin : nil }
        if let last = progress.last { return schedule.next(after: last) }
        return definition.dueTime != nil ? begin : schedule.next(after: begin)
    }

    private mutating func plan() -> Bool {
        guard let moment = planned, expiration.map({ moment <= $0 }) ?? true else { return false }
        next = moment
        return true
    }
}
