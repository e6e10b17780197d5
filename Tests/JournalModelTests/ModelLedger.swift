import Dapr
import DaprJSON
import Foundation
import Synchronization
import Tasks

@testable import Tasks
@testable import TasksDapr

/// What was truly written and published, noted when it happened: the journal as it would be if nothing were ever removed.
///
/// What can be checked at that moment is: a promise that is broken is found where it breaks.
final class ModelLedger: Sendable {
    /// What is known of one owner.
    struct Account: Sendable {
        /// Every commit, by the sequence of its first change.
        var commits: [CommitRecord] = []
        var last = 0
        /// The book after the changes up to a head that was checked.
        var checked: Book
        /// The book before the first commit that is known, and up to where it goes.
        let origin: Book
        /// The changes that were imported, which nobody publishes.
        var imported = 0
        /// The highest change that the broker has with all before it.
        var heard = 0
        /// What it has, in order.
        var events: [JSONValue] = []
        /// How often it took one.
        var publications = 0
        /// Whether the store went back behind something of this owner.
        var hasLostGround = false
        /// The titles of commands whose commits are gone with the ground.
        var lost: Set<String> = []
        /// Commits that were on their way when the store went back behind the one they follow: they are no part of the journal, and nobody may be told
        /// that they were done.
        var stranded: [Int: CommitRecord] = [:]
        var versions: Set<String> = []
        /// When commits were written in truth, but for those that were imported.
        var writtenAt: [Int: Timestamp] = [:]
        /// Whether some commits were removed.
        var hasRemovals = false
        var headAt: ContinuousClock.Instant?
        var numbering = 0

        init(_ owner: OwnerID) { self.init(origin: Book(owner: owner)) }

        init(origin: Book) {
            self.origin = origin
            checked = origin
            (last, imported, heard) = (origin.head, origin.head, origin.head)
        }
    }

    private struct State {
        var accounts: [OwnerID: Account] = [:]
        var slots: [String: OutboxSlot] = [:]
        var instances: Set<String> = []
        /// The numbers of slots that each lease tells of.
        var leases: [String: Range<Int>] = [:]
        /// Whether the store went back behind a lease or the list of them: until each is renewed slots may be found by nobody.
        var hasLostLeases = false
        /// Those that are listed, or were.
        var everListed: Set<String> = []
    }

    private let state: Mutex<State>
    private let world: ModelWorld

    init(_ world: ModelWorld, _ accounts: [OwnerID: Account] = [:]) {
        self.world = world
        state = Mutex(State(accounts: accounts))
    }

    func account(_ owner: OwnerID) -> Account { state.withLock { $0.accounts[owner] ?? Account(owner) } }

    /// Whether what the broker lacks of an owner may be found by nobody but `verify --outbox`, since the store went back.
    func mayLackDuty(_ owner: OwnerID) -> Bool {
        state.withLock { $0.hasLostLeases || $0.accounts[owner]?.hasLostGround == true }
    }

    /// The slots that are stored.
    var slots: [String: OutboxSlot] { state.withLock { $0.slots } }

    /// Whether an instance was ever in the list.
    func wasListed(_ instance: some StringProtocol) -> Bool {
        state.withLock { $0.everListed.contains(String(instance)) }
    }

    // MARK: - The store

    /// Notes what a write changed.
    func note(_ changes: [ModelSidecar.Change], isImport: Bool) {
        var commits: [(owner: OwnerID, sequence: Int, value: [UInt8])] = []
        for change in changes.onTheWhole {
            let parts = change.key.split(separator: ":").map(String.init)
            switch parts[0] {
            case "log":
                guard let owner = OwnerID(parts[1]), let sequence = Int(parts[2]) else { continue }
                switch (change.old, change.new) {
                case (nil, let new?): commits.append((owner, sequence, new.value))
                // To hold it fast while something is done that rests on it.
                case (let old?, let new?) where old.value == new.value: break
                case (_?, _?): world.broke(.denseSequences, "\(change.key) was written over")
                case (_?, nil): noteRemoval(owner, sequence)
                case (nil, nil): break
                }
            case "head": if let new = change.new { noteHead(change.key, parts[1], new.value) }
            case "checkpoint": if change.old == nil, change.new != nil { world.note(.checkpointWritten) }
            case "page": if change.new == nil, change.old != nil { world.note(.pageEmptied) }
            case "outbox": noteSlot(change)
            case "relay": noteLease(change)
            case "relays":
                let names = change.new.map { InstanceList(decoding: $0.value).instances } ?? []
                state.withLock { state in
                    state.instances = Set(names)
                    state.everListed.formUnion(names)
                }
            default: break
            }
        }
        for commit in commits.sorted(by: { $0.sequence < $1.sequence }) {
            noteCommit(commit.owner, commit.sequence, commit.value, isImport)
        }
        checkDuty()
    }

    private func noteCommit(_ owner: OwnerID, _ sequence: Int, _ bytes: [UInt8], _ isImport: Bool) {
        let record: CommitRecord
        do throws(TaskError) {
            record = try CommitRecord(decoding: bytes, sequence: sequence, key: "log:\(owner):\(sequence)")
        } catch {
            return world.broke(.denseSequences, "\(error)")
        }
        note(record, of: owner, isImport: isImport)
    }

    /// Notes a commit.
    func note(_ record: CommitRecord, of owner: OwnerID, isImport: Bool = false) {
        let sequence = record.sequence
        world.note(.commit)
        world.trace {
            let titles = record.entries.map { $0.task?.content.title ?? "-" }
            let place = "\(record.id) at \(sequence), after \(record.after ?? "nothing")"
            return "\(owner) has \(place): \(titles.joined(separator: ", "))"
        }
        if record.entries.count > 1 { world.note(.groupCommit) }
        let textBytes = record.entries.reduce(0) { $0 + 2 * ($1.task?.approximateBytes ?? 0) }
        if textBytes > world.configuration.commitTextBytes { world.note(.commitFull) }
        let found: (invariant: Invariant, what: String)? = state.withLock { state in
            var account = state.accounts.removeValue(forKey: owner) ?? Account(owner)
            defer { state.accounts[owner] = account }
            // Removed as too old, and written once more by a call that came late: nobody reads it.
            if account.commits.contains(where: { $0.sequence == sequence && $0.id == record.id }) { return nil }
            if account.hasLostGround, sequence != account.last + 1 || !record.mayFollow(account.commits.last?.id) {
                world.note(.stranded)
                account.stranded[sequence] = record
                return nil
            }
            defer { account.readOn() }
            guard sequence == account.last + 1 else {
                return (.denseSequences, "\(owner) has changes to \(account.last), and a commit at \(sequence) follows")
            }
            account.commits.append(record)
            account.last = record.last
            if account.last - account.imported >= 64, account.last - account.imported - record.entries.count < 64 {
                world.note(.longBook)
            }
            if isImport {
                (account.imported, account.heard) = (record.last, record.last)
            } else {
                account.writtenAt[sequence] = world.wall
            }
            for entry in record.entries where entry.change.changesFields {
                let version = "\(entry.change.taskID)@\(entry.change.version)"
                if !account.versions.insert(version).inserted {
                    return (.versionsOnce, "\(owner): change \(entry.change.sequence) makes \(version) again")
                }
            }
            return nil
        }
        if let found { world.broke(found.invariant, found.what) }
    }

    private func noteRemoval(_ owner: OwnerID, _ sequence: Int) {
        let wasStranded = state.withLock { $0.accounts[owner]?.stranded.removeValue(forKey: sequence) != nil }
        if wasStranded { return world.note(.strandedRemoved) }
        world.note(.commitsRemoved)
        state.withLock { $0.accounts[owner]?.hasRemovals = true }
        guard let writtenAt = account(owner).writtenAt[sequence] else { return }
        let age = Duration.milliseconds(world.wall.milliseconds - writtenAt.milliseconds)
        if age < world.configuration.historyRetention ?? .zero {
            world.broke(.historyKept, "\(owner): the commit at \(sequence) was removed when it was \(age) old")
        }
    }

    private func noteHead(_ key: String, _ name: String, _ bytes: [UInt8]) {
        guard let owner = OwnerID(name) else { return }
        world.note(.headWritten)
        do throws(TaskError) {
            let head = try SnapshotHead(decoding: bytes, key: key)
            let now = world.clock()
            let (book, before, isAnew) = state.withLock { state in
                var account = state.accounts.removeValue(forKey: owner) ?? Account(owner)
                defer { state.accounts[owner] = account }
                account.advance(to: head.snapshot.sequence)
                defer { (account.headAt, account.numbering) = (now, head.snapshot.numbering) }
                return (account.checked, account.headAt, head.snapshot.numbering != account.numbering)
            }
            if isAnew { world.note(.renumbered) }
            if let before, now - before < .seconds(1) { world.note(.headsWithinASecond) }
            let expected = book.keys.all.map { SnapshotKey(key: $0.key, use: $0.use) }
            if book.head != head.snapshot.sequence {
                world.broke(.snapshotAsJournal, "\(key) is of \(head.snapshot.sequence), the journal of \(book.head)")
            } else if expected != head.snapshot.keys {
                let lost = expected.filter { !head.snapshot.keys.contains($0) }.map { "\($0.use.sequence)" }
                let more = head.snapshot.keys.filter { !expected.contains($0) }.map { "\($0.use.sequence)" }
                world.broke(
                    .snapshotAsJournal,
                    "\(key) at \(book.head) lacks the idempotency keys of changes [\(lost.joined(separator: " "))] and has those of [\(more.joined(separator: " "))] too much"
                )
            } else if book.time != head.snapshot.time {
                world.broke(.snapshotAsJournal, "\(key) at \(book.head) has another time than the journal")
            }
        } catch {
            world.broke(.snapshotAsJournal, "\(error)")
        }
    }

    private func noteSlot(_ change: ModelSidecar.Change) {
        world.note(change.new == nil ? .slotReleased : change.old == nil ? .slotWritten : .slotWrittenAnew)
        let slot = change.new.flatMap { OutboxSlot(decoding: $0.value) }
        state.withLock { $0.slots[change.key] = slot }
    }

    private func noteLease(_ change: ModelSidecar.Change) {
        let lease = change.new.flatMap { RelayLease(decoding: $0.value) }
        state.withLock { state in
            state.leases[String(change.key.dropFirst("relay:".count))] = lease.map { $0.first..<$0.slots }
        }
    }

    /// Each change that the broker does not have must be told of.
    private func checkDuty() {
        let missing: String? = state.withLock { state in
            if state.hasLostLeases { return nil }
            for (owner, account) in state.accounts where account.last > account.heard && !account.hasLostGround {
                let isTold = state.slots.contains { key, slot in
                    let parts = key.split(separator: ":")
                    guard slot.owner == owner, slot.first <= account.heard + 1, let number = Int(parts[2]) else {
                        return false
                    }
                    let instance = String(parts[1])
                    return state.instances.contains(instance) && state.leases[instance]?.contains(number) == true
                }
                if !isTold {
                    let slots = state.slots.filter { $0.value.owner == owner }.map {
                        "\($0.key) from \($0.value.first)"
                    }
                    return
                        "the broker has \(account.heard) of \(account.last) changes of \(owner), whose slots are \(slots)"
                }
            }
            return nil
        }
        if let missing { world.broke(.dutyWritten, missing) }
    }

    /// Notes that the store went back.
    func noteLostGround(_ changes: [ModelSidecar.Change]) {
        state.withLock { state in
            var rewound: [OwnerID: [Int: CommitRecord?]] = [:]
            for change in changes.onTheWhole {
                let parts = change.key.split(separator: ":").map(String.init)
                switch parts[0] {
                case "log":
                    guard change.old?.value != change.new?.value, let owner = OwnerID(parts[1]),
                        let sequence = Int(parts[2])
                    else { continue }
                    rewound[owner, default: [:]][sequence] = .some(
                        change.new.flatMap {
                            try? CommitRecord(decoding: $0.value, sequence: sequence, key: change.key)
                        }
                    )
                // With a slot that is gone nobody knows of what it told.
                case "outbox":
                    if let owner = state.slots[change.key]?.owner { state.accounts[owner]?.hasLostGround = true }
                    state.slots[change.key] = change.new.flatMap { OutboxSlot(decoding: $0.value) }
                // Where a mark is gone all may be published again, what was imported too.
                case "pub":
                    if let owner = OwnerID(parts[1]), (state.accounts[owner]?.imported ?? 0) > 0 {
                        state.accounts[owner]?.hasLostGround = true
                    }
                case "relays", "relay":
                    state.hasLostLeases = true
                    state.leases = [:]
                    guard parts[0] == "relays" else { continue }
                    state.instances = Set(change.new.map { InstanceList(decoding: $0.value).instances } ?? [])
                default: break
                }
            }
            for (owner, records) in rewound { state.accounts[owner]?.rewind(records) }
        }
    }

    // MARK: - The broker

    /// Notes that the broker took an event.
    func noteEvent(_ owner: OwnerID, _ sequence: Int, _ event: JSONValue) {
        let early: Int? = state.withLock { state in
            var account = state.accounts.removeValue(forKey: owner) ?? Account(owner)
            defer { state.accounts[owner] = account }
            account.publications += 1
            if sequence <= account.imported { return account.hasLostGround ? nil : -1 }
            if sequence == account.heard + 1 {
                account.heard = sequence
                account.events.append(event)
                return nil
            }
            return sequence > account.heard && !account.hasLostGround ? account.heard : nil
        }
        switch early {
        case nil: break
        case .some(..<0): world.broke(.importSilent, "\(owner): change \(sequence) was published, which was imported")
        case .some(let early): world.broke(.orderAtBroker, "\(owner): change \(sequence) came after \(early)")
        }
        world.note(.published)
    }
}
