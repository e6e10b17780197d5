import Dapr
import DaprHTTP
import TaskJSON
import Tasks
import Tokens
import WebFront

/// The functions that answer the rows.
extension TaskEndpoints {
    func create(
        _ request: HTTPRequest,
        _ exchange: Exchange,
        _ principal: Principal
    ) async throws(WebFault) -> HTTPResponse {
        let owner = try principal.owner
        let draft = try request.taskContent()
        let context = try context(request, exchange, owner)
        let result = try await perform(.create(draft, id: nil), owner, context)
        let (task, document) = try stored(result)
        var response = answer(task, document, .created)
        response.headers.add("Location", "\(exchange.collectionPath)/\(task.id.rawValue)")
        return result.replayed ? response.markedReplayed() : response
    }

    func list(
        _ request: HTTPRequest,
        _ exchange: Exchange,
        _ principal: Principal
    ) async throws(WebFault) -> HTTPResponse {
        let owner = try principal.owner
        var list = try ListRequest(request, zones, now: now())
        list.query.cursor = try cursors.opened(list.query.cursor, of: owner)
        let known = try request.entityTags("If-None-Match")
        let answer: TaskPageAnswer
        do throws(TaskError) {
            let trace = CallerTrace(exchange.trace)
            answer = try await service.list(list.query, owner: owner, trace: trace) { tag in
                known?.containsWeakly(list.entityTag(tag)) ?? false
            }
        } catch {
            throw .query(error)
        }
        switch answer {
        case .known(let tag, let lasts): return HTTPResponse(.notModified, headers: list.headers(tag, lasts: lasts))
        case .page(let page, let tag, let lasts):
            let next = try cursors.closed(page.nextCursor, of: owner)
            var response = HTTPResponse(
                .ok,
                headers: list.headers(tag, lasts: lasts),
                body: page.json(list.members, nextCursor: next)
            )
            response.headers.add("Content-Type", "application/json")
            return response
        }
    }

    func read(
        _ request: HTTPRequest,
        _ exchange: Exchange,
        _ principal: Principal
    ) async throws(WebFault) -> HTTPResponse {
        let owner = try principal.owner
        let known = try request.entityTags("If-None-Match")
        let past = try await past(request, exchange, owner)
        let document = if let past { past.document } else { try await document(exchange, owner) }
        var headers = HTTPHeaders()
        // With room for the fields that every answer gets: an array that outgrows its storage is copied.
        headers.reserveCapacity(12)
        headers.add("ETag", EntityTag.header(version: document.version))
        headers.addCaching(lasts: past?.isSettled ?? false)
        if let past { headers.add("As-Of", "\(past.sequence)") }
        var response = HTTPResponse(.ok, headers: headers)
        if let known, known.containsWeakly(version: document.version) {
            response.status = .notModified
        } else {
            response.headers.add("Content-Type", "application/json")
            // The stored bytes are the answer, because they were written in the form that GET answers.
            response.body = .bytes(document.bytes)
        }
        return response
    }

    func replace(
        _ request: HTTPRequest,
        _ exchange: Exchange,
        _ principal: Principal
    ) async throws(WebFault) -> HTTPResponse {
        let (content, marks) = try request.taskReplacement()
        return try await change(request, exchange, principal) { .replace($0, content, having: marks) }
    }

    func patch(
        _ request: HTTPRequest,
        _ exchange: Exchange,
        _ principal: Principal
    ) async throws(WebFault) -> HTTPResponse {
        let patch = try request.taskPatch()
        return try await change(request, exchange, principal) { .patch($0, patch) }
    }

    func complete(
        _ request: HTTPRequest,
        _ exchange: Exchange,
        _ principal: Principal
    ) async throws(WebFault) -> HTTPResponse {
        try request.requireNoFields()
        return try await change(request, exchange, principal) { .complete($0) }
    }

    func reopen(
        _ request: HTTPRequest,
        _ exchange: Exchange,
        _ principal: Principal
    ) async throws(WebFault) -> HTTPResponse {
        try request.requireNoFields()
        return try await change(request, exchange, principal) { .reopen($0) }
    }

    func delete(
        _ request: HTTPRequest,
        _ exchange: Exchange,
        _ principal: Principal
    ) async throws(WebFault) -> HTTPResponse {
        try request.requireNoFields()
        return try await change(request, exchange, principal) { .delete($0) }
    }

    private func change(
        _ request: HTTPRequest,
        _ exchange: Exchange,
        _ principal: Principal,
        _ operation: (TaskID) -> TaskOperation
    ) async throws(WebFault) -> HTTPResponse {
        let owner = try principal.owner
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

    // MARK: What they share

    private func taskID(_ exchange: Exchange) throws(WebFault) -> TaskID {
        // A string that is not an identifier names no task, so it gets the same answer as a task that does not exist.
        guard let id = exchange.parameters["id"].flatMap({ TaskID($0) }) else { throw .noSuchTask }
        return id
    }

    private func document(_ exchange: Exchange, _ owner: OwnerID) async throws(WebFault) -> TaskDocument {
        let id = try taskID(exchange)
        do throws(TaskError) {
            return try await service.document(id, owner: owner, trace: CallerTrace(exchange.trace))
        } catch {
            throw .task(error)
        }
    }

    /// The task of a moment of the past; `nil` when the request is for the task of now.
    private func past(
        _ request: HTTPRequest,
        _ exchange: Exchange,
        _ owner: OwnerID
    ) async throws(WebFault) -> PastDocument? {
        guard let moment = try MomentParameter.moment(of: request, now: now) else { return nil }
        let id = try taskID(exchange)
        do throws(TaskError) {
            return try await service.document(id, asOf: moment, owner: owner, trace: CallerTrace(exchange.trace))
        } catch {
            throw .query(error)
        }
    }

    /// The version that a command requires: `nil` for any, 0 (which no task has) when no tag can match.
    private func expectedVersion(
        _ tags: EntityTags?,
        _ exchange: Exchange,
        _ owner: OwnerID
    ) async throws(WebFault) -> Int? {
        guard let versions = tags?.strongVersions else { return nil }
        guard versions.count > 1 else { return versions.first ?? 0 }
        // If one of the tags names the stored version, require that one. If it changes before the commit, the write is
        // refused.
        let current = try await document(exchange, owner).version
        return versions.contains(current) ? current : 0
    }

    private func context(
        _ request: HTTPRequest,
        _ exchange: Exchange,
        _ owner: OwnerID
    ) throws(WebFault) -> CommandContext {
        CommandContext(
            actor: owner,
            channel: .rest,
            idempotencyKey: try request.idempotencyKey(),
            trace: CallerTrace(exchange.trace),
            deadline: .now + commandDeadline
        )
    }

    private func perform(
        _ command: TaskCommand,
        _ owner: OwnerID,
        _ context: CommandContext
    ) async throws(WebFault) -> CommandResult {
        do throws(TaskError) {
            return try await service.perform(command, owner: owner, context: context)
        } catch {
            throw .task(error)
        }
    }

    /// The task after a command; a repeated command may find that the task has since been deleted.
    private func stored(_ result: CommandResult) throws(WebFault) -> (TaskItem, [UInt8]) {
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
    /// The answer with a header that marks it as a replay of an earlier command.
    fileprivate func markedReplayed() -> HTTPResponse {
        var response = self
        response.headers.add("Idempotent-Replayed", "true")
        return response
    }
}
