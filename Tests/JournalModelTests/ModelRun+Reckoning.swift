import Dapr
import DaprJSON
import Tasks

@testable import Tasks
@testable import TasksDapr

/// What a run is held to when it is over.
extension ModelRun {
    /// Lets things come to rest on a fresh engine, and compares.
    func reckon(_ given: [Given]) async throws {
        // Some leave in order, some die, and a new one finds what is left.
        for place in 0..<ModelRun.engineCount {
            if !world.isQuiet, world.oneIn(3) {
                engine(at: place).kill()
            } else {
                await engine(at: place).stop()
            }
        }
        let finder = born("finder")
        for place in 0..<ModelRun.engineCount { setEngine(finder, at: place) }
        // What those before it have sent may come to be until then.
        if world.isVirtual { try await Task.sleep(for: world.configuration.callTimeout * 2) }
        try await comeToRest(finder)
        for owner in Set(owners) {
            try world.checkNothingBroke()
            let account = ledger.account(owner)
            checkFates(given.filter { $0.owner == owner }, account, owner)
            if !ledger.mayLackDuty(owner) { checkEvents(account, owner) }
            await checkBook(account, owner, finder)
            for reader in readers where reader.owner == owner { await reader.check(account, finder) }
            await checkActivity(account, owner, finder)
        }
        try world.checkNothingBroke()
        await repeatKeyed(given, finder)
        checkPublications()
        try world.checkNothingBroke()
        try await leave(finder)
    }

    /// Waits until the broker has everything, and its subscriber too.
    private func comeToRest(_ finder: ModelEngine) async throws {
        let patience = world.configuration.takeoverTime * 4 + .seconds(60)
        let deadline = world.clock() + patience
        while true {
            try world.checkNothingBroke()
            var waiting: [String] = []
            for owner in Set(owners) {
                if store == nil, await !readJournal(owner, finder) { waiting.append("\(owner) cannot be read") }
                let account = ledger.account(owner)
                if account.heard < account.last, !ledger.mayLackDuty(owner) {
                    waiting.append("\(owner) has \(account.last), the broker \(account.heard)")
                }
            }
            if waiting.isEmpty, broker.isEmpty { return }
            if world.clock() >= deadline {
                world.broke(
                    waiting.isEmpty ? .activityRight : .allPublished,
                    "after \(patience) without faults \(waiting.isEmpty ? "events still come again" : waiting.joined(separator: ", "))"
                )
                return
            }
            try await Task.sleep(for: shortPause * 2)
        }
    }

    /// Reads the journal of a store that does not tell what is written.
    /// - Returns: whether it was read to its end.
    private func readJournal(_ owner: OwnerID, _ finder: ModelEngine) async -> Bool {
        let reader = JournalReader(dapr: finder.dapr, store: "statestore", owner: owner, watch: nil)
        var commits: [CommitRecord] = []
        do throws(JournalFailure) {
            try await reader.commits(from: ledger.account(owner).last + 1) { record in
                commits.append(record)
                return true
            }
        } catch {
            world.trace { "\(owner) cannot be read: \(error)" }
            return false
        }
        for record in commits { ledger.note(record, of: owner) }
        return true
    }

    // MARK: - Commands

    private func checkFates(_ given: [Given], _ account: ModelLedger.Account, _ owner: OwnerID) {
        var times: [String: Int] = [:]
        for record in account.commits {
            for entry in record.entries where entry.change.setsTitle && entry.change.notes.undone == nil {
                if let title = entry.task?.content.title { times[title, default: 0] += 1 }
            }
        }
        for command in given {
            guard let mark = command.mark else { continue }
            let count = times[mark] ?? 0
            switch command.fate {
            case .acknowledged:
                if count == 0, account.lost.contains(mark) { continue }
                // What is done twice since its key was lost is another promise's.
                let isOnce = count == 1 || count > 1 && !isSure(command)
                if !isOnce { world.broke(.acknowledgedOnce, "\(owner): \(mark) is there \(count) times") }
            case .refused:
                if count != 0 {
                    world.broke(.refusedNever, "\(owner): \(mark) was refused and is there \(count) times")
                }
            case .unknown:
                if count > 1, isSure(command) {
                    world.broke(.refusedNever, "\(owner): \(mark) is there \(count) times")
                }
            }
        }
    }

    /// Gives commands again, with their keys, to an engine that never saw them.
    private func repeatKeyed(_ given: [Given], _ finder: ModelEngine) async {
        guard Invariant.repeatsAnswered.isKept, !hasLostGround else { return }
        for command in given {
            guard let key = command.key, case .acknowledged(let document) = command.fate else { continue }
            let before = ledger.account(command.owner).last
            do throws(TaskError) {
                let context = CommandContext(actor: command.owner, channel: .rest, idempotencyKey: key)
                let result = try await command.perform(by: finder, context, now: world.wall)
                world.note(.keyRepeatedOnAFreshEngine)
                compare(command, document, result.answer, finder)
                if ledger.account(command.owner).last != before {
                    world.broke(.repeatsAnswered, "\(command.owner): a repeat of \(key) changed something")
                }
            } catch {
                world.broke(.repeatsAnswered, "\(command.owner): a repeat of \(key) was answered \(error)")
            }
            if world.hasBroken { return }
        }
    }

    // MARK: - Events

    private func checkEvents(_ account: ModelLedger.Account, _ owner: OwnerID) {
        let entries = account.commits.flatMap(\.entries).filter { $0.change.sequence > account.imported }
        guard entries.count == account.events.count else {
            return world.broke(
                .allPublished,
                "\(owner) has \(entries.count) changes and \(account.events.count) events"
            )
        }
        for (event, entry) in zip(account.events, entries) {
            let data = event["data"]
            guard event["type"]?.stringValue == entry.change.kind.eventType,
                event["subject"]?.stringValue == entry.change.taskID.rawValue,
                event["time"]?.stringValue == entry.change.time.text,
                data?["title"]?.stringValue == entry.task?.content.title,
                data?["version"]?.intValue == entry.task?.version
            else { return world.broke(.allPublished, "\(owner): published \(event), and the journal has \(entry)") }
        }
    }

    private func checkPublications() {
        let accounts = Set(owners).map(ledger.account)
        let changes = accounts.reduce(0) { $0 + $1.last - $1.imported }
        let publications = accounts.reduce(0) { $0 + $1.publications }
        if publications > changes { world.note(.publishedAgain) }
        guard world.isQuiet else { return }
        world.count.noteQuiet(changes: changes, publications: publications)
    }

    private func checkActivity(_ account: ModelLedger.Account, _ owner: OwnerID, _ finder: ModelEngine) async {
        // What it counted may be gone with the ground of others.
        if hasLostGround { return }
        var expected = Activity()
        expected.pass(over: account.origin.head)
        for record in account.commits { for entry in record.entries { expected.note(ActivityChange(entry)) } }
        do throws(TaskError) {
            let found = try await finder.activity.activity(of: owner, trace: nil)
            // A book's that began before the run count from where it is kept.
            let isRight = account.origin.head == 0 ? found == expected : found.sequence == expected.sequence
            if !isRight {
                world.broke(
                    .activityRight,
                    "\(owner): it is at \(found.sequence) \(found.days), not at \(expected.sequence) \(expected.days)"
                )
            }
        } catch {
            world.broke(.honestAnswers, "the activity of \(owner): \(error)")
        }
    }

    // MARK: - The book

    private func checkBook(_ account: ModelLedger.Account, _ owner: OwnerID, _ finder: ModelEngine) async {
        let book = account.book
        do throws(TaskError) {
            let tasks = try await finder.list(owner)
            let expected = Dictionary(uniqueKeysWithValues: book.tasksInOrder.map { ($0.id, $0) })
            if tasks != expected {
                world.broke(.tasksAsJournal, "\(owner): a list by a fresh engine is not what the journal gives")
            }
            try await checkChanges(account, owner, finder)
            try await checkPast(account, owner, finder)
        } catch TaskError.changesGone where world.configuration.historyRetention != nil {
            // Of a copy of an old book.
        } catch {
            return world.broke(.honestAnswers, "a question about \(owner) to a fresh engine: \(error)")
        }
        do throws(JournalFailure) {
            let reader = JournalReader(dapr: finder.dapr, store: "statestore", owner: owner, watch: nil)
            var stored = try await reader.snapshot(of: owner).book
            try await reader.commits(from: stored.head + 1) { record in
                for entry in record.entries { apply(entry.change, to: &stored) }
                return true
            }
            if stored.head != book.head || stored != book {
                world.broke(
                    .snapshotAsJournal,
                    "\(owner): the snapshot with the commits after it leads to \(stored.head), the journal to \(book.head), and they are not equal"
                )
            }
            let finding = try await BookAudit(dapr: finder.dapr, store: "statestore", owner: owner).run()
            // Where the store went back, a mark that was under way may be ahead of the journal until the next one.
            let isMarkAhead = account.hasLostGround && finding.broken == .allPublished
            if let broken = finding.broken, !isMarkAhead { world.broke(broken, "verify says of \(owner): \(finding)") }
            if hasLostGround { return }
            // What a book had before the run was told to nobody in it.
            let unheard = try await PublicationAudit(dapr: finder.dapr, store: "statestore", owner: owner).run()
                .filter { $0.upperBound > account.origin.head }
            if !unheard.isEmpty {
                world.broke(.allPublished, "verify says of \(owner) that nobody heard \(unheard)")
            }
        } catch {
            world.broke(.honestAnswers, "\(owner) cannot be read: \(error)")
        }
    }

    /// Compares the changes that an engine tells with the journal.
    private func checkChanges(
        _ account: ModelLedger.Account,
        _ owner: OwnerID,
        _ finder: ModelEngine
    ) async throws(TaskError) {
        let expected = account.commits.flatMap(\.entries)
        var told: [RecordedChange] = []
        while told.count < expected.count {
            let since = account.origin.head + told.count
            let page = try await finder.service.changes(since: since, limit: 100, owner: owner, trace: nil)
            if page.changes.isEmpty || page.head != account.last { break }
            told += page.changes
        }
        let areSame =
            told.count == expected.count
            && zip(told, expected).allSatisfy { $0.change == $1.change && $0.task == $1.task }
        if !areSame { world.broke(.tasksAsJournal, "\(owner): the changes that are told are not those of the journal") }
    }

    // MARK: - The end

    /// Has the last engine take over from the dead and leave in order.
    private func leave(_ finder: ModelEngine) async throws {
        let deadline = world.clock() + world.configuration.takeoverTime * 4 + .seconds(30)
        while true {
            try world.checkNothingBroke()
            let names = await instances(finder)
            if names.count <= 1 { break }
            if world.clock() >= deadline {
                world.broke(.nothingLeft, "the names of \(names.count) engines are left: \(names)")
                return
            }
            try await Task.sleep(for: shortPause * 2)
        }
        await finder.stop()
        // What was deleted and is there again, since the store went back behind it, nobody knows of any more.
        guard let store, !hasLostGround else { return }
        // A number that was closed goes by itself after a day.
        let slots = store.rows.filter {
            $0.key.hasPrefix("outbox:") && !($0.value.expires && OutboxSlot.isClosed($0.value.value))
        }
        if !slots.isEmpty { world.broke(.nothingLeft, slots.keys.sorted().joined(separator: ", ")) }
        let names = store.rows["relays"].map { InstanceList(decoding: $0.value).instances } ?? []
        if !names.isEmpty { world.broke(.nothingLeft, "the list names \(names)") }
        let leases = store.rows.filter { key, row in
            guard key.hasPrefix("relay:") else { return false }
            let isLeft = !RelayLease.isEnded(row.value) && ledger.wasListed(key.dropFirst("relay:".count))
            return isLeft || !row.expires
        }
        if !leases.isEmpty { world.broke(.noStrayLease, leases.keys.sorted().joined(separator: ", ")) }
    }

    private func instances(_ finder: ModelEngine) async -> [String] {
        let documents = VersionedDocuments(dapr: finder.dapr, store: "statestore", watch: nil)
        do throws(JournalFailure) {
            return try await documents.instances()
        } catch {
            world.trace { "the instances cannot be read: \(error)" }
            return ["?", "?"]
        }
    }
}

extension TaskChange {
    /// Whether the task's title is what the command wanted it to be.
    fileprivate var setsTitle: Bool { kind == .created || kind != .deleted && before.fields.contains(.title) }
}
