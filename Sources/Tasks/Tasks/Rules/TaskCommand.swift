/// A client's command: operations that run in order, in one commit.
package struct TaskCommand: Hashable, Sendable {
    /// What a refused operation does to the others.
    package enum Mode: String, CaseIterable, Sendable {
        /// It refuses all of them.
        case atomic
        /// Nothing: what can be done is done, and the outcome of each tells.
        case partial
    }

    /// The operations; each works on the result of those before it.
    package let operations: [TaskOperation]
    package let mode: Mode
    /// Whether refusals name the operation that they are of: where a client gave a list, also one of a single operation.
    package let isList: Bool

    /// Creates a command of one or more operations; several are a list.
    package init(_ operations: [TaskOperation], mode: Mode = .atomic, isList: Bool = false) {
        self.operations = operations
        self.mode = mode
        self.isList = isList || operations.count > 1
    }

    /// Creates a task, with the caller's identifier or a new one.
    package static func create(_ content: TaskContent, id: TaskID?) -> TaskCommand {
        TaskCommand([.create(content, id: id)])
    }
    /// Sets every field that a client may set.
    package static func replace(_ id: TaskID, _ content: TaskContent) -> TaskCommand {
        TaskCommand([.replace(id, content)])
    }
    /// Sets some fields.
    package static func patch(_ id: TaskID, _ patch: TaskPatch) -> TaskCommand { TaskCommand([.patch(id, patch)]) }
    /// Sets the status to done.
    package static func complete(_ id: TaskID) -> TaskCommand { TaskCommand([.complete(id)]) }
    /// Sets the status to todo if it is done.
    package static func reopen(_ id: TaskID) -> TaskCommand { TaskCommand([.reopen(id)]) }
    /// Removes the task.
    package static func delete(_ id: TaskID) -> TaskCommand { TaskCommand([.delete(id)]) }
}

/// A command that meets the rules, with its texts in their stored form.
package struct CheckedCommand: Sendable {
    package let command: TaskCommand

    /// Checks a command.
    ///
    /// - Throws: ``TaskError/invalid(_:)`` with every fault in the client's fields. In a list a field is named like
    ///   `operations[3].task.title`. In a partial command an operation with such faults is kept as an invalid one.
    package init(_ command: TaskCommand) throws(TaskError) {
        let given = command.operations
        // Checked first, because there may be any number of operations.
        if given.isEmpty { throw .invalid([FieldFault("operations", .required, "Give at least one operation.")]) }
        if given.count > TaskRules.operationLimit {
            let wanted = "Give at most \(TaskRules.operationLimit) operations; there are \(given.count)."
            throw .invalid([FieldFault("operations", .tooMany, wanted)])
        }
        if !command.isList {
            self.command = TaskCommand([try given[0].checked()])
            return
        }
        let dangling = CheckedCommand.danglingTargets(of: given)
        guard dangling.isEmpty else { throw .invalid(dangling) }
        var operations: [TaskOperation] = []
        var faults: [FieldFault] = []
        for (index, operation) in given.enumerated() {
            switch Result(catching: { () throws(TaskError) in try operation.checked() }) {
            case .success(let operation): operations.append(operation)
            case .failure(.invalid(var found)):
                // Those of an invalid operation say where they are.
                if case .invalid = operation {} else { found = found.map { $0.within("operations[\(index)].task") } }
                faults += found
                operations.append(.invalid(found, creates: operation.creates))
            case .failure(let error): throw error
            }
        }
        guard faults.isEmpty || command.mode == .partial else { throw .invalid(faults) }
        self.command = TaskCommand(operations, mode: command.mode, isList: true)
    }

    /// A fault for each operation about a task that no earlier operation creates.
    private static func danglingTargets(of operations: [TaskOperation]) -> [FieldFault] {
        operations.enumerated().compactMap { index, operation in
            guard case .made(let maker)? = operation.target else { return nil }
            if (0..<index).contains(maker), operations[maker].creates { return nil }
            return FieldFault(
                "operations[\(index)].id",
                .noSuchReference,
                "Name a task that an earlier operation creates."
            )
        }
    }
}

extension FieldFault {
    /// The fault with its field as a member of `parent`.
    package func within(_ parent: String) -> FieldFault {
        let isElement = field.isEmpty || field.utf8.first == UInt8(ascii: "[")
        return FieldFault(field: isElement ? parent + field : "\(parent).\(field)", code: code, message: message)
    }
}
