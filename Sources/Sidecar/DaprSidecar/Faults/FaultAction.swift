/// What happens to an operation that a rule selects.
package enum FaultAction: Hashable, Sendable {
    /// Nothing is done, and the caller knows it: the connection is refused.
    ///
    /// A connection that is already open cannot be refused, so on a socket this acts as ``cut``.
    case refuse
    /// Nothing is done and the connection is cut: the caller cannot know.
    case cut
    /// The operation is done, and the connection is cut instead of answering: the caller cannot know.
    case lose
    /// The connection is cut at once, and the operation is done after this delay, when its caller may have moved on.
    case late(Duration)
    /// The operation is done twice and the caller gets the second answer, as when a sidecar retries a call that got no
    /// answer.
    case `repeat`
    /// Nothing is done, and the answer is an error in Dapr's form.
    case fail(status: Int, errorCode: String)
    /// The operation begins after this delay.
    case delay(Duration)
    /// The application gets a delivery this many additional times.
    case duplicate(Int)
    /// The application gets an event only after this many later ones of its subscription, or when no more come.
    case reorder(Int)
    /// A bulk read reports some of its keys as missing, as daprd's does when a database connection dies midway.
    case omit
    /// The sidecar is killed and started again, either before the operation or between the operation and its answer.
    case restart(Moment)

    /// When a restart happens.
    package enum Moment: String, CaseIterable, Hashable, Sendable {
        case before
        case after
    }

    /// The operations that this action can apply to.
    package var operations: Set<FaultOperation> {
        switch self {
        case .duplicate: [.deliver, .jobRun]
        case .reorder: [.deliver]
        case .omit: [.stateBulkGet]
        case .late, .repeat: Set(FaultOperation.allCases.filter { !$0.isTowardsApp })
        case .refuse, .cut, .lose, .fail, .delay, .restart: Set(FaultOperation.allCases)
        }
    }

    /// Whether the action decides how the operation ends; of several such actions only the first takes effect.
    var isFinal: Bool {
        switch self {
        case .refuse, .cut, .lose, .late, .repeat, .fail, .restart: true
        case .delay, .duplicate, .reorder, .omit: false
        }
    }

    /// Whether the action applies to a part of the operation, and so is looked up where that part is at hand.
    var isPartial: Bool {
        switch self {
        case .reorder, .omit: true
        case .refuse, .cut, .lose, .late, .repeat, .fail, .delay, .duplicate, .restart: false
        }
    }

    /// The error code of ``fail(status:errorCode:)`` when a plan gives none.
    package static let errorCode = "ERR_FAULT"
    /// The largest number of deliveries that one rule adds, or that one event waits for.
    package static let most = 1000
}

extension FaultAction: CustomStringConvertible {
    /// The action in the syntax of a fault plan.
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
