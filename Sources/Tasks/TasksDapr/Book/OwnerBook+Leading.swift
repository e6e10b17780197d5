internal import Dapr
internal import DaprMetrics
internal import Tasks

extension OwnerBook {
    /// The result of a leader's step.
    private enum Step {
        /// Every command of the batch has its answer.
        case answered([(member: WaitingCommand, result: Result<CommandResult, TaskError>)])
        /// The step brought new facts; the leader goes on at once.
        case again
    }

    /// Commits a batch for one of its commands, or for none, when only the outcome of an earlier commit is to be found
    /// out.
    /// - Returns: The answer to the command `own`.
    func lead(
        _ batch: CommandBatch,
        as own: WaitingCommand?,
        until deadline: ContinuousClock.Instant,
        trace: CallerTrace?
    ) async -> Result<CommandResult, TaskError> {
        var batch = batch
        var patience = Patience(limit: journal.configuration.patience)
        while true {
            let now = journal.clock()
            dismissLate(&batch, except: own, now)
            if Task.isCancelled || now >= deadline {
                let isLate = now >= deadline
                let mayBeWritten = batch.attempt?.mayBeWritten == true
                batch.members.removeAll { $0 === own }
                // The commit was surely not written, and it contains the leaving command: the others are decided again
                // without it.
                if !mayBeWritten { batch.attempt = nil }
                leave(batch, isFinal: own == nil)
                return .failure(mayBeWritten ? .outcomeUnknown : isLate ? .deadlineExceeded : .cancelled)
            }
            do throws(JournalFailure) {
                let timeout = min(journal.configuration.callTimeout, now.duration(to: deadline))
                switch try await advance(&batch, trace: trace, timeout: timeout) {
                case .again:
                    continue
                case .answered(let answers):
                    queue.passOn()
                    for (member, result) in answers where member !== own { member.answer(result) }
                    // There is no such answer when nobody's command leads.
                    return answers.first { $0.member === own }?.result ?? .failure(.outcomeUnknown)
                }
            } catch {
                if Task.isCancelled { continue }
                if let most = error.transactionLimit, let attempt = batch.attempt {
                    batch.attempt = nil
                    guard splitToOne(&batch, for: own) else { continue }
                    return giveUp(batch, .book(attempt.commit.tooLong(most)), as: own)
                }
                noteLost(error)
                if let delay = patience.delay(after: error, now: journal.clock()) {
                    journal.metrics.retries.increment()
                    let rest = journal.clock().duration(to: deadline)
                    // A cancelled sleep ends early; the top of the loop sees the cancellation.
                    try? await Task.sleep(for: min(delay, max(rest, .zero)))
                    continue
                }
                return giveUp(batch, error, as: own)
            }
        }
    }

    /// Takes the batch one step further: decides it if it is undecided, otherwise sends the commit or asks for its
    /// outcome.
    private func advance(
        _ batch: inout CommandBatch,
        trace: CallerTrace?,
        timeout: Duration
    ) async throws(JournalFailure) -> Step {
        let reader = journal.reader(of: owner, trace: trace, timeout: timeout)
        if batch.attempt == nil {
            if batch.members.isEmpty { return .answered([]) }
            _ = try await standsOnGround(reader)
            // Once per process: without this time, new idempotency keys would be forgotten at once.
            if journal.ages.now == nil { try await journal.ages.keep() }
            let isConfirmed = try await view.confirm(
                since: journal.clock() - journal.configuration.confirmAfter,
                with: reader
            )
            var plan = decide(batch.members)
            try await readRepeats(&plan, reader)
            queue.putBack(plan.leftover)
            batch.members = plan.outcomes.map(\.member)
            let id = journal.newID().rawValue
            let format = journal.configuration.recordFormat
            guard let commit = plan.commit(id: id, keys: keys, format: format, by: journal.turns.name) else {
                // Nothing is written here, so no refused write shows that the view is behind; the journal itself is
                // asked.
                if !isConfirmed, try await view.catchUp(with: reader) { return .again }
                return .answered(plan.answers(nil))
            }
            let span = journal.tracer.flatMap { CommitSpan(plan, commit, $0) }
            batch.attempt = CommitAttempt(plan: plan, commit: commit, span: span)
        }
        return try await settle(&batch, reader)
    }

    private func decide(_ members: [WaitingCommand]) -> CommitPlan {
        let now = journal.now()
        return view.read { book, commit, published in
            CommitPlan(
                members,
                on: book,
                after: commit,
                published: published,
                configuration: journal.configuration,
                now: now,
                clock: journal.ages.now,
                newID: journal.newID
            )
        }
    }

    /// Reads the first answers of repeated commands whose tasks have changed since.
    private func readRepeats(_ plan: inout CommitPlan, _ reader: JournalReader) async throws(JournalFailure) {
        for (place, use) in plan.repeatsToRead {
            plan.resolve(place, try await reader.commit(at: use.commit)?.entries ?? [])
        }
    }

    /// Sends the commit, or finds out its outcome.
    private func settle(_ batch: inout CommandBatch, _ callers: JournalReader) async throws(JournalFailure) -> Step {
        guard var attempt = batch.attempt else { return .again }
        let reader = callers.within(attempt.span?.context)
        let record = attempt.commit.record
        // A view without ground was thrown away, here or by a renewal of the lease. When the journal does not lead to
        // the commit any more, nobody will ever read it there, and its commands are decided again.
        if !view.isLoaded { _ = try await view.catchUp(with: reader) }
        guard let place = view.place(of: record) else {
            abandon(&attempt)
            batch.attempt = nil
            return .again
        }
        if attempt.mustAsk || place == .past {
            let found = try await reader.commit(at: record.sequence)
            if found?.id == record.id { return try await acknowledge(&batch, reader) }
            if let found, try await view.take(found, readAt: journal.clock(), reader) {
                // Another commit has this place for good, so this transaction can never be written there.
                settle(&attempt, .notWritten)
                attempt.span?.end(.conflict)
                journal.metrics.conflicts.increment()
                batch.attempt = nil
                // The span is over: what is read now is of the next.
                _ = try await view.catchUp(with: callers)
                return .again
            }
            if place == .past {
                // The journal has a longer commit there. If this one were sent, it would land in that one's middle.
                abandon(&attempt)
                batch.attempt = nil
                return .again
            }
            settle(&attempt, .unknown)
            batch.attempt = attempt
            // No caller waits for it any more, so it is left as it is.
            if batch.members.isEmpty {
                attempt.endSpan()
                return .answered([])
            }
            let fate = attempt.fate
            attempt.fate = .absent
            batch.attempt = attempt
            // The commit was refused although its record is missing, so wait; a stranded record in its place is
            // removed, and it is sent again.
            if case .refused = fate, found == nil {
                journal.outbox.doubtLease()
                throw .refusedForNothing(key: keys.commit(record.sequence).rawValue)
            }
        }
        // Read before the check of the ground: later trouble puts the ground in doubt again.
        let trouble = journal.watch.lastTrouble
        // After an earlier attempt failed, the commit may rest on a state that the store has lost.
        guard try await standsOnGround(reader) else { return .again }
        try await removeStranded(reader)
        if !view.isListed {
            try await journal.directory.add(owner)
            view.noteListed()
        }
        let pin = try await journal.outbox.pin(owner, first: record.published + 1)
        let sentAt = journal.clock()
        if attempt.sentAt == nil { (attempt.sentAt, attempt.troubleBefore) = (sentAt, trouble) }
        do throws(DaprError) {
            let operations = attempt.commit.operations + (pin.operation.map { [$0] } ?? [])
            try await reader.dapr.transactState(operations, in: reader.store, trace: reader.trace)
        } catch {
            journal.watch.note(error, since: sentAt)
            if error.anotherWroteFirst {
                (attempt.fate, attempt.openPin) = (.refused, pin)
                batch.attempt = attempt
                return .again
            }
            journal.outbox.settle(pin, error.outcomeUnknown ? .unknown : .notWritten)
            // When this try surely wrote nothing, an earlier one may still.
            if error.outcomeUnknown { attempt.fate = .unknown }
            batch.attempt = attempt
            throw .store(error)
        }
        journal.watch.note(nil, since: sentAt)
        attempt.openPin = pin
        // If the check of the previous commit fails, the record must be looked for first.
        attempt.fate = .stored
        batch.attempt = attempt
        return try await acknowledge(&batch, reader)
    }

    /// Gives up a commit to which the journal does not lead: if it was or is still written, it is stranded.
    private func abandon(_ attempt: inout CommitAttempt) {
        settle(&attempt, .unknown)
        attempt.endSpan()
        if attempt.mayBeWritten { view.noteStranded([attempt.commit.record.sequence]) }
    }

    /// Answers the commands of a commit that is in the store.
    ///
    /// After trouble or a long wait since the commit was sent, the store may have lost the previous commit before it
    /// took this one. Then nobody reads this commit, so its commands must not be acknowledged.
    private func acknowledge(_ batch: inout CommandBatch, _ reader: JournalReader) async throws(JournalFailure) -> Step
    {
        guard var attempt = batch.attempt else { return .again }
        if journal.watch.lastTrouble != attempt.troubleBefore, try await !isLedTo(attempt.commit.record, reader) {
            abandon(&attempt)
            batch.attempt = nil
            return .answered(attempt.plan.outcomes.map { ($0.member, .failure(.outcomeUnknown)) })
        }
        attempt.span?.end(.written)
        let step = written(attempt)
        settle(&attempt, .written)
        return step
    }

    /// Whether the journal leads to a commit that is in the store.
    private func isLedTo(_ record: CommitRecord, _ reader: JournalReader) async throws(JournalFailure) -> Bool {
        _ = try await standsOnGround(reader)
        if view.isFollowed(by: record) { return true }
        _ = try await view.catchUp(with: reader)
        guard let end = view.commit, end.sequence >= record.sequence else { return false }
        return try await reader.leads(from: record, to: end)
    }

    /// Settles the outbox pin of a commit.
    private func settle(_ attempt: inout CommitAttempt, _ outcome: Outbox.Outcome) {
        if let pin = attempt.openPin { journal.outbox.settle(pin, outcome) }
        attempt.openPin = nil
    }

    private func written(_ attempt: CommitAttempt) -> Step {
        journal.watch.noteWritten(owner)
        journal.metrics.commits.increment()
        journal.metrics.commitCommands.observe(Double(attempt.plan.outcomes.count))
        journal.metrics.changes.increment(by: attempt.commit.record.entries.count)
        // Confirmed as of the first sending: commits after that may have been acknowledged before this one's answer
        // came.
        let sentAt = attempt.sentAt ?? journal.clock()
        let record = attempt.commit.record
        let needsSnapshot = view.apply(own: attempt.commit, sentAt: sentAt) { after, published, isOurs, events in
            let changes = record.sequence...record.last
            let turns = journal.turns
            guard turns.takesOn(changes, of: owner, after: after, published: published, isOurs: isOurs) else {
                return false
            }
            journal.relay.add(events, of: owner, after: after, through: record.last)
            return true
        }
        if needsSnapshot {
            journal.snapshots.request(owner, view) { [self] in journal.shelf.discard(self, of: owner) }
        }
        return .answered(attempt.plan.answers(attempt.commit))
    }

    private func dismissLate(_ batch: inout CommandBatch, except own: WaitingCommand?, _ now: ContinuousClock.Instant) {
        let late = batch.members.filter { $0.deadline <= now && $0 !== own }
        if !late.isEmpty {
            batch.members.removeAll { $0.deadline <= now && $0 !== own }
            for member in late { member.answer(.failure(batch.lateError)) }
            // These callers are told that nothing was written, so nothing may be written: the rest is decided again.
            if batch.attempt?.mayBeWritten == false { batch.attempt = nil }
        }
        queue.dismissLate(now)
    }

    /// Ends without a commit, because patience has run out or the journal cannot be read.
    private func giveUp(
        _ batch: CommandBatch,
        _ failure: JournalFailure,
        as own: WaitingCommand?
    ) -> Result<CommandResult, TaskError> {
        var batch = batch
        let error: TaskError =
            if case .book(let error) = failure {
                error
            } else {
                batch.attempt?.mayBeWritten == true ? .outcomeUnknown : journal.configuration.unavailable
            }
        journal.report(failure, owner: owner)
        let members = batch.members
        batch.members = []
        leave(batch, isFinal: own == nil)
        for member in members where member !== own { member.answer(.failure(error)) }
        return .failure(error)
    }

    /// Stops leading an unfinished batch.
    private func leave(_ batch: CommandBatch, isFinal: Bool) {
        if let next = batch.members.first {
            next.waiter.resume(.lead(batch))
        } else if batch.attempt?.mayBeWritten == true, !isFinal {
            // No request waits that could find out the outcome of the commit, so a separate task does, which also
            // publishes it and saves the next command the work. The view is right without this commit, only behind.
            let batch = CommandBatch(members: [], attempt: batch.attempt)
            Task { [self] in
                let deadline = journal.clock() + journal.configuration.callTimeout
                _ = await lead(batch, as: nil, until: deadline, trace: nil)
            }
        } else {
            if var attempt = batch.attempt {
                settle(&attempt, .unknown)
                attempt.endSpan()
            }
            queue.passOn()
        }
    }
}
