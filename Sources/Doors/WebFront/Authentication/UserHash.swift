import DaprText
import OpenSSL

/// What stands for a user in log lines, which many people read and which are kept elsewhere.
///
/// The first 16 hexadecimal digits of the SHA-256 of the user's name, so that whoever knows the name finds the lines without a key:
/// `printf %s anna | sha256sum | cut -c1-16`. It hides names from a reader, not from one who guesses them.
enum UserHash {
    /// How many bytes of the digest are kept: a million users share none, most likely.
    private static let byteCount = 8

    /// The hash of a user's name; empty when libcrypto has no memory left.
    static func text(of subject: String) -> String {
        do throws(OpenSSLError) {
            let digest = try SHA256.digest(of: Array(subject.utf8)).prefix(byteCount)
            return String(
                decoding: digest.flatMap { [Hexadecimal.digit($0 >> 4), Hexadecimal.digit($0)] },
                as: UTF8.self
            )
        } catch {
            return ""
        }
    }
}
