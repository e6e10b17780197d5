import Dapr
import Tasks

@testable import TasksDapr

extension ModelRun {
    /// Gives a command to some engine; under a key it is repeated, to others too, while nobody knows what became of it, and now and then
    /// though the answer came.
    func perform(_ wanted: Given) async -> Given {
        var given = wanted
        let context = CommandContext(actor: given.owner, channel: .rest, idempotencyKey: given.key)
        var first: (document: [UInt8], engine: String)?
        var wasUnknown = false
        for attempt in 0..<8 {
            if attempt > 0 {
                given.wasRepeated = true
                try? await Task.sleep(for: world.upTo(shortPause * 4))
            }
            let engine = engine()
            do throws(TaskError) {
                let result = try await given.perform(by: engine, context, now: world.wall)
                if engine.hasEvicted(given.owner) { world.note(.viewEvicted) }
                if let first {
                    world.note(.keyRepeated)
                    if first.engine != engine.name { world.note(.keyRepeatedOnAnother) }
                    compare(given, first.document, result.answer, engine)
                }
                note(result, of: &given, engine)
                first = first ?? (result.answer, engine.name)
                world.note(.acknowledged)
                guard given.key != nil, Invariant.repeatsAnswered.isKept, world.oneIn(4) else { break }
            } catch {
                world.trace { "\(engine.name) answers \(given.mark ?? "\(given.command)"): \(error)" }
                switch error {
                case .outcomeUnknown:
                    wasUnknown = true
                    world.note(.unknown)
                    if given.key == nil {
                        given.fate = .unknown
                        return given
                    }
                case .storeUnavailable, .deadlineExceeded, .tooManyWaiting, .cancelled:
                    world.note(.refused)
                    if given.key == nil { return given }
                // One that was acknowledged may be gone with the ground, and is decided anew.
                case .bookFull where world.rules.contains(.smallBooks) && (first == nil || hasLostGround):
                    world.note(.bookFull)
                    if given.key == nil { return given }
                case .commandTooLong where world.rules.contains(.smallCommits): return given
                case .inOperation(_, .bookFull)
                where world.rules.contains(.smallBooks) && (first == nil || hasLostGround):
                    world.note(.bookFull)
                    if given.key == nil { return given }
                case .undoGone where hasLostGround || world.configuration.historyRetention != nil: return given
                case .undoConflict where hasLostGround: return given
                case .undoConflict:
                    world.broke(.undoExact, "\(engine.name) finds a change that nobody made after \(given): \(error)")
                    return given
                case .notFound where hasLostGround: return given
                case .notFound where wasUnknown || first != nil || !Invariant.repeatsAnswered.isKept:
                    world.broke(.repeatsAnswered, "\(engine.name) answered a repeat of \(given): there is no such task")
                    given.fate = .unknown
                    return given
                // What the client knew may be gone with the ground.
                case .notFound where ledger.account(given.owner).hasLostGround: return given
                case .alreadyExists where ledger.account(given.owner).hasLostGround: return given
                case .notFound:
                    world.broke(.honestAnswers, "\(engine.name) does not find the task of \(given)")
                    return given
                case .alreadyExists where wasUnknown && given.key == nil: return given
                default:
                    world.broke(.honestAnswers, "\(engine.name) answered \(given): \(error)")
                    return given
                }
            }
        }
        given.fate = first.map { .acknowledged($0.document) } ?? (wasUnknown ? .unknown : .refused)
        return given
    }

    /// Notes what a command left, and looks whether an undo left what was before.
    private func note(_ result: CommandResult, of given: inout Given, _ engine: ModelEngine) {
        given.id = result.task?.id ?? given.id
        let last = result.outcomes.last { $0.task != nil && $0.task?.id == given.id }
        (given.document, given.content, given.undoable) = (last?.document ?? [], last?.task?.content, result.undoable)
        if result.outcomes.count > 1 { world.note(.batch) }
        guard let wanted = given.wanted else { return }
        world.note(result.created ? .revived : .undone)
        if given.content == wanted || hasLostGround { return }
        world.broke(.undoExact, "\(engine.name) left \(String(describing: given.content)), and it was \(wanted)")
    }

    /// Whether what was answered is what is stored: not where a key that was lost may have had it done again.
    func isSure(_ given: Given) -> Bool { !given.wasRepeated || Invariant.repeatsAnswered.isKept }

    func compare(_ given: Given, _ first: [UInt8], _ again: [UInt8], _ engine: ModelEngine) {
        if first == again || hasLostGround { return }
        world.broke(
            .repeatsAnswered,
            "\(given.owner): \(given.key ?? "") was answered \(String(decoding: first, as: UTF8.self)), and then by \(engine.name) \(String(decoding: again, as: UTF8.self))"
        )
    }
}

extension Given {
    func perform(
        by engine: ModelEngine,
        _ context: CommandContext,
        now: Timestamp
    ) async throws(TaskError) -> CommandResult {
        guard let undo else { return try await engine.service.perform(command, owner: owner, context: context) }
        return try await engine.service.undo(undo, isForced: false, owner: owner, context: context, now: now)
    }
}

extension CommandResult {
    /// Everything that a client is answered.
    var answer: [UInt8] {
        outcomes.flatMap { $0.document + Array(($0.refusal?.code ?? "").utf8) + [0] }
    }
}
