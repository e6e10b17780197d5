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
        let context = try commands.context(request, exchange, owner)
        let result = try await commands.perform(.create(draft, id: nil), owner, context)
        let preferences = Preferences(request)
        var response = try answer(result, .created, preferences)
        if let task = result.task {
            response.headers.add("Location", "\(exchange.collectionPath)/\(task.id.rawValue)")
        }
        if let applied = preferences.applied(merging: false) { response.headers.add("Preference-Applied", applied) }
        return response.answering(result, undo: try signers.undoToken(result.undoable, of: owner))
    }

    func list(
        _ request: HTTPRequest,
        _ exchange: Exchange,
        _ principal: Principal
    ) async throws(WebFault) -> HTTPResponse {
        let owner = try principal.owner
        var list = try ListRequest(request, zones, now: now())
        list.query.cursor = try signers.opened(list.query.cursor, of: owner)
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
            let next = try signers.closed(page.nextCursor, of: owner)
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
        return try await change(request, exchange, principal) { .replace(.task($0), content, having: marks) }
    }

    func patch(
        _ request: HTTPRequest,
        _ exchange: Exchange,
        _ principal: Principal
    ) async throws(WebFault) -> HTTPResponse {
        if request.headers["Content-Type"].flatMap({ MediaType(header: $0) }) == .jsonPatch {
            let edits = try request.taskEdits()
            return try await change(request, exchange, principal) { .edit(.task($0), edits) }
        }
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
        let preferences = Preferences(request)
        var context = try commands.context(request, exchange, owner)
        let id = try taskID(exchange)
        if let version = try await expectedVersion(tags, exchange, owner) {
            context.conditions[0] = TaskCondition(version: version, otherwise: preferences.merges ? .merge : .refuse)
        }
        let operation = operation(id)
        let result = try await commands.perform(TaskCommand([operation]), owner, context)
        var response: HTTPResponse
        if case .delete = operation {
            response = HTTPResponse(.noContent)
        } else {
            response = try answer(result, .ok, preferences)
            let isBased = !context.conditions.isEmpty
            if let applied = preferences.applied(merging: isBased) {
                response.headers.add("Preference-Applied", applied)
            }
        }
        return response.answering(result, undo: try signers.undoToken(result.undoable, of: owner))
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

    /// The task after a command; a repeated command may find that the task has since been deleted.
    private func answer(
        _ result: CommandResult,
        _ status: HTTPStatus,
        _ preferences: Preferences
    ) throws(WebFault) -> HTTPResponse {
        guard let outcome = result.outcomes.first, let task = outcome.task else { throw .noSuchTask }
        var headers = HTTPHeaders()
        // With room for the fields that every answer gets: an array that outgrows its storage is copied.
        headers.reserveCapacity(14)
        headers.add("ETag", EntityTag.header(version: task.version))
        let merged = TaskField.sorted.filter(outcome.merged.contains)
        if !merged.isEmpty { headers.add("Merged-Fields", merged.map(\.rawValue).joined(separator: ", ")) }
        if preferences.isMinimal { return HTTPResponse(status == .ok ? .noContent : status, headers: headers) }
        headers.add("Content-Type", "application/json")
        return HTTPResponse(status, headers: headers, body: outcome.document)
    }
}
