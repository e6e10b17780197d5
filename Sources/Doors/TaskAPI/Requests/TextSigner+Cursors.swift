import Tasks
import Tokens
import WebFront

extension TextSigner {
    /// The cursor that a client gives, as the service made it for this owner; `nil` when there is none.
    ///
    /// - Throws: A refusal that names the parameter when nobody signed it, or for somebody else.
    func opened(_ cursor: String?, of owner: OwnerID) throws(WebFault) -> String? {
        guard let cursor else { return nil }
        do throws(TokenError) {
            if let text = try verified(cursor, for: owner.rawValue) { return text }
        } catch {
            throw .refused(.internalError, hiding: String(describing: error))
        }
        throw .invalidParameters([.invalidCursor])
    }

    /// The cursor as a client gets it; `nil` when there is none.
    func closed(_ cursor: String?, of owner: OwnerID) throws(WebFault) -> String? {
        guard let cursor else { return nil }
        do throws(TokenError) {
            return try signed(cursor, for: owner.rawValue)
        } catch {
            throw .refused(.internalError, hiding: String(describing: error))
        }
    }
}
