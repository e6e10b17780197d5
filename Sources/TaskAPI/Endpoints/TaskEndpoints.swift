import Dapr
import HTTPServer
import JSON
import Tasks

/// The operations on tasks, under both path families.
struct TaskEndpoints: Sendable {
    let service: any TaskService
    /// How long a command may take before it is given up.
    let commandDeadline: Duration

    /// Every row twice: for `/api/tasks` and for `/api/{user_id}/tasks`.
    var endpoints: [Endpoint] {
        rows.map { $0.endpoint(under: "/api/tasks", named: "", with: []) }
            + rows.map { $0.endpoint(under: "/api/{user_id}/tasks", named: "OfUser", with: [.userID]) }
    }

    /// The table: what is left of an endpoint when the family of its path is taken away.
    private var rows: [Row] {
        [
            Row(
                .post,
                "",
                Operation(
                    id: "createTask",
                    summary: "Create a task",
                    tag: .tasks,
                    parameters: [.idempotencyKey],
                    body: .required([.json]),
                    bodySchema: "TaskDraft",
                    successes: [.task(.created, "The task as it was stored.", [.location, .etag, .replayed])],
                    refusals: Row.writeRefusals + [.invalidFields]
                )
            ) { (request, exchange, owner) async throws(APIFault) in try await create(request, exchange, owner) },
            Row(
                .get,
                "",
                Operation(
                    id: "listTasks",
                    summary: "List tasks",
                    description:
                        "Strongly consistent: it shows every write that was answered before. A page has about 1 MiB of text at most, however many tasks were asked for.",
                    tag: .tasks,
                    parameters: Parameter.listing,
                    successes: [.json(.ok, "One page of tasks.", schema: "TaskPage")],
                    refusals: Row.readRefusals + [.invalidFields]
                )
            ) { (request, exchange, owner) async throws(APIFault) in try await list(request, exchange, owner) },
            Row(
                .get,
                "/{id}",
                Operation(
                    id: "getTask",
                    summary: "Read a task",
                    tag: .tasks,
                    parameters: [.taskID, .ifNoneMatch],
                    successes: [
                        .task(.ok, "The task.", [.etag]),
                        .init(
                            status: .notModified,
                            description: "It is the version in `If-None-Match`.",
                            headers: [.etag]
                        ),
                    ],
                    refusals: Row.readRefusals + [.notFound]
                )
            ) { (request, exchange, owner) async throws(APIFault) in try await read(request, exchange, owner) },
            Row(
                .put,
                "/{id}",
                Operation(
                    id: "replaceTask",
                    summary: "Replace a task",
                    description: "What the body leaves out takes its default.",
                    tag: .tasks,
                    parameters: [.taskID, .ifMatch, .idempotencyKey],
                    body: .required([.json]),
                    bodySchema: "TaskDraft",
                    successes: [.task(.ok, "The task as it is now.", [.etag, .replayed])],
                    refusals: Row.changeRefusals + [.invalidFields]
                )
            ) { (request, exchange, owner) async throws(APIFault) in
                let draft = try request.taskContent()
                return try await change(request, exchange, owner) { .replace($0, draft) }
            },
            Row(
                .patch,
                "/{id}",
                Operation(
                    id: "patchTask",
                    summary: "Change some fields of a task",
                    description: "By the rules of JSON merge patch (RFC 7396).",
                    tag: .tasks,
                    parameters: [.taskID, .ifMatch, .idempotencyKey],
                    body: .required([.mergePatch, .json]),
                    bodySchema: "TaskPatch",
                    successes: [.task(.ok, "The task as it is now.", [.etag, .replayed])],
                    refusals: Row.changeRefusals + [.invalidFields]
                )
            ) { (request, exchange, owner) async throws(APIFault) in
                let patch = try request.taskPatch()
                return try await change(request, exchange, owner) { .patch($0, patch) }
            },
            Row(.post, "/{id}/complete", Row.action("completeTask", "Complete a task")) {
                (request, exchange, owner) async throws(APIFault) in
                try request.requireNoFields()
                return try await change(request, exchange, owner) { .complete($0) }
            },
            Row(.post, "/{id}/reopen", Row.action("reopenTask", "Reopen a completed task")) {
                (request, exchange, owner) async throws(APIFault) in
                try request.requireNoFields()
                return try await change(request, exchange, owner) { .reopen($0) }
            },
            Row(
                .delete,
                "/{id}",
                Operation(
                    id: "deleteTask",
                    summary: "Delete a task",
                    tag: .tasks,
                    parameters: [.taskID, .ifMatch, .idempotencyKey],
                    body: .empty,
                    successes: [.init(status: .noContent, description: "It is gone.", headers: [.replayed])],
                    refusals: Row.changeRefusals + [.invalidFields]
                )
            ) { (request, exchange, owner) async throws(APIFault) in
                try request.requireNoFields()
                return try await change(request, exchange, owner) { .delete($0) }
            },
        ]
    }

    // MARK: - What answers

    private func create(
        _ request: HTTPRequest,
        _ exchange: Exchange,
        _ owner: OwnerID
    ) async throws(APIFault) -> HTTPResponse {
        let draft = try request.taskContent()
        let context = try context(request, exchange, owner)
        let result = try await perform(.create(draft, id: nil), owner, context)
        let (task, document) = try stored(result)
        var response = answer(task, document, .created)
        response.headers.add("Location", "\(exchange.collectionPath)/\(task.id.rawValue)")
        return result.replayed ? response.markedReplayed() : response
    }

    private func list(
        _ request: HTTPRequest,
        _ exchange: Exchange,
        _ owner: OwnerID
    ) async throws(APIFault) -> HTTPResponse {
        let query = try request.taskQuery()
        let page: TaskPage
        do throws(TaskError) {
            page = try await service.list(query, owner: owner, trace: exchange.trace.traceparent)
        } catch {
            throw .task(error)
        }
        return HTTPResponse(
            .ok,
            headers: ["Content-Type": "application/json", "Cache-Control": "private, no-cache"],
            body: page.json
        )
    }

    private func read(
        _ request: HTTPRequest,
        _ exchange: Exchange,
        _ owner: OwnerID
    ) async throws(APIFault) -> HTTPResponse {
        let known = try request.entityTags("If-None-Match")
        let document = try await document(exchange, owner)
        var headers = HTTPHeaders()
        // With those that every answer gets: a list that grows is copied each time.
        headers.reserveCapacity(12)
        headers.add("ETag", EntityTag.header(version: document.version))
        headers.add("Cache-Control", "private, no-cache")
        var response = HTTPResponse(.ok, headers: headers)
        if let known, known.containsWeakly(version: document.version) {
            response.status = .notModified
        } else {
            response.headers.add("Content-Type", "application/json")
            // The stored bytes are the answer: they were written as GET answers them.
            response.body = .bytes(document.bytes)
        }
        return response
    }

    private func change(
        _ request: HTTPRequest,
        _ exchange: Exchange,
        _ owner: OwnerID,
        _ operation: (TaskID) -> TaskOperation
    ) async throws(APIFault) -> HTTPResponse {
        guard request.headers["If-None-Match"] == nil else {
            throw .invalidHeader(name: "If-None-Match", expected: "none on a write; If-Match guards one")
        }
        let tags = try request.entityTags("If-Match")
        var context = try context(request, exchange, owner)
        let id = try taskID(exchange)
        context.expectedVersions[id] = try await expectedVersion(tags, exchange, owner)
        let operation = operation(id)
        let result = try await perform(TaskCommand([operation]), owner, context)
        let response: HTTPResponse
        if case .delete = operation {
            response = HTTPResponse(.noContent)
        } else {
            let (task, document) = try stored(result)
            response = answer(task, document, .ok)
        }
        return result.replayed ? response.markedReplayed() : response
    }

    // MARK: - What they share

    private func taskID(_ exchange: Exchange) throws(APIFault) -> TaskID {
        // What is no identifier names no task, and is answered like any other that is not there.
        guard let id = exchange.parameters["id"].flatMap({ TaskID($0) }) else { throw .noSuchTask }
        return id
    }

    private func document(_ exchange: Exchange, _ owner: OwnerID) async throws(APIFault) -> TaskDocument {
        let id = try taskID(exchange)
        do throws(TaskError) {
            return try await service.document(id, owner: owner, trace: exchange.trace.traceparent)
        } catch {
            throw .task(error)
        }
    }

    /// The one version that a command may find: nil for any, 0 (which no task has) when no tag can match.
    private func expectedVersion(
        _ tags: EntityTags?,
        _ exchange: Exchange,
        _ owner: OwnerID
    ) async throws(APIFault) -> Int? {
        guard let versions = tags?.strongVersions else { return nil }
        guard versions.count > 1 else { return versions.first ?? 0 }
        // Of several versions the stored one is meant; should it change before the commit, the write is refused.
        let current = try await document(exchange, owner).version
        return versions.contains(current) ? current : 0
    }

    private func context(
        _ request: HTTPRequest,
        _ exchange: Exchange,
        _ owner: OwnerID
    ) throws(APIFault) -> CommandContext {
        CommandContext(
            actor: owner,
            channel: .rest,
            idempotencyKey: try request.idempotencyKey(),
            trace: exchange.trace.traceparent,
            deadline: .now + commandDeadline
        )
    }

    private func perform(
        _ command: TaskCommand,
        _ owner: OwnerID,
        _ context: CommandContext
    ) async throws(APIFault) -> CommandResult {
        do throws(TaskError) {
            return try await service.perform(command, owner: owner, context: context)
        } catch {
            throw .task(error)
        }
    }

    /// The task a command led to; a repeat of a command may find that the task was deleted since.
    private func stored(_ result: CommandResult) throws(APIFault) -> (TaskItem, [UInt8]) {
        guard let task = result.task else { throw .noSuchTask }
        return (task, result.document)
    }

    private func answer(_ task: TaskItem, _ document: [UInt8], _ status: HTTPStatus) -> HTTPResponse {
        HTTPResponse(
            status,
            headers: ["Content-Type": "application/json", "ETag": EntityTag.header(version: task.version)],
            body: document
        )
    }
}

extension HTTPResponse {
    /// The answer, saying that the command was carried out before.
    fileprivate func markedReplayed() -> HTTPResponse {
        var response = self
        response.headers.add("Idempotent-Replayed", "true")
        return response
    }
}
