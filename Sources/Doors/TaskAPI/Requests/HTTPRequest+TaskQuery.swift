import DaprHTTP
import DaprJSON
import DaprText
import TaskJSON
import Tasks
import WebFront

extension HTTPRequest {
    /// Reads the query of a list; an error lists everything that is wrong with it.
    func taskQuery() throws(WebFault) -> TaskQuery {
        guard let items = queryItems() else { throw .malformedQuery }
        var query = TaskQuery()
        var faults: [FieldFault] = []
        var seen: Set<ListParameter> = []
        for (name, value) in items {
            guard let parameter = ListParameter(rawValue: name) else {
                let names = ListParameter.allCases.map(\.rawValue).joined(separator: ", ")
                faults.append(FieldFault(name, .unknownField, "A list takes \(names)."))
                continue
            }
            guard seen.insert(parameter).inserted else {
                faults.append(FieldFault(name, .duplicate, "Give this once."))
                continue
            }
            if let fault = parameter.set(value, in: &query) { faults.append(fault) }
        }
        guard faults.isEmpty else { throw .invalidFields(faults) }
        return query
    }
}

/// The parameters of a list.
private enum ListParameter: String, CaseIterable {
    case status, priority, tag, completed, sort, limit, cursor

    /// Sets the parameter in `query`, or returns the fault in `value`.
    func set(_ value: String, in query: inout TaskQuery) -> FieldFault? {
        switch self {
        case .status:
            query.status = TaskStatus(rawValue: value)
            return query.status == nil ? notOneOf(TaskStatus.allCases.map(\.rawValue)) : nil
        case .priority:
            query.priority = TaskPriority(rawValue: value)
            return query.priority == nil ? notOneOf(TaskPriority.allCases.map(\.rawValue)) : nil
        case .tag:
            query.tag = value
            return nil
        case .completed:
            query.completed = ["true": true, "false": false][value]
            return query.completed == nil ? notOneOf(["true", "false"]) : nil
        case .sort:
            query.ascending = !value.hasBytePrefix("-")
            let name = query.ascending ? value : String(value.droppingBytes(1))
            guard let sort = TaskQuery.Sort(rawValue: name) else { return notOneOf(Self.sortNames) }
            query.sort = sort
            return nil
        case .limit:
            let limits = TaskQuery.limits
            guard let limit = Int(value), limits.contains(limit) else {
                return FieldFault(
                    rawValue,
                    .outOfRange,
                    "Give a number from \(limits.lowerBound) to \(limits.upperBound)."
                )
            }
            query.limit = limit
            return nil
        case .cursor:
            query.cursor = value
            return nil
        }
    }

    static var sortNames: [String] { TaskQuery.Sort.allCases.flatMap { [$0.rawValue, "-" + $0.rawValue] } }

    private func notOneOf(_ names: [String]) -> FieldFault {
        FieldFault(rawValue, .notOneOf, "Give one of \(names.joined(separator: ", ")).")
    }

    var document: Parameter {
        switch self {
        case .status: parameter("Only tasks with this status.", TaskSchema.status)
        case .priority: parameter("Only tasks with this priority.", TaskSchema.priority)
        case .tag: parameter("Only tasks with this tag.", ["type": "string"])
        case .completed: parameter("Only tasks that are done, or that are not.", ["type": "boolean"])
        case .sort:
            parameter(
                "What to sort by, with `-` before it for the other direction. Tasks without a due date come last.",
                .object([
                    "type": "string", "default": "created_at", "enum": .array(Self.sortNames.map { .string($0) }),
                ])
            )
        case .limit:
            parameter(
                "How many tasks a page may have.",
                .object([
                    "type": "integer", "minimum": .integer(TaskQuery.limits.lowerBound),
                    "maximum": .integer(TaskQuery.limits.upperBound), "default": .integer(TaskQuery().limit),
                ])
            )
        case .cursor:
            parameter(
                "`next_cursor` of the page before, with the same filters and order.",
                ["type": "string", "minLength": 1, "maxLength": 4096, "pattern": "^[A-Za-z0-9_-]+$"]
            )
        }
    }

    private func parameter(_ description: String, _ schema: JSONValue) -> Parameter {
        Parameter(name: rawValue, place: .query, description: description, schema: schema)
    }
}

extension Parameter {
    static var listing: [Parameter] { ListParameter.allCases.map(\.document) }
}
