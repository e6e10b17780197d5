import Dapr
import TaskJSON
import Tasks
import TestSupport

@testable import TasksDapr

/// What a client knows of a command it gave.
struct Given: Sendable {
    enum Fate: Sendable {
        case acknowledged([UInt8])
        case refused
        case unknown
    }

    let owner: OwnerID
    let command: TaskCommand
    /// The title that only this command sets; nil for a command that sets none.
    let mark: String?
    let key: String?
    var fate: Fate = .refused
    var id: TaskID?
    /// The command that this one takes back, if it is an undo, and what the task must be then.
    var undo: PastCommand?
    var wanted: TaskContent?
    /// What it left of its task, and how it is taken back.
    var document: [UInt8] = []
    var content: TaskContent?
    var undoable: PastCommand?
    /// Whether it was sent more than once.
    var wasRepeated = false
}

/// Someone who gives commands, several at once, and looks at what came of them; only this client changes the tasks that it made.
struct ModelClient {
    /// A task of this client; the document is nil where an outcome is not known.
    private struct Known {
        let owner: OwnerID
        let id: TaskID
        var document: [UInt8]?
        var content: TaskContent?
        /// What was done to it last, and what it was before.
        var last: (command: PastCommand, before: TaskContent)?
        /// Whether it may be gone.
        var isSure = true
    }

    let number: Int
    let run: ModelRun
    private var known: [Known] = []
    private var graveyard: [(owner: OwnerID, id: TaskID, last: (command: PastCommand, before: TaskContent)?)] = []
    private var given: [Given] = []

    init(_ number: Int, _ run: ModelRun) {
        self.number = number
        self.run = run
        guard let image = run.image else { return }
        for (place, task) in image.tasks.enumerated() where place % ModelRun.clientCount == number {
            known.append(Known(owner: image.owner, id: task.id, document: task.document))
        }
    }

    private var world: ModelWorld { run.world }

    /// Works until it has given so many bursts of commands.
    mutating func work(_ bursts: Int) async -> [Given] {
        for _ in 0..<bursts {
            if world.hasBroken { break }
            await burst(run.owner())
            if world.oneIn(3) { await lookAround(world.pick(run.owners)) }
            let pause: Duration = world.oneIn(6) ? run.longPause : run.shortPause
            try? await Task.sleep(for: world.upTo(pause))
        }
        return given
    }

    private mutating func burst(_ owner: OwnerID) async {
        var commands: [(command: Given, place: Int?)] = []
        var free = known.indices.filter { known[$0].owner == owner && known[$0].isSure }
        for _ in 0...world.below(world.oneIn(4) ? 12 : 4) {
            commands.append(next(owner, &free))
        }
        let run = run
        var results = await withTaskGroup(of: (Int, Given).self) { group in
            for (place, command) in commands.enumerated() {
                group.addTask { (place, await run.perform(command.command)) }
            }
            return await group.reduce(into: [(Int, Given)]()) { $0.append($1) }
        }
        results.sort { $0.0 < $1.0 }
        var gone: Set<Int> = []
        for (index, command) in results {
            given.append(command)
            note(command, commands[index].place, &gone)
        }
        for place in gone.sorted(by: >) { known.remove(at: place) }
    }

    /// The next command: to make a task, or to change one that no other command of this burst changes.
    private mutating func next(_ owner: OwnerID, _ free: inout [Int]) -> (command: Given, place: Int?) {
        let mark = "c\(number)-\(given.count)-\(world.below(1 << 30))"
        let key = world.oneIn(2) ? mark : nil
        guard let last = free.indices.last, !world.oneIn(3) else {
            if let place = graveyard.firstIndex(where: { $0.owner == owner && $0.last != nil }), world.oneIn(4),
                let last = graveyard[place].last
            {
                let id = graveyard.remove(at: place).id
                return (undo(last, of: id, owner, key: mark), nil)
            }
            if world.oneIn(4) {
                // Where a book is full it is to be all or nothing.
                let isPartial = world.oneIn(2) && !world.rules.contains(.smallBooks)
                let command = TaskCommand(
                    [
                        .create(TaskContent(title: mark), id: nil), .complete(.made(by: 0)),
                        .create(TaskContent(title: "\(mark), too"), id: nil), .delete(.made(by: 2)),
                    ] + (isPartial ? [.delete(TaskID(high: 1, low: 1))] : []),
                    mode: isPartial ? .partial : .atomic
                )
                return (Given(owner: owner, command: command, mark: mark, key: key), nil)
            }
            var id: TaskID?
            if let place = graveyard.firstIndex(where: { $0.owner == owner }), world.strikes(.sameID, oneIn: 2) {
                id = graveyard.remove(at: place).id
            }
            let text = world.oneIn(3) ? "<\(mark)> & more" : nil
            let command = TaskCommand.create(TaskContent(title: mark, description: text), id: id)
            return (Given(owner: owner, command: command, mark: mark, key: key, id: id), nil)
        }
        free.swapAt(last, world.below(free.count))
        let place = free.removeLast()
        let id = known[place].id
        if let last = known[place].last, known[place].document != nil, world.oneIn(4) {
            return (undo(last, of: id, owner, key: mark), place)
        }
        var patch = TaskPatch()
        patch.set(.title) { $0.title = mark }
        let (command, isMarked): (TaskCommand, Bool) =
            switch world.below(8) {
            case 0: (.complete(id), false)
            case 1: (.reopen(id), false)
            case 2, 3: (.delete(id), false)
            case 4: (.replace(id, TaskContent(title: mark, tags: ["x"])), true)
            default: (.patch(id, patch), true)
            }
        return (Given(owner: owner, command: command, mark: isMarked ? mark : nil, key: key, id: id), place)
    }

    private func undo(
        _ last: (command: PastCommand, before: TaskContent),
        of id: TaskID,
        _ owner: OwnerID,
        key: String
    ) -> Given {
        var given = Given(owner: owner, command: .reopen(id), mark: nil, key: key, id: id)
        (given.undo, given.wanted) = (last.command, last.before)
        return given
    }

    private mutating func note(_ command: Given, _ place: Int?, _ gone: inout Set<Int>) {
        let isDelete = if case .delete? = command.command.operations.first { true } else { false }
        switch (command.fate, place) {
        case (.acknowledged, nil):
            if let id = command.id {
                let document = run.isSure(command) ? command.document : nil
                known.append(Known(owner: command.owner, id: id, document: document, content: command.content))
            }
        case (.acknowledged, let place?):
            let isKnown = run.isSure(command) && known[place].document != nil
            let last = isKnown ? command.undoable.flatMap { done in known[place].content.map { (done, $0) } } : nil
            if isDelete {
                gone.insert(place)
                if run.isSure(command) { graveyard.append((command.owner, known[place].id, last)) }
            } else {
                known[place].document = run.isSure(command) ? command.document : nil
                known[place].last = last
                known[place].content = command.content
            }
        case (.unknown, let place?):
            known[place].document = nil
            if isDelete { known[place].isSure = false }
        case (.unknown, nil), (.refused, _): break
        }
    }

    /// Reads what this client wrote: each answer must be there at once, on whatever engine.
    private func lookAround(_ owner: OwnerID) async {
        let engine = run.engine()
        let mine = known.filter { $0.owner == owner && $0.document != nil }
        do throws(TaskError) {
            let tasks = try await engine.list(owner)
            world.note(.listed)
            if run.hasLostGround { return }
            for task in mine {
                guard let listed = tasks[task.id]?.document, listed == task.document else {
                    return world.broke(
                        .freshReads,
                        "a list of \(owner) by \(engine.name) shows \(text(tasks[task.id]?.document)) of what was answered as \(text(task.document))"
                    )
                }
            }
            for task in mine.prefix(2) {
                let read = try await engine.service.document(task.id, owner: owner, trace: nil).bytes
                world.note(.read)
                if read != task.document, !run.hasLostGround {
                    world.broke(.freshReads, "a read by \(engine.name) shows \(text(read)) of \(text(task.document))")
                }
            }
            if let dead = graveyard.first(where: { $0.owner == owner }), tasks[dead.id] != nil, !run.hasLostGround {
                world.broke(.freshReads, "a list of \(owner) by \(engine.name) shows \(dead.id), which was deleted")
            }
        } catch {
            switch error {
            case .storeUnavailable, .cancelled: return
            case .notFound where run.hasLostGround: return
            case .notFound(let id): world.broke(.freshReads, "a read by \(engine.name) does not find \(id) of \(owner)")
            default: world.broke(.honestAnswers, "a question about \(owner) was answered by \(engine.name): \(error)")
            }
        }
    }

    private func text(_ bytes: [UInt8]?) -> String { bytes.map { String(decoding: $0, as: UTF8.self) } ?? "nothing" }
}

extension ModelEngine {
    /// All tasks of an owner.
    func list(_ owner: OwnerID) async throws(TaskError) -> [TaskID: TaskItem] {
        var tasks: [TaskID: TaskItem] = [:]
        var query = TaskQuery()
        query.limit = 200
        repeat {
            let page = try await service.list(query, owner: owner, trace: nil)
            for task in page.items { tasks[task.id] = task }
            query.cursor = page.nextCursor
        } while query.cursor != nil
        return tasks
    }
}
