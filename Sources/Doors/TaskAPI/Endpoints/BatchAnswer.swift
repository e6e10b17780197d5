import DaprHTTP
import DaprJSON
import TaskJSON
import Tasks
import WebFront

extension JSONWriter {
    /// Writes what came of a batch or an undo.
    ///
    ///     {"dry_run":false,"plan":null,"results":[{"status":201,"task":{…}},{"status":204},{"error":{…},"status":404}],
    ///      "sequences":{"first":10,"last":15},"undo":"…"}
    mutating func write(_ result: CommandResult, isTrial: Bool, plan: String?, undo: String?) {
        beginObject()
        key("dry_run")
        bool(isTrial)
        key("plan")
        if let plan { string(plan) } else { null() }
        key("results")
        if isTrial {
            value(result.outcomes.map(\.decided).tried)
        } else {
            beginArray()
            for outcome in result.outcomes { write(outcome) }
            endArray()
        }
        key("sequences")
        if let changes = result.changes, !isTrial {
            value(["first": .integer(changes.lowerBound), "last": .integer(changes.upperBound)])
        } else {
            null()
        }
        key("undo")
        if let undo { string(undo) } else { null() }
        endObject()
    }

    private mutating func write(_ outcome: TaskOutcome) {
        beginObject()
        let decided = outcome.decided
        if let refusal = outcome.refusal, let error = refusal.answer.body["error"] {
            key("error")
            value(error)
        }
        if let merged = decided.mergedFields {
            key("merged")
            value(merged)
        }
        key("status")
        integer(decided.status.code)
        if outcome.task != nil {
            key("task")
            raw(outcome.document)
        } else if let id = outcome.change?.taskID {
            key("task_id")
            string(id.rawValue)
        }
        endObject()
    }
}

extension TaskError {
    /// The refusal's body, whose task is as in the other results.
    fileprivate func triedError(_ made: [TaskID: Int]) -> JSONValue? {
        guard var error = answer.body["error"]?.objectValue else { return nil }
        guard let current, var details = error["details"]?.objectValue else { return .object(error) }
        details["current"] = current.tried(madeBy: made[current.id])
        error["details"] = .object(details)
        return .object(error)
    }

    /// The task as it is, where the refusal tells of it.
    fileprivate var current: TaskItem? {
        switch self {
        case .versionMismatch(let current): current
        case .mergeConflict(let conflict): conflict.current
        case .notFound, .alreadyExists, .testFailed, .undoConflict, .undoGone, .makerRefused, .planChanged,
            .commandTooLong, .inOperation, .journalNeeded, .invalid, .keyReused, .changesGone, .pastGone,
            .limitExceeded, .bookFull, .tooManyWaiting, .storeUnavailable, .outcomeUnknown, .deadlineExceeded,
            .cancelled, .newerFormat, .unreadable:
            nil
        }
    }
}

extension DecidedOutcome {
    fileprivate var status: HTTPStatus {
        if let refusal { return refusal.answer.status }
        return task == nil ? .noContent : created ? .created : .ok
    }

    fileprivate var mergedFields: JSONValue? {
        let fields = TaskField.sorted.filter(merged.contains)
        return fields.isEmpty ? nil : .array(fields.map { .string($0.rawValue) })
    }
}

extension [DecidedOutcome] {
    /// What would come of each operation, without what only a commit decides: times, and identifiers that it makes, for
    /// which the index of their operation stands.
    var tried: JSONValue {
        var made: [TaskID: Int] = [:]
        for (index, outcome) in enumerated() where outcome.created && outcome.change?.endedVersion == 0 {
            if let id = outcome.task?.id { made[id] = index }
        }
        return .array(
            map { outcome in
                var object = JSONObject()
                if let change = outcome.change, change.changesFields {
                    object["diff"] = RecordedChange.fields(of: change)
                }
                if let error = outcome.refusal?.triedError(made) { object["error"] = error }
                if let merged = outcome.mergedFields { object["merged"] = merged }
                object["status"] = .integer(outcome.status.code)
                if let task = outcome.task {
                    object["task"] = task.tried(madeBy: made[task.id])
                } else if let id = outcome.change?.taskID {
                    object["task_id"] = .string(made[id].map { "$\($0)" } ?? id.rawValue)
                }
                return .object(object)
            }
        )
    }
}

extension TaskItem {
    fileprivate func tried(madeBy operation: Int?) -> JSONValue {
        guard var object = json.objectValue else { return .null }
        object[TaskMark.updatedAt.rawValue] = nil
        if let operation {
            object[TaskMark.createdAt.rawValue] = nil
            object[TaskMark.id.rawValue] = .string("$\(operation)")
        }
        return .object(object)
    }
}

extension [DecidedOutcome] {
    /// What the outcomes come to, for a plan: what is refused and why, without words, and of each task the version that
    /// was decided on.
    var planned: JSONValue {
        let tried = tried.arrayValue ?? []
        return .array(
            zip(self, tried).map { outcome, tried in
                var object: JSONObject = ["status": .integer(outcome.status.code)]
                if let refusal = outcome.refusal {
                    object["code"] = .string(refusal.code)
                    if let current = refusal.current { object["version"] = .integer(current.version) }
                } else if let change = outcome.change, change.changesFields {
                    object["version"] = .integer(change.version)
                }
                object["task"] = tried["task"]
                object["task_id"] = tried["task_id"]
                return .object(object)
            }
        )
    }
}
