internal import DaprText

/// The journal's promises (docs/design.md), each with one name.
///
/// The journal's model and the crash matrix report broken promises by these names, and `task-server verify` uses them
/// for its findings.
package enum Invariant: String, CaseIterable, Sendable {
    /// An acknowledged command is in the journal, once, unless the store itself went back behind it.
    case acknowledgedOnce
    /// A refused command is not in the journal; one with an unknown outcome is there once or not at all.
    case refusedNever
    /// A commit begins at the sequence after the last one that was ever written, and none is written twice: no gap, no
    /// fork.
    case denseSequences
    /// An engine answers with the journal's data: a list and a read show each write that was acknowledged before the
    /// question.
    case freshReads
    /// An answer is of a kind that the question can have: no race is reported as damage to the store's contents.
    case honestAnswers
    /// The tasks that are stored singly, and those that an engine lists, are the journal's result.
    case tasksAsJournal
    /// Each stored head has the idempotency keys, time and places that the journal leads to; with the commits after it,
    /// it gives the journal's book.
    case snapshotAsJournal
    /// A repeated command with its idempotency key changes nothing and gets the first answer, byte for byte, from every
    /// engine, even one that has just started.
    case repeatsAnswered
    /// An undo leaves a task exactly as it was before the command, or names what others changed since.
    case undoExact
    /// A commit is removed only after its retention, whatever clocks say.
    case historyKept
    /// Two changes of one task never lead to the same version, even when it was deleted in between and created again
    /// under its identifier.
    case versionsOnce
    /// A change that the broker lacks is at every moment in a slot that a listed instance's lease reaches, so it is
    /// found whoever dies.
    case dutyWritten
    /// Each change is published as it is in the journal, and nothing else is published.
    case allPublished
    /// An import publishes nothing by itself, neither at once nor with later changes of the owner.
    case importSilent
    /// The broker has an owner's changes in order from the first: none is there before an earlier one.
    case orderAtBroker
    /// Without faults, changes are published 1.05 times at most on average, whichever engines made them, in runs whose
    /// time is not the machine's.
    case publishedOnce
    /// The activity of an owner counts each change once.
    case activityRight
    /// After all engines have shut down properly, none of their slots and names is left.
    case nothingLeft
    /// No lease is left that was ever listed, except for a marker of its end; the marker, and the lease of an engine
    /// that died before it was listed, expire.
    case noStrayLease
    /// A run ends: nothing waits for an event that never comes.
    case ends
}

extension BookAudit.Finding {
    /// The broken promise; `nil` for a book that is sound or was not compared.
    package var broken: Invariant? {
        switch self {
        case .sound, .busy: return nil
        case .unheard: return .allPublished
        case .different(let key, _): return Invariant(ofDocument: key)
        }
    }
}

extension Invariant {
    /// The promise about the document under a key.
    fileprivate init(ofDocument key: String) {
        self =
            switch key.splitBytes(separator: ":").first.map(String.init) {
            case "log": .denseSequences
            case "pub": .allPublished
            case "head", "page", "checkpoint": .snapshotAsJournal
            default: .tasksAsJournal
            }
    }
}
