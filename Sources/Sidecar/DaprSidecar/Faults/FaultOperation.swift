import DaprText

/// An operation that a fault can affect: a call of the API, or a delivery to the application.
package enum FaultOperation: String, CaseIterable, Hashable, Sendable {
    case stateGet = "state.get"
    case stateBulkGet = "state.bulk-get"
    case stateSave = "state.save"
    case stateDelete = "state.delete"
    case stateTransact = "state.transact"
    case publish = "publish"
    case publishBulk = "publish.bulk"
    case secretGet = "secret.get"
    case secretBulk = "secret.bulk"
    case jobSchedule = "job.schedule"
    case jobGet = "job.get"
    case jobDelete = "job.delete"
    case invoke = "invoke"
    case metadata = "metadata"
    /// An attempt to deliver one or several events to the application.
    case deliver = "deliver"
    /// An attempt to have the application run a job.
    case jobRun = "job.run"

    /// Whether the operation goes from the sidecar to the application.
    package var isTowardsApp: Bool { self == .deliver || self == .jobRun }

    /// The word before the dot, common to related operations.
    var family: Substring { rawValue.prefix(beforeByte: ".") }

    /// The operations that `word` names: one by its name, a family by `state.*`, all by `*`; `nil` when it names none.
    static func named(_ word: Substring) -> Set<FaultOperation>? {
        if word == "*" { return Set(allCases) }
        if word.hasByteSuffix(".*") {
            let found = allCases.filter { $0.family == word.droppingBytes(0, last: 2) }
            return found.isEmpty ? nil : Set(found)
        }
        return FaultOperation(rawValue: String(word)).map { [$0] }
    }

    /// The shortest words that name `operations`, joined by commas.
    static func text(_ operations: Set<FaultOperation>) -> String {
        if operations.count == allCases.count { return "*" }
        var words: [String] = []
        for operation in allCases where operations.contains(operation) {
            let family = allCases.filter { $0.family == operation.family }
            let isWhole = family.count > 1 && operations.isSuperset(of: family)
            let word = isWhole ? "\(operation.family).*" : operation.rawValue
            if !words.contains(word) { words.append(word) }
        }
        return words.joined(separator: ",")
    }
}

/// One operation, as rules see it.
package struct FaultSubject: Equatable, Sendable {
    /// The kind of operation.
    package var operation: FaultOperation
    /// The state store, pub/sub component or secret store, or the application of an invocation; empty for none.
    package var component: String
    /// The topic of a publish or a delivery.
    package var topic: String?
    /// The keys of state, the name of a secret or a job, the ids of events, or the path of an invocation.
    package var keys: [String]

    package init(_ operation: FaultOperation, component: String = "", topic: String? = nil, keys: [String] = []) {
        self.operation = operation
        self.component = component
        self.topic = topic
        self.keys = keys
    }
}
