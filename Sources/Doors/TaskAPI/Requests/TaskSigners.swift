import Tasks
package import Tokens
import WebFront

/// Signs what the service gives a user and takes back unchanged.
package struct TaskSigners: Sendable {
    private let cursors: TextSigner
    private let undos: TextSigner
    private let plans: TextSigner

    /// Derives the keys from the server's secret.
    ///
    /// - Throws: ``TokenError/cryptographyFailed(_:)``.
    package init(_ secret: ServerSecret) throws(TokenError) {
        cursors = try secret.signer(for: .cursor)
        undos = try secret.signer(for: .undo)
        plans = try secret.signer(for: .plan)
    }

    /// The cursor that a client gives, as the service made it for this owner; `nil` when there is none.
    ///
    /// - Throws: A refusal that names the parameter when nobody signed it, or for somebody else.
    func opened(_ cursor: String?, of owner: OwnerID) throws(WebFault) -> String? {
        guard let cursor else { return nil }
        let text = try signing { () throws(TokenError) in try cursors.verified(cursor, for: owner.rawValue) }
        guard let text else { throw .invalidParameters([.invalidCursor]) }
        return text
    }

    /// The cursor as a client gets it; `nil` when there is none.
    func closed(_ cursor: String?, of owner: OwnerID) throws(WebFault) -> String? {
        guard let cursor else { return nil }
        return try signing { () throws(TokenError) in try cursors.signed(cursor, for: owner.rawValue) }
    }

    /// The token with which a command can be undone; `nil` when it changed nothing.
    func undoToken(_ command: PastCommand?, of owner: OwnerID) throws(WebFault) -> String? {
        guard let command else { return nil }
        return try signing { () throws(TokenError) in try undos.signed(command.text, for: owner.rawValue) }
    }

    /// The command that an undo token names.
    ///
    /// - Throws: A refusal that names the field when nobody signed it, or for somebody else.
    func command(undoneBy token: String, of owner: OwnerID) throws(WebFault) -> PastCommand {
        let text = try signing { () throws(TokenError) in try undos.verified(token, for: owner.rawValue) }
        guard let command = text.flatMap({ PastCommand($0) }) else {
            throw .invalidFields([FieldFault("token", .invalidToken, "Give an undo token as you got it.")])
        }
        return command
    }

    /// The hash of an outcome, which nobody else can make.
    func planHash(of outcome: String, _ owner: OwnerID) throws(TokenError) -> String {
        try plans.code(of: outcome, for: owner.rawValue)
    }

    /// Whether a hash is that of an outcome.
    func isPlan(_ hash: String, _ outcome: String, _ owner: OwnerID) throws(TokenError) -> Bool {
        try plans.verified(outcome + hash, for: owner.rawValue) != nil
    }

    private func signing<Value>(_ body: () throws(TokenError) -> Value) throws(WebFault) -> Value {
        do throws(TokenError) {
            return try body()
        } catch {
            throw .refused(.internalError, hiding: String(describing: error))
        }
    }
}
