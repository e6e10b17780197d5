import TaskFilter

/// A task that matches a query.
struct TaskMatch: Sendable {
    let task: TaskItem
    /// How well it has the words that are searched for, greater for better; 0 where nothing is searched for.
    let rank: Int
}

/// Where a task stands in an order: the value of each key, and the identifier.
struct TaskPosition: Hashable, Sendable {
    /// The value of one key.
    enum Value: Hashable, Sendable {
        case number(Int64)
        case text(String)
        /// There is none, which comes last in both directions.
        case none
    }

    let values: [Value]
    let id: TaskID
}

extension TaskOrder {
    /// How one stands to another in an order.
    enum Relation {
        case before, same, after

        /// Compares two values in a direction.
        init<Value: Comparable>(_ left: Value, _ right: Value, ascending: Bool) {
            self = left == right ? .same : (left < right) == ascending ? .before : .after
        }

        /// Compares two values in a direction; what is missing comes last in both.
        init(_ left: Int64?, _ right: Int64?, ascending: Bool) {
            switch (left, right) {
            case (nil, nil): self = .same
            case (nil, _?): self = .after
            case (_?, nil): self = .before
            case (let left?, let right?): self = Relation(left, right, ascending: ascending)
            }
        }

        /// Compares two titles in a direction.
        init(titles left: String, _ right: String, ascending: Bool) {
            self = ascending ? TitleOrder.compare(left, right) : TitleOrder.compare(right, left)
        }
    }

    /// Where a task stands in this order.
    func position(of match: TaskMatch, in context: FilterContext) -> TaskPosition {
        let values = keys.map { key -> TaskPosition.Value in
            if key.field == .title { return .text(match.task.content.title) }
            return number(of: match, key.field, context).map { .number($0) } ?? .none
        }
        return TaskPosition(values: values, id: match.task.id)
    }

    /// How a task stands to a position.
    func relation(of match: TaskMatch, to position: TaskPosition, in context: FilterContext) -> Relation {
        for (key, value) in zip(keys, position.values) {
            let relation: Relation
            switch value {
            case .text(let title):
                relation = Relation(titles: match.task.content.title, title, ascending: key.ascending)
            case .number(let number):
                relation = Relation(self.number(of: match, key.field, context), number, ascending: key.ascending)
            case .none:
                relation = Relation(number(of: match, key.field, context), nil, ascending: key.ascending)
            }
            if relation != .same { return relation }
        }
        return Relation(match.task.id, position.id, ascending: lastKeyAscends)
    }

    /// Whether one task comes before another.
    func isBefore(_ left: TaskMatch, _ right: TaskMatch, in context: FilterContext) -> Bool {
        for key in keys {
            let relation =
                key.field == .title
                ? Relation(titles: left.task.content.title, right.task.content.title, ascending: key.ascending)
                : Relation(
                    number(of: left, key.field, context),
                    number(of: right, key.field, context),
                    ascending: key.ascending
                )
            if relation != .same { return relation == .before }
        }
        return Relation(left.task.id, right.task.id, ascending: lastKeyAscends) == .before
    }

    /// Identifiers are ordered as the last key is.
    private var lastKeyAscends: Bool { keys[keys.count - 1].ascending }

    /// The value of a key that is not a text; `nil` when there is none.
    private func number(of match: TaskMatch, _ field: Field, _ context: FilterContext) -> Int64? {
        switch field {
        case .createdAt: match.task.createdAt.milliseconds
        case .updatedAt: match.task.updatedAt.milliseconds
        case .dueDate: context.order(of: match.task.due)
        case .priority: Int64(match.task.content.priority.rank)
        case .status: Int64(match.task.content.status.rank)
        case .rank: -Int64(match.rank)  // The best comes first.
        case .title: nil
        }
    }
}
