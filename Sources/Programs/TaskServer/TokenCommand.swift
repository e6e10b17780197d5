import DaprJSON
import DaprOperatingSystem
import Settings
import Tasks
import Tokens

/// `task-server token`: a token for a user, signed with the key in the local secret store's file.
enum TokenCommand {
    /// The token.
    ///
    /// - Throws: ``TokenCommandError`` when the file does not have the key, `TokenError` when the key or the user cannot be.
    static func token(_ values: SettingValues) throws -> String {
        let user = values[ServerSettings.user]
        guard OwnerID(user) != nil else { throw TokenCommandError.noUser }
        let path = values[ServerSettings.secretsFile]
        let name = values[ServerSettings.jwtSecretName]
        guard let bytes = SmallFile.bytes(of: path) else { throw TokenCommandError.unreadable(path) }
        let secrets: JSONValue
        do throws(JSONError) {
            secrets = try JSONValue(parsing: bytes)
        } catch {
            throw TokenCommandError.notJSON(path, error)
        }
        guard let secret = secrets[name]?.stringValue else { throw TokenCommandError.noSecret(path, name) }
        return try TokenSigner(hs256Secret: Array(secret.utf8)).sign(
            subject: user,
            issuer: values[ServerSettings.jwtIssuer],
            audience: values[ServerSettings.jwtAudience],
            issuedAt: Int(clamping: WallClock.milliseconds / 1000),
            lifetime: values[ServerSettings.lifetime]
        )
    }
}

/// Why there is no key to sign with, or nobody to sign for.
enum TokenCommandError: Error, CustomStringConvertible {
    case noUser
    case unreadable(String)
    case notJSON(String, JSONError)
    case noSecret(String, String)

    var description: String {
        switch self {
        case .noUser: "--user must be 1 to 255 bytes of UTF-8 without control characters; the server takes no other"
        case .unreadable(let path):
            "cannot read \(path); make run and make token make it, or name another with --secrets-file"
        case .notJSON(let path, let error): "\(path) is not JSON: \(error)"
        case .noSecret(let path, let name):
            "\(path) has no text under \"\(name)\"; add it, or name another with --jwt-secret-name"
        }
    }
}
