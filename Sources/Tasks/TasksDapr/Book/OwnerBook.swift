internal import Dapr
internal import Tasks

/// One owner's book: its view, and the queue of commands that change it.
///
/// A command that finds no commit under way leads: it commits for all that wait, on its own task and executor, and then
/// passes the lead on. A leader that is cancelled, or whose deadline passes, hands the unfinished batch to another of
/// its commands.
final class OwnerBook: Sendable {
    let owner: OwnerID
    let journal: JournalContext
    let keys: JournalKeys
    let view: BookView
    let queue: CommandQueue

    init(owner: OwnerID, journal: JournalContext) {
        self.owner = owner
        self.journal = journal
        keys = JournalKeys(owner)
        view = BookView(owner: owner, live: journal.live, clock: journal.clock)
        queue = CommandQueue(limit: journal.configuration.waitingCommands)
    }

    /// Whether a command is under way or waits.
    var isBusy: Bool { queue.isBusy }

    /// Whether nobody has used the book for so long that it must be read again.
    var isStale: Bool { view.isStale(journal.clock()) }

    /// The approximate bytes of memory of the book.
    var approximateBytes: Int { view.approximateBytes }

    /// The highest sequence known to be published.
    var published: Int { view.published }

    /// Reads the journal to its end, and gives the relay the changes that are not known to be published.
    /// - Parameter first: The first change that may be unpublished, as far as the caller knows.
    /// - Returns: The last sequence.
    /// - Throws: ``JournalFailure`` when the journal cannot be read.
    func handOver(from first: Int) async throws(JournalFailure) -> Int {
        let reader = journal.reader(of: owner, trace: nil)
        do throws(JournalFailure) {
            _ = try await standsOnGround(reader)
            _ = try await view.catchUp(with: reader)
            view.notePublished(first - 1)
            let last = giveToRelay()
            try await tryToRemoveStranded(reader)
            return last
        } catch {
            noteLost(error)
            throw error
        }
    }

    /// Applies the commit found at a sequence, unless it is known, and gives the relay the changes that are not known
    /// to be published.
    func handOver(
        _ found: StateEntry?,
        at sequence: Int,
        readAt asked: ContinuousClock.Instant
    ) async throws(JournalFailure) {
        let reader = journal.reader(of: owner, trace: nil)
        do throws(JournalFailure) {
            _ = try await standsOnGround(reader)
            if let found, view.isLoaded {
                _ = try await view.take(try reader.decoded(found, sequence), readAt: asked, reader)
            }
            _ = giveToRelay()
            try await tryToRemoveStranded(reader)
        } catch {
            noteLost(error)
            throw error
        }
    }

    /// The sequence of the last change in the book; `nil` until it was read.
    var head: Int? { view.isLoaded ? view.head : nil }

    private func giveToRelay() -> Int {
        view.handOver { after, events, last in
            journal.relay.add(events, of: owner, after: after, through: last)
            journal.turns.noteTakenOn(owner, through: last)
        }
    }

    /// Notes that everything up to `sequence` is published.
    func notePublished(_ sequence: Int) { view.notePublished(sequence) }

    /// Carries out a command, alone or together with others.
    func perform(_ command: TaskCommand, context: CommandContext) async throws(TaskError) -> CommandResult {
        if context.isTrial { return try await tried(command, context) }
        let latest = journal.clock() + journal.configuration.commandDeadline
        let member = WaitingCommand(
            checked: try CheckedCommand(command),
            context: context,
            deadline: min(context.deadline ?? latest, latest)
        )
        switch await queue.enter(member) {
        case .answered(let result):
            return try result.get()
        case .lead(let unfinished):
            let batch =
                unfinished ?? CommandBatch(members: [member] + queue.take(journal.configuration.commandsPerCommit - 1))
            let result = await lead(batch, as: member, until: member.deadline, trace: context.trace)
            return try result.get()
        }
    }

    /// Decides a command on a book that includes every commit made before, and writes nothing.
    private func tried(_ command: TaskCommand, _ context: CommandContext) async throws(TaskError) -> CommandResult {
        var context = context
        // It is asked what it would do, whatever it did under the key before.
        context.idempotencyKey = nil
        let member = WaitingCommand(checked: try CheckedCommand(command), context: context, deadline: journal.clock())
        let plan = try await look(trace: context.trace) { book, _ throws(TaskError) in
            CommitPlan(
                [member],
                on: book,
                after: nil,
                published: 0,
                configuration: journal.configuration,
                now: journal.now(),
                clock: journal.ages.now,
                newID: journal.newID
            )
        }
        // There is one answer for each member.
        guard let answer = plan.answers(nil).first else { throw .outcomeUnknown }
        return try answer.result.get()
    }

    /// Looks at a book that includes every commit made before the question.
    func look<Value: Sendable>(
        trace: CallerTrace?,
        _ look: (Book, _ revision: String) throws(TaskError) -> Value
    ) async throws(TaskError) -> Value {
        let asked = journal.clock()
        var attempts = 0
        while true {
            do throws(JournalFailure) {
                let reader = journal.sharingReader(of: owner, trace: trace)
                // A missing commit may have been removed as too old; then the journal seems to end before it.
                if view.isDoubtful(since: asked - journal.configuration.confirmAfter) { try await findGround(reader) }
                _ = try await view.confirm(since: asked, with: reader)
                try await tryToRemoveStranded(reader)
                break
            } catch {
                attempts += 1
                guard attempts < Backoff.question.attempts, error.endsWhenReadAgain else {
                    throw journal.readError(error)
                }
                noteLost(error)
            }
        }
        return try view.read { book, commit, _ throws(TaskError) in
            // An old snapshot does not name its last commit.
            try look(book, commit?.id ?? "\(book.head)")
        }
    }
}
