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
                let result = try await engine.service.perform(given.command, owner: given.owner, context: context)
                if engine.hasEvicted(given.owner) { world.note(.viewEvicted) }
                if let first {
                    world.note(.keyRepeated)
                    if first.engine != engine.name { world.note(.keyRepeatedOnAnother) }
                    compare(given, first.document, result.document, engine)
                }
                given.id = result.task?.id ?? given.id
                first = first ?? (result.document, engine.name)
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
