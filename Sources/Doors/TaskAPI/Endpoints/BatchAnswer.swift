import DaprHTTP
import DaprJSON
import TaskJSON
import Tasks
import Tokens
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
        }
        endObject()
    }
}

extension TaskOutcome {
    /// The outcome without the task's JSON.
    var decided: DecidedOutcome { DecidedOutcome(task: task, change: change, created: created, refusal: refusal) }
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
        for (index, outcome) in enumerated() where outcome.created {
            if let id = outcome.task?.id { made[id] = index }
        }
        return .array(
            map { outcome in
                var object = JSONObject()
                if let change = outcome.change { object["diff"] = RecordedChange.fields(of: change) }
                if let error = outcome.refusal?.answer.body["error"] { object["error"] = error }
                if let merged = outcome.mergedFields { object["merged"] = merged }
                object["status"] = .integer(outcome.status.code)
                if let task = outcome.task { object["task"] = task.tried(madeBy: made[task.id]) }
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

/// The outcome that a batch shall have, as a hash.
struct Plan: Sendable {
    private let command: String
    private let owner: OwnerID
    private let signers: TaskSigners

    init(command: TaskCommand, conditions: [Int: TaskCondition], _ owner: OwnerID, _ signers: TaskSigners) {
        let versions = conditions.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value.version)" }
        self.command = "\(Fingerprint(of: command).text) \(versions.joined(separator: " "))"
        self.owner = owner
        self.signers = signers
    }

    /// The hash of an outcome of the batch.
    func hash(of outcomes: [DecidedOutcome]) throws(WebFault) -> String {
        do throws(TokenError) {
            return try signers.planHash(of: text(of: outcomes), owner)
        } catch {
            throw .refused(.internalError, hiding: String(describing: error))
        }
    }

    /// Whether a hash is that of an outcome of the batch.
    func isOf(_ outcomes: [DecidedOutcome], _ hash: String) -> Bool {
        // Without cryptography nothing can be compared, and nothing is done.
        (try? signers.isPlan(hash, text(of: outcomes), owner)) ?? false
    }

    private func text(of outcomes: [DecidedOutcome]) -> String {
        "\(command)\n\(String(decoding: outcomes.tried.serialized(), as: UTF8.self))\n"
    }
}
