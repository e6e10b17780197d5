import DaprText
import OpenSSL

/// Signs texts that the service gives a user and takes back unchanged, such as cursors: nobody else can make one, nor use
/// another user's.
package struct TextSigner: Sendable {
    /// What a text is for; one that was signed for something else is refused.
    package enum Purpose: String, Sendable {
        /// The place where a list or a history goes on.
        case cursor
        /// A command that can be undone.
        case undo
        /// The outcome that a batch shall have.
        case plan
    }

    /// How many bytes are kept of the code (HMAC of RFC 2104 with SHA-256), and how many characters they are.
    private static let codeBytes = 16
    private static let codeLength = 22

    /// The key that signs.
    let key: HMACSHA256
    /// The key that signed before; what it signed is still good.
    let older: HMACSHA256?

    /// The text, followed by its code for an owner in base64url.
    ///
    /// - Throws: ``TokenError/cryptographyFailed(_:)``.
    package func signed(_ text: String, for owner: String) throws(TokenError) -> String {
        text + (try Self.code(of: text, owner, key))
    }

    /// The text that was signed for an owner; `nil` when it was not, or is not as it was.
    ///
    /// - Throws: ``TokenError/cryptographyFailed(_:)``.
    package func verified(_ signed: String, for owner: String) throws(TokenError) -> String? {
        let bytes = Array(signed.utf8)
        guard bytes.count >= Self.codeLength,
            let text = String(validating: bytes.dropLast(Self.codeLength), as: UTF8.self),
            let code = String(validating: bytes.suffix(Self.codeLength), as: UTF8.self)
        else { return nil }
        if ConstantTime.areEqual(try Self.code(of: text, owner, key), code) { return text }
        if let older, ConstantTime.areEqual(try Self.code(of: text, owner, older), code) { return text }
        return nil
    }

    /// The code of a text for an owner in base64url, without the text.
    ///
    /// - Throws: ``TokenError/cryptographyFailed(_:)``.
    package func code(of text: String, for owner: String) throws(TokenError) -> String {
        try Self.code(of: text, owner, key)
    }

    private static func code(of text: String, _ owner: String, _ key: HMACSHA256) throws(TokenError) -> String {
        do throws(OpenSSLError) {
            // No owner has a NUL.
            return Base64.url.encoded(Array(try key.code(for: Array("\(owner)\0\(text)".utf8)).prefix(codeBytes)))
        } catch {
            throw .cryptographyFailed(error.description)
        }
    }
}
