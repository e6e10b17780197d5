internal import Dapr
internal import Metrics
internal import Tasks

/// One owner's book: its view, and the queue of commands that want to change it.
///
/// The command that finds no commit on its way leads: it commits for all that wait, on its own task and executor, and then lets the
/// next one lead. A leader that is cancelled, or whose deadline passes, hands the unfinished group to another of its commands.
final class OwnerBook: Sendable {
    private let owner: OwnerID
    private let journal: JournalContext
    private let keys: JournalKeys
    private let view: BookView
    private let queue: CommandQueue

    init(owner: OwnerID, journal: JournalContext) {
        self.owner = owner
        self.journal = journal
        keys = JournalKeys(owner)
        view = BookView(owner: owner, clock: journal.clock, now: journal.now)
        queue = CommandQueue(limit: journal.limits.waitingCommands)
    }

    /// Whether a command is on its way or waits.
    var isBusy: Bool { queue.isBusy }

    /// Whether nobody asked for so long that the book must be read again.
    var isStale: Bool { view.isStale(journal.clock()) }

    /// About how many bytes of memory the book takes.
    var approximateBytes: Int { view.approximateBytes }

    /// The highest sequence known to be published.
    var published: Int { view.published }

    /// Reads the journal to its end, and gives the relay what is not known to be published.
    /// - Parameter first: the first change that may be unpublished, as far as the caller knows.
    /// - Returns: the last sequence.
    /// - Throws: ``JournalFailure`` when the journal cannot be read.
    func handOver(from first: Int) async throws(JournalFailure) -> Int {
        _ = try await view.catchUp(with: journal.reader(of: owner, trace: nil))
        view.notePublished(first - 1)
        let (after, events, last) = view.handOver()
        journal.relay.add(events, of: owner, after: after, through: last)
        return last
    }

    /// Notes that everything up to a sequence is published.
    func notePublished(_ sequence: Int) { view.notePublished(sequence) }

    /// Carries out a command, alone or together with others.
    func perform(_ command: TaskCommand, context: CommandContext) async throws(TaskError) -> CommandResult {
        let latest = journal.clock() + journal.limits.commandDeadline
        let member = Member(
            command: try command.checked(),
            context: context,
            deadline: min(context.deadline ?? latest, latest)
        )
        switch await queue.enter(member) {
        case .answered(let result):
            return try result.get()
        case .lead(let unfinished):
            let group =
                unfinished ?? Group(members: [member] + queue.take(journal.limits.commandsPerCommit - 1))
            let result = await lead(group, as: member, until: member.deadline, trace: context.trace)
            return try result.get()
        }
    }

    /// Looks at the tasks, with everything in them that was committed before the question.
    func look<Value: Sendable>(
        trace: String?,
        _ look: (Book) throws(TaskError) -> Value
    ) async throws(TaskError) -> Value {
        do throws(JournalFailure) {
            _ = try await view.confirm(since: journal.clock(), with: journal.sharingReader(of: owner, trace: trace))
        } catch {
            throw journal.readError(error)
        }
        return try view.read { book, _ throws(TaskError) in try look(book) }
    }
}

// Leading.
extension OwnerBook {
    /// What a step of a leader came to.
    private enum Step {
        /// All commands of the group have their answer.
        case answered([(member: Member, result: Result<CommandResult, TaskError>)])
        /// Something was learned; go on at once.
        case again
    }

    /// Carries a group through, for one of its members, or for nobody to find out what became of a commit.
    /// - Returns: the answer of that member.
    private func lead(
        _ group: Group,
        as own: Member?,
        until deadline: ContinuousClock.Instant,
        trace: String?
    ) async -> Result<CommandResult, TaskError> {
        var group = group
        var patience = Patience(limit: journal.limits.patience)
        while true {
            let now = journal.clock()
            dismissLate(&group, except: own, now)
            if Task.isCancelled || now >= deadline {
                let isLate = now >= deadline
                let mayBeWritten = group.attempt?.mayBeWritten == true
                group.members.removeAll { $0 === own }
                // Surely not written, and it carries the command of the one that leaves: the others are decided without it.
                if !mayBeWritten { group.attempt = nil }
                leave(group, isFinal: own == nil)
                return .failure(mayBeWritten ? .outcomeUnknown : isLate ? .deadlineExceeded : .cancelled)
            }
            do throws(JournalFailure) {
                let timeout = min(journal.limits.callTimeout, now.duration(to: deadline))
                switch try await advance(&group, trace: trace, timeout: timeout) {
                case .again:
                    continue
                case .answered(let answers):
                    queue.passOn()
                    for (member, result) in answers where member !== own { member.answer(result) }
                    // None when this leads for nobody.
                    return answers.first { $0.member === own }?.result ?? .failure(.outcomeUnknown)
                }
            } catch {
                if Task.isCancelled { continue }
                if case .store(let error) = error, let delay = patience.delay(after: error, now: journal.clock()) {
                    journal.metrics.retries.increment()
                    let rest = journal.clock().duration(to: deadline)
                    // Cancellation only ends the wait; it is seen at the top of the loop.
                    try? await Task.sleep(for: min(delay, max(rest, .zero)))
                    continue
                }
                return giveUp(group, error, as: own)
            }
        }
    }

    /// Moves the group one step on: decides what is not decided, and sends what is not known to be written.
    private func advance(_ group: inout Group, trace: String?, timeout: Duration) async throws(JournalFailure) -> Step {
        let reader = journal.reader(of: owner, trace: trace, timeout: timeout)
        if group.attempt == nil {
            if group.members.isEmpty { return .answered([]) }
            let isConfirmed = try await view.confirm(
                since: journal.clock() - journal.limits.confirmAfter,
                with: reader
            )
            var plan = decide(group.members)
            try await readRepeats(&plan, reader)
            queue.putBack(plan.leftover)
            group.members = plan.outcomes.map(\.member)
            guard let commit = plan.commit(id: journal.newID().rawValue, keys: keys) else {
                // Nothing will be written that could fail if the view is behind, so the journal itself is asked.
                if !isConfirmed, try await view.catchUp(with: reader) { return .again }
                return .answered(plan.answers(nil))
            }
            group.attempt = Attempt(plan: plan, commit: commit)
        }
        return try await settle(&group, reader)
    }

    private func decide(_ members: [Member]) -> CommitPlan {
        let now = journal.now()
        return view.read { book, published in
            CommitPlan(members, on: book, published: published, now: now, newID: journal.newID)
        }
    }

    /// Reads what commands that are repeated here were answered, where the book has moved on since.
    private func readRepeats(_ plan: inout CommitPlan, _ reader: JournalReader) async throws(JournalFailure) {
        for (place, use) in plan.repeatsToRead {
            let entry = try await reader.commit(at: use.commit)?.entries.first { $0.change.sequence == use.sequence }
            // A commit of the first format does not tell, and one that was just taken back is not there: as the task is now, then.
            guard let entry, entry.task != nil || entry.change.kind == .deleted else { continue }
            plan.resolve(place, .success(entry.change.kind == .deleted ? nil : entry.task))
        }
    }

    /// Sends the commit, or finds out what became of it.
    private func settle(_ group: inout Group, _ reader: JournalReader) async throws(JournalFailure) -> Step {
        guard var attempt = group.attempt else { return .again }
        let record = attempt.commit.record
        if attempt.mustAsk {
            if let found = try await reader.commit(at: record.sequence) {
                if found.id == record.id { return written(attempt, sentAt: journal.clock()) }
                // Another has this place for good: our transaction can never be written there.
                journal.metrics.conflicts.increment()
                view.apply(found)
                group.attempt = nil
                _ = try await view.catchUp(with: reader)
                return .again
            }
            // Nobody waits for it any more: it is left as it is.
            if group.members.isEmpty { return .answered([]) }
            let wasRefused = attempt.wasRefused
            attempt.mustAsk = false
            attempt.wasRefused = false
            group.attempt = attempt
            // Refused, but the record is not there: no reason to hurry.
            if wasRefused {
                throw .store(DaprError(.alreadyExists, operation: "POST state/{store}/transaction", status: 500))
            }
        }
        if !view.isListed {
            try await journal.directory.add(owner)
            view.noteListed()
        }
        let pin = try await journal.outbox.pin(owner, first: record.published + 1)
        let sentAt = journal.clock()
        do throws(DaprError) {
            let operations = attempt.commit.operations + (pin.operation.map { [$0] } ?? [])
            try await reader.dapr.transact(reader.store, operations, trace: reader.trace)
            let step = written(attempt, sentAt: sentAt)
            journal.outbox.settle(pin, .written)
            return step
        } catch {
            journal.outbox.settle(pin, error.outcomeUnknown ? .unknown : .notWritten)
            attempt.wasRefused = error.anotherWroteFirst
            attempt.mustAsk = attempt.wasRefused || attempt.mustAsk || error.outcomeUnknown
            attempt.mayBeWritten = attempt.mayBeWritten || error.outcomeUnknown
            group.attempt = attempt
            if attempt.wasRefused { return .again }
            throw .store(error)
        }
    }

    private func written(_ attempt: Attempt, sentAt: ContinuousClock.Instant) -> Step {
        journal.metrics.commits.increment()
        journal.metrics.changes.increment(by: attempt.commit.record.entries.count)
        let (after, events, needsSnapshot) = view.apply(own: attempt.commit, sentAt: sentAt)
        journal.relay.add(events, of: owner, after: after, through: attempt.commit.record.last)
        if needsSnapshot {
            journal.snapshots.request(owner, view) { [self] in journal.shelf.discard(self, of: owner) }
        }
        return .answered(attempt.plan.answers(attempt.commit))
    }

    private func dismissLate(_ group: inout Group, except own: Member?, _ now: ContinuousClock.Instant) {
        let late = group.members.filter { $0.deadline <= now && $0 !== own }
        if !late.isEmpty {
            group.members.removeAll { $0.deadline <= now && $0 !== own }
            for member in late { member.answer(.failure(group.lateError)) }
            // They were told that nothing was written, so nothing may be: what is left is decided again.
            if group.attempt?.mayBeWritten == false { group.attempt = nil }
        }
        queue.dismissLate(now)
    }

    /// Ends without having carried the group through: no more patience, or a journal that cannot be read.
    private func giveUp(_ group: Group, _ failure: JournalFailure, as own: Member?) -> Result<CommandResult, TaskError>
    {
        var group = group
        let error: TaskError =
            switch failure {
            case .book(let error): error
            case .store: group.attempt?.mayBeWritten == true ? .outcomeUnknown : journal.limits.unavailable
            }
        journal.report(failure, owner: owner)
        let members = group.members
        group.members = []
        leave(group, isFinal: own == nil)
        for member in members where member !== own { member.answer(.failure(error)) }
        return .failure(error)
    }

    /// Stops leading a group that is not carried through.
    private func leave(_ group: Group, isFinal: Bool) {
        if let next = group.members.first {
            next.resume(.lead(group))
        } else if group.attempt?.mayBeWritten == true, !isFinal {
            // Nobody waits, so no task of a request can do it: find out what became of the commit, so that it is published and the
            // next command need not. The view is right without it, only behind.
            Task { [self] in
                let deadline = journal.clock() + journal.limits.callTimeout
                _ = await lead(group, as: nil, until: deadline, trace: nil)
            }
        } else {
            queue.passOn()
        }
    }
}

/// How long a leader goes on trying, and how fast.
struct Patience {
    private let limit: Duration
    private var failures = 0
    private var since: ContinuousClock.Instant?

    /// Failures that tell that the sidecar or the store is down are borne so long.
    init(limit: Duration) {
        self.limit = limit
    }

    /// How long to wait after a failure; nil when it is not worth it.
    ///
    /// A call without an answer is repeated until the deadline: the store may work, and only asking it tells what was written.
    mutating func delay(after error: DaprError, now: ContinuousClock.Instant) -> Duration? {
        switch error.kind {
        // Cancelled though the task is not: the transport was shut down.
        case .notConfigured, .notFound, .invalidArgument, .cancelled: return nil
        case .refused where (error.status ?? 0) < 500: return nil
        case .refused, .conflict, .alreadyExists, .unreachable, .timedOut, .outcomeUnknown, .unreadableAnswer: break
        }
        let start = since ?? now
        since = start
        let isDown = error.status != nil || error.kind == .unreachable
        if isDown, start.duration(to: now) >= limit { return nil }
        failures += 1
        let milliseconds = 5 << min(failures, 7)
        return .milliseconds(Int.random(in: milliseconds / 2...milliseconds))
    }
}
