/// A job and its progress: a pure value, so that tests can supply the clock.
///
/// The rules are those of Dapr's scheduler. Runs are planned from the moment for which the previous one was planned,
/// not from when it happened. So after a stop every missed run comes, one after another. Each is tried as often as the
/// failure policy says.
struct ScheduledJob: Sendable {
    /// The progress of the job, which is stored with it.
    struct Progress: Equatable, Sendable {
        /// The number of finished runs.
        var count = 0
        /// The number of failed attempts of the current run.
        var attempts = 0
        /// The moment for which the last finished run was planned.
        var last: WallTime?
    }

    let definition: JobDefinition
    /// The due time, or when the job was scheduled.
    let begin: WallTime
    /// The time after which no run comes; `nil` for never.
    let expiration: WallTime?
    private(set) var progress: Progress
    /// When the current run is tried next.
    private(set) var next: WallTime

    private let schedule: JobSchedule?

    /// Plans a new job; `nil` when it has no run.
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

    /// Restores a stored job; `nil` when it has ended.
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

    /// Ends the current run; `false` when it was the last.
    mutating func succeeded() -> Bool {
        progress.last = planned
        progress.count += 1
        progress.attempts = 0
        return plan()
    }

    /// Records a failed attempt, after which the run is retried or given up; `false` when nothing more comes.
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

    /// The moment for which the current run is planned; `nil` when there is none.
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
