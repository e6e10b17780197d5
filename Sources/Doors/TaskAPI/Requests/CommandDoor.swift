import DaprHTTP
import Tasks
import WebFront

/// Carries out the commands of requests.
struct CommandDoor: Sendable {
    let service: any TaskService
    let signers: TaskSigners
    /// How long a command may take before it is abandoned.
    let deadline: Duration

    /// The sender of a request's command.
    func context(
        _ request: HTTPRequest,
        _ exchange: Exchange,
        _ owner: OwnerID
    ) throws(WebFault) -> CommandContext {
        CommandContext(
            actor: owner,
            channel: .rest,
            idempotencyKey: try request.idempotencyKey(),
            trace: CallerTrace(exchange.trace),
            deadline: .now + deadline
        )
    }

    func perform(
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
}

extension HTTPResponse {
    /// The answer with the headers that every answer to a command has.
    ///
    /// - Parameters:
    ///   - result: What came of the command.
    ///   - undo: The token that takes it back; `nil` when there is nothing to take back.
    /// - Returns: The answer.
    func answering(_ result: CommandResult, undo: String?) -> HTTPResponse {
        var response = self
        if let undo { response.headers.add("Undo-Token", undo) }
        if result.replayed { response.headers.add("Idempotent-Replayed", "true") }
        return response
    }
}
