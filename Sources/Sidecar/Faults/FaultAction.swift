/// What happens to an operation that a rule picks.
package enum FaultAction: Hashable, Sendable {
    /// Nothing is done, and the caller knows: nobody listens.
    ///
    /// A connection that exists cannot be refused any more: on a socket this is ``cut``.
    case refuse
    /// Nothing is done, and the connection is cut: the caller cannot know.
    case cut
    /// It is done, and the connection is cut instead of the answer: the caller cannot know.
    case lose
    /// The connection is cut at once, and it is done so much later, when its caller may have gone on.
    case late(Duration)
    /// It is done twice, and the caller gets the second answer: so does a sidecar whose policy repeats what it had no answer to.
    case `repeat`
    /// Nothing is done, and the answer is an error in Dapr's form.
    case fail(status: Int, errorCode: String)
    /// It begins later.
    case delay(Duration)
    /// The application gets a delivery so many times more.
    case duplicate(Int)
    /// The application gets an event only after so many later ones of its subscription, or when no more come.
    case reorder(Int)
    /// A bulk read answers that some of its keys are missing, as daprd's does when a database's connection dies in the middle.
    case omit
    /// The sidecar is killed and started again: before it does anything, or after it did and before it answers.
    case restart(Moment)

    /// When a restart comes.
    package enum Moment: String, CaseIterable, Hashable, Sendable {
        case before
        case after
    }

    /// The operations that this can befall.
    package var operations: Set<FaultOperation> {
        switch self {
        case .duplicate: [.deliver, .jobRun]
        case .reorder: [.deliver]
        case .omit: [.stateBulkGet]
        case .late, .repeat: Set(FaultOperation.allCases.filter { !$0.isTowardsApp })
        case .refuse, .cut, .lose, .fail, .delay, .restart: Set(FaultOperation.allCases)
        }
    }

    /// Whether it decides how the operation ends, so that only the first of several such counts.
    var isFinal: Bool {
        switch self {
        case .refuse, .cut, .lose, .late, .repeat, .fail, .restart: true
        case .delay, .duplicate, .reorder, .omit: false
        }
    }

    /// Whether it befalls a part of the operation, and is asked for where that part is at hand.
    var isPartial: Bool {
        switch self {
        case .reorder, .omit: true
        case .refuse, .cut, .lose, .late, .repeat, .fail, .delay, .duplicate, .restart: false
        }
    }

    /// The error code of ``fail(status:errorCode:)`` where a plan names none.
    package static let errorCode = "ERR_FAULT"
    /// The most deliveries that one rule adds, or that one event waits for.
    package static let most = 1000
}

extension FaultAction: CustomStringConvertible {
    /// The action as a plan writes it.
    package var description: String {
        switch self {
        case .refuse: "refuse"
        case .cut: "cut"
        case .lose: "lose"
        case .late(let duration): "late \(FaultWords.duration(duration))"
        case .repeat: "repeat"
        case .fail(let status, let errorCode):
            errorCode == Self.errorCode ? "fail \(status)" : "fail \(status) \(FaultWords.quoted(errorCode))"
        case .delay(let duration): "delay \(FaultWords.duration(duration))"
        case .duplicate(let times): "duplicate \(times)"
        case .reorder(let count): "reorder \(count)"
        case .omit: "omit"
        case .restart(let moment): "restart \(moment.rawValue)"
        }
    }
}
