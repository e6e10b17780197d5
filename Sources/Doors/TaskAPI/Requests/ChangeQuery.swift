import DaprHTTP
import Tasks
import WebFront

/// The start and the length of a page of changes, and how long to wait for one.
struct ChangeQuery {
    static let changeLimits = 1...1000
    static let historyLimits = 1...200
    /// Whole seconds.
    static let waits = 1...25
    /// What a change's sequence can be, and 0 for none: the integers that JSON carries exactly.
    static let sequences = 0...(1 << 53)
    static let defaultLimit = 50

    var since = 0
    var cursor: String?
    var limit = ChangeQuery.defaultLimit
    /// How long to wait for a change when there is none; `nil` not to.
    var wait: Duration?

    enum Name: String {
        case since, cursor, limit, wait
    }

    /// Reads the query; an error lists everything that is wrong with it.
    init(_ request: HTTPRequest, taking names: [Name], limits: ClosedRange<Int>) throws(WebFault) {
        var parameters = try QueryParameters(request, taking: names)
        for (name, value) in parameters.given {
            switch (name, Int(value)) {
            case (.cursor, _): cursor = value
            case (.since, let number?) where Self.sequences.contains(number): since = number
            case (.limit, let number?) where limits.contains(number): limit = number
            case (.wait, let number?) where Self.waits.contains(number): wait = .seconds(number)
            case (.limit, _): parameters.faults.append(.outside(limits, name.rawValue))
            case (.wait, _): parameters.faults.append(.outside(Self.waits, name.rawValue))
            case (.since, _): parameters.faults.append(.noSequence(name.rawValue))
            }
        }
        try parameters.check()
    }
}

extension FieldFault {
    static func noSequence(_ name: String) -> FieldFault {
        FieldFault(name, .outOfRange, "Give a whole number from 0 to \(ChangeQuery.sequences.upperBound).")
    }

    fileprivate static func outside(_ limits: ClosedRange<Int>, _ name: String) -> FieldFault {
        FieldFault(name, .outOfRange, "Give a number from \(limits.lowerBound) to \(limits.upperBound).")
    }
}
