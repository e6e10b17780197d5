import Foundation

/// Something that goes wrong in a run; which do is left to the run's seed.
enum ModelRule: String, CaseIterable, Sendable {
    // Of a call.
    /// Nobody listens: nothing is done.
    case refuse
    /// The connection breaks before anything is done.
    case cut
    /// It is done, and the answer is lost.
    case lose
    /// The sidecar answers with an error, and nothing is done.
    case fail
    /// It takes nearly as long as it may.
    case slow
    /// It is done after its caller gave it up, within twice the time that a call may take.
    case late
    /// The sidecar loses the store's first answer and repeats it: the answer is the second's.
    case repeatInside
    /// It is done once more, within twice the time that a call may take.
    case repeatLate
    /// A bulk read says that keys are missing which it did not get to.
    case omit

    // Of an engine, or its sidecar.
    /// The sidecar starts again: calls under way are cut, before or after they are done.
    case restart
    /// It dies.
    case kill
    /// It ends in order.
    case stop
    /// Its process stops for less than its lease, and goes on.
    case shortPause
    /// Its process stops for longer than its lease, and goes on.
    case longPause
    /// Its wall clock jumps, 31 days at most either way.
    case wallJump
    /// Its clock that only goes forward leaps by days, as after a sleep of the machine.
    case clockLeap

    // Of the store.
    /// The store goes back in time: the last commits are gone, and every connection breaks.
    case loseGround

    // Of the broker.
    /// A publish fails as a whole, before or after the broker took it, or is taken twice.
    case brokerFails
    /// The broker takes the first of a call's events only.
    case brokerTakesFirst
    /// The broker takes a call's events but for some in the middle.
    case brokerTakesSome
    /// The broker takes the events of one call side by side, in any order.
    case brokerUnordered
    /// The broker takes a second for each call.
    case brokerSlow

    // Of what is asked for.
    /// Commits of more than thirty days are removed with the snapshots, of a book that has such.
    case retention
    /// A book of which most tasks were deleted, so that what is left is numbered anew.
    case renumbering
    /// Views take little memory, so that they are let go of and read again.
    case smallViews
    /// Events take little memory, so that they are read again from the journal.
    case smallBacklog
    /// A book takes little text, so that it is full.
    case smallBooks
    /// A commit takes little text, so that commands which come together need several.
    case smallCommits
    /// A book is imported while others are written.
    case bookImport
    /// A client makes a task again under the identifier of one that it deleted.
    case sameID
    /// Reads that come together share a call.
    case sharedReads

    /// Those that break today's code, each with the fault that is open: they happen in no run until it is mended.
    static let pending: [ModelRule: String] = [:]

    /// Those that happen; `MODEL_RULES=all` has all happen, `MODEL_RULES=+omit,-late` changes some.
    static let enabled: Set<ModelRule> = {
        var rules = Set(allCases).subtracting(pending.keys)
        for word in (ProcessInfo.processInfo.environment["MODEL_RULES"] ?? "").split(separator: ",") {
            switch word {
            case "all": rules = Set(allCases)
            case "none": rules = []
            default:
                guard let rule = ModelRule(rawValue: String(word.dropFirst())) else { continue }
                if word.hasPrefix("-") { rules.remove(rule) } else { rules.insert(rule) }
            }
        }
        return rules
    }()

    /// The rules that only a store in this process can follow.
    static let ofVirtualTime: Set<ModelRule> = [
        .loseGround, .renumbering, .retention, .clockLeap, .late, .repeatLate, .longPause,
    ]
}

/// Something that happens to a journal in a run, by itself or because of a rule; each must be seen in a run of the usual size.
enum ModelSight: String, CaseIterable, Sendable {
    case commit
    case groupCommit
    case batch
    case undone
    case revived
    case commitRefused
    case commitAfterItsEngineDied
    case headWritten
    case headRefused
    case headsWithinASecond
    case renumbered
    case checkpointWritten
    case commitsRemoved
    case pageEmptied
    case longBook
    case viewEvicted
    case bookFull
    case commitFull
    case slotWritten
    case slotWrittenAnew
    case slotReleased
    case upkeepLate
    case leaseTaken
    case leaseLost
    case published
    case publishedAgain
    case keyRepeated
    case keyRepeatedOnAnother
    case keyRepeatedOnAFreshEngine
    case acknowledged
    case refused
    case unknown
    case listed
    case read
    case gapInActivity
    case stranded
    case strandedRemoved
}
