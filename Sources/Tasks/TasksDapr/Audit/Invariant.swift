internal import DaprText

/// What the journal promises (docs/design.md), each named once.
///
/// The model of the journal and the crash matrix report by these names what did not hold; `task-server verify` says them of what it finds.
package enum Invariant: String, CaseIterable, Sendable {
    /// A command that was acknowledged is in the journal, once, unless the store itself went back behind it.
    case acknowledgedOnce
    /// A command that was refused is not in the journal; one of which nobody knew is there once or not at all.
    case refusedNever
    /// A commit begins at the sequence after the last one that was ever written, and none is written twice: no gap, no fork.
    case denseSequences
    /// What an engine answers is what the journal gave: a list and a read show each write that was acknowledged before the question.
    case freshReads
    /// An answer is of the kind that the question can have: no error that blames the store's contents for a race.
    case honestAnswers
    /// The tasks that are stored one by one, and those that an engine lists, are those that the journal leads to.
    case tasksAsJournal
    /// Each head that is ever stored has the idempotency keys, time and places that the journal leads to; with the commits after it it is
    /// the book that the journal leads to.
    case snapshotAsJournal
    /// A command that comes again with its idempotency key, to whatever engine, also one that just began, is answered as the first
    /// time, byte for byte, and changes nothing.
    case repeatsAnswered
    /// A commit is removed only when it was written longer ago than commits are kept, whatever clocks say.
    case historyKept
    /// Two changes of one task never lead to the same version, also when it was deleted in between and made again under its identifier.
    case versionsOnce
    /// A change that the broker does not have is told of by a slot that the lease of a listed instance reaches, at every moment: whoever dies, it is found.
    case dutyWritten
    /// Each change is published, as it is in the journal, and nothing else is.
    case allPublished
    /// What the broker has of an owner begins with its changes in order: none is there before an earlier one.
    case orderAtBroker
    /// Without faults changes are published 1.05 times at most on the whole, whichever engines made them, in runs with a time of their own.
    case publishedOnce
    /// The activity of an owner counts each change once.
    case activityRight
    /// When all engines have ended in order no slot and no name of theirs is left.
    case nothingLeft
    /// Nor is a lease that was ever listed, but for what says that it ended; that, and the lease of one that died before it was listed, goes by itself.
    case noStrayLease
    /// A run ends: nothing waits for what will never come.
    case ends
}

extension BookAudit.Finding {
    /// The promise that is not kept; nil for a book that is sound, or was not compared.
    package var broken: Invariant? {
        switch self {
        case .sound, .busy: return nil
        case .unheard: return .allPublished
        case .different(let key, _): return Invariant(ofDocument: key)
        }
    }
}

extension Invariant {
    /// What is promised of the document under a key.
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
