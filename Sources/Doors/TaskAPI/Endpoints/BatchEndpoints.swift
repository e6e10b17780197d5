import DaprHTTP
import DaprJSON
import TaskJSON
import Tasks
import WebFront

/// Many operations in one commit, and taking back what a command did, under both path families.
struct BatchEndpoints: Sendable {
    let commands: CommandDoor
    /// Returns the current time.
    let now: @Sendable () -> Timestamp

    var endpoints: [Endpoint] { batchRow.endpoints + undoRow.endpoints }

    private var batchRow: TaskEndpoints.Row {
        TaskEndpoints.Row(
            .post,
            "/batch",
            Operation(
                id: "batch",
                summary: "Many operations in one commit",
                description:
                    "Up to \(TaskRules.operationLimit) operations in order, each on the result of those before it; `$a` means the task that an earlier one creates as `a`. `atomic`: the first refusal refuses all, with its own status and `details.operation`. `partial`: each result has its status. `dry_run` decides and answers, and writes nothing; its `plan` may be given with a later batch, which is then refused when its outcome would be another.",
                tag: .tasks,
                example: .batch,
                parameters: [.idempotencyKey],
                body: .required([.json]),
                bodySchema: "Batch",
                successes: [
                    .json(.ok, "What came of each operation.", schema: "BatchAnswer", [.replayed, .undoToken])
                ],
                refusals: TaskEndpoints.Row.changeRefusals.filter { $0.status != .contentTooLarge }
                    + [.invalidFields, .batchTooLarge]
            ),
            batch
        )
    }

    private var undoRow: TaskEndpoints.Row {
        TaskEndpoints.Row(
            .post,
            "/undo",
            Operation(
                id: "undo",
                summary: "Take a command back",
                description:
                    "Sets what the command changed to what it was, as a command of its own, which can be undone as well. A deleted task comes back whole. Where a later command changed the same field, or the task as a whole, it is refused and `details.conflicts` tells who and when; `force` sets fields all the same. Doing it twice changes nothing more.",
                tag: .tasks,
                example: .undo,
                parameters: [.idempotencyKey],
                body: .required([.json]),
                bodySchema: "Undo",
                successes: [.json(.ok, "What became of each task.", schema: "BatchAnswer", [.replayed, .undoToken])],
                refusals: TaskEndpoints.Row.writeRefusals + [.invalidFields, .gone]
            ),
            undo
        )
    }

    private func batch(
        _ request: HTTPRequest,
        _ exchange: Exchange,
        _ principal: Principal
    ) async throws(WebFault) -> HTTPResponse {
        let owner = try principal.owner
        let given = try BatchRequest(request)
        var context = try commands.context(request, exchange, owner)
        context.conditions = given.batch.conditions
        context.isTrial = given.isTrial
        let plan = Plan(command: given.batch.command, conditions: given.batch.conditions, owner, commands.signers)
        if let wanted = given.plan { context.accepts = { plan.isOf($0, wanted) } }
        let result: CommandResult
        do throws(TaskError) {
            result = try await commands.service.perform(given.batch.command, owner: owner, context: context)
        } catch {
            if case .planChanged(let outcomes) = error {
                throw .refused(
                    error.answer.adding(["plan": .string(try plan.hash(of: outcomes)), "results": outcomes.tried])
                )
            }
            throw .task(error)
        }
        let hash = given.isTrial ? try plan.hash(of: result.outcomes.map(\.decided)) : nil
        return try answer(result, isTrial: given.isTrial, plan: hash, of: owner)
    }

    private func undo(
        _ request: HTTPRequest,
        _ exchange: Exchange,
        _ principal: Principal
    ) async throws(WebFault) -> HTTPResponse {
        let owner = try principal.owner
        let given = try UndoRequest(request)
        let command = try commands.signers.command(undoneBy: given.token, of: owner)
        var context = try commands.context(request, exchange, owner)
        context.isTrial = given.isTrial
        let result: CommandResult
        do throws(TaskError) {
            result = try await commands.service.undo(
                command,
                isForced: given.isForced,
                owner: owner,
                context: context,
                now: now()
            )
        } catch {
            throw .task(error)
        }
        return try answer(result, isTrial: given.isTrial, plan: nil, of: owner)
    }

    private func answer(
        _ result: CommandResult,
        isTrial: Bool,
        plan: String?,
        of owner: OwnerID
    ) throws(WebFault) -> HTTPResponse {
        let undo = isTrial ? nil : try commands.signers.undoToken(result.undoable, of: owner)
        var json = JSONWriter(capacity: result.outcomes.reduce(256) { $0 + $1.document.count + 64 })
        json.write(result, isTrial: isTrial, plan: plan, undo: undo)
        let response = HTTPResponse(.ok, headers: ["Content-Type": "application/json"], body: json.bytes)
        return response.answering(result, undo: undo)
    }
}
