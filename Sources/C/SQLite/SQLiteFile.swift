internal import Glibc

/// The file behind a location, made before SQLite makes it: for its owner alone.
///
/// SQLite makes a file that everyone may read, and gives its log (`-wal`), the log's index (`-shm`) and its journal the rights of the file
/// itself (https://www.sqlite.org/src/file/src/os_unix.c, `findCreateFileMode`). A file that is there keeps its own.
enum SQLiteFile {
    /// Makes the file where there is none.
    static func make(for location: String) {
        guard let path = path(of: location) else { return }
        // Not by opening it: a descriptor that is closed takes the locks with it that the process has on the file by another. What fails
        // here fails once more when SQLite opens the file, and is told then.
        _ = unsafe mknod(path, S_IFREG | S_IRUSR | S_IWUSR, 0)
    }

    /// The path that SQLite will open and may make; `nil` for a database in memory, and for a URI that lets it make none.
    ///
    /// https://www.sqlite.org/uri.html
    static func path(of location: String) -> String? {
        let scheme = "file:"
        guard location.utf8.starts(with: scheme.utf8) else {
            return location.isEmpty || location == ":memory:" ? nil : location
        }
        let address = Array(location.utf8.dropFirst(scheme.utf8.count)).prefix { $0 != UInt8(ascii: "#") }
        let parts = address.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        for parameter in (parts.count == 2 ? parts[1] : []).split(separator: UInt8(ascii: "&")) {
            let isMode = parameter.starts(with: "mode=".utf8)
            if isMode && !parameter.elementsEqual("mode=rwc".utf8) || parameter.starts(with: "vfs=".utf8) { return nil }
        }
        var path = parts[0]
        if path.starts(with: "//".utf8) { path = path.dropFirst(2).drop { $0 != UInt8(ascii: "/") } }
        let text = decoded(path)
        return text.isEmpty || text == ":memory:" ? nil : text
    }

    /// The text with each `%` and two digits as the byte that they spell; a path ends at a NUL.
    private static func decoded(_ text: ArraySlice<UInt8>) -> String {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            let isHexadecimal = digits.count == 2 && digits.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
            guard byte == UInt8(ascii: "%"), isHexadecimal,
                let number = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else {
                bytes.append(byte)
                continue
            }
            if number == 0 { break }
            bytes.append(number)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
