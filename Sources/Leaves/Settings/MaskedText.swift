/// Hides the passwords in a text that is no secret as a whole: an address with a user, a connection string.
enum MaskedText {
    private static let mask = "***"
    /// What the name of a secret ends with, in lower case.
    private static let secretNames = ["password", "passwd", "pwd", "secret", "token", "key", "authorization"]

    /// The text with `***` in place of each password.
    ///
    ///     https://ann:***@collector:4318
    ///     host=db user=tasks password=*** dbname=tasks
    static func of(_ text: String) -> String { maskingPairs(maskingUsers(text)) }

    /// Hides what stands before the `@` of an address, behind the user's name.
    private static func maskingUsers(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var masked: [UInt8] = []
        var place = 0
        while place < bytes.count {
            masked.append(bytes[place])
            place += 1
            guard masked.suffix(3).elementsEqual("://".utf8) else { continue }
            let authority = bytes[place...].prefix { !"/?# \t\r\n,".utf8.contains($0) }
            guard let at = authority.lastIndex(of: UInt8(ascii: "@")) else { continue }
            let user = authority[..<at].prefix { $0 != UInt8(ascii: ":") }
            // A user alone may be a token.
            masked += user.endIndex == at ? [] : user + [UInt8(ascii: ":")]
            masked += mask.utf8
            place = at
        }
        return String(decoding: masked, as: UTF8.self)
    }

    /// Hides what is given to a name such as `password` by `=`.
    private static func maskingPairs(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var masked: [UInt8] = []
        var place = 0
        while place < bytes.count {
            let byte = bytes[place]
            masked.append(byte)
            place += 1
            guard byte == UInt8(ascii: "="), isSecretName(masked.dropLast()) else { continue }
            let rest = bytes[place...]
            let value =
                rest.first == UInt8(ascii: "'")
                ? quoted(rest) : rest.prefix { !" \t\r\n;&,".utf8.contains($0) }
            guard !value.isEmpty else { continue }
            masked += mask.utf8
            place = value.endIndex
        }
        return String(decoding: masked, as: UTF8.self)
    }

    private static func isSecretName(_ bytes: ArraySlice<UInt8>) -> Bool {
        let name = String(decoding: bytes, as: UTF8.self).lowercased().utf8
        return secretNames.contains { name.suffix($0.utf8.count).elementsEqual($0.utf8) }
    }

    /// A value in quotes, as libpq has it: a backslash takes what follows as it is.
    private static func quoted(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var place = bytes.startIndex + 1
        while place < bytes.endIndex, bytes[place] != UInt8(ascii: "'") {
            place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        return bytes[bytes.startIndex..<min(place + 1, bytes.endIndex)]
    }
}
