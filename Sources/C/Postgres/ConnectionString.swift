/// A connection string for daprd's driver (pgx), converted to one for libpq.
///
/// pgx has words of its own for its pool, accepts `database` for `dbname`, and passes every other word to the server as
/// a setting of the session. libpq would refuse all of those. Only the settings in a list are passed on here: any other
/// word may well be a part of a password that was not quoted. It stays where it is, for libpq to refuse.
struct ConnectionString {
    /// The text for libpq.
    private(set) var text: String
    /// The settings of the session.
    private(set) var settings: [(name: String, value: String)] = []
    /// The words of pgx's pool and statement cache.
    private(set) var driverWords: [(name: String, value: String)] = []

    /// Words of pgx that do not concern the server.
    static let driverWords: Set<String> = [
        "pool_max_conns", "pool_min_conns", "pool_min_idle_conns", "pool_max_conn_lifetime",
        "pool_max_conn_lifetime_jitter", "pool_max_conn_idle_time", "pool_health_check_period",
        "default_query_exec_mode", "statement_cache_capacity", "description_cache_capacity",
    ]

    /// Settings of PostgreSQL that are commonly put into such a string.
    private static let settings: Set<String> = [
        "search_path", "timezone", "TimeZone", "statement_timeout", "lock_timeout",
        "idle_in_transaction_session_timeout", "idle_session_timeout", "transaction_timeout", "DateStyle", "datestyle",
        "IntervalStyle", "intervalstyle", "role", "default_transaction_isolation", "default_transaction_read_only",
        "default_transaction_deferrable", "synchronous_commit", "work_mem", "client_min_messages", "jit",
        "row_security", "tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count",
        "client_connection_check_interval", "default_tablespace", "temp_tablespaces", "plan_cache_mode",
    ]

    /// Parses a string of either form; one that cannot be parsed is left unchanged.
    init(_ text: String) {
        self.text = text
        let bytes = Array(text.utf8)
        let isAddress = ["postgresql://", "postgres://"].contains { bytes.starts(with: $0.utf8) }
        guard let words = isAddress ? Self.wordsOfAddress(bytes) : Self.words(bytes) else { return }
        var renamed: [Word] = []
        var kept: [Word] = []
        for word in words.list {
            if Self.driverWords.contains(word.keyword) {
                driverWords.append((word.keyword, word.value))
            } else if Self.settings.contains(word.keyword) {
                settings.append((word.keyword, word.value))
            } else if word.keyword == "database" {
                renamed.append(word)
            } else {
                kept.append(word)
            }
        }
        guard kept.count < words.list.count else { return }
        let names = renamed.map { "dbname=" + (isAddress ? Self.raw($0, bytes) : Self.quoted($0.value)) }
        let rest = kept.map { String(decoding: bytes[$0.place], as: UTF8.self) } + names
        let head = String(decoding: bytes[..<words.start], as: UTF8.self)
        self.text =
            isAddress ? head + (rest.isEmpty ? "" : "?") + rest.joined(separator: "&") : rest.joined(separator: " ")
    }

    /// The settings in the form of the server's command line, appended to the present `options`.
    func options(_ present: String?) -> String? {
        if settings.isEmpty { return nil }
        let added = settings.map { setting in
            var text = "-c \(setting.name)="
            for scalar in setting.value.unicodeScalars {
                if scalar == "\\" || scalar.properties.isWhitespace { text.unicodeScalars.append("\\") }
                text.unicodeScalars.append(scalar)
            }
            return text
        }
        return ([present].compactMap(\.self) + added).joined(separator: " ")
    }

    // MARK: Reading

    private struct Word {
        var keyword: String
        var value: String
        /// The position in the text, value included.
        var place: Range<Int>
    }

    private typealias Words = (list: [Word], start: Int)

    /// The words after the `?` of a URL; `nil` when one is malformed.
    private static func wordsOfAddress(_ bytes: [UInt8]) -> Words? {
        guard let scheme = bytes.firstRange(of: Array("://".utf8)) else { return nil }
        // As in libpq: text before an @ is a login, unless a / comes first.
        let mark = bytes[scheme.upperBound...].firstIndex { $0 == UInt8(ascii: "@") || $0 == UInt8(ascii: "/") }
        let start = mark.map { bytes[$0] == UInt8(ascii: "@") ? $0 : scheme.upperBound } ?? scheme.upperBound
        guard let question = bytes[start...].firstIndex(of: UInt8(ascii: "?")) else { return ([], bytes.count) }
        var list: [Word] = []
        for part in bytes[(question + 1)...].split(separator: UInt8(ascii: "&")) {
            let halves = part.split(separator: UInt8(ascii: "="), omittingEmptySubsequences: false)
            guard halves.count == 2, let keyword = decoded(halves[0]), let value = decoded(halves[1]) else {
                return nil
            }
            list.append(Word(keyword: keyword, value: value, place: part.startIndex..<part.endIndex))
        }
        return (list, question)
    }

    /// The words of `keyword = 'value' …`, parsed like libpq's `conninfo_parse`; `nil` where that would fail.
    private static func words(_ bytes: [UInt8]) -> Words? {
        var list: [Word] = []
        var index = 0
        func isSpace(_ index: Int) -> Bool { bytes[index] == 0x20 || 0x09...0x0D ~= bytes[index] }
        func skipSpace() { while index < bytes.count, isSpace(index) { index += 1 } }
        while true {
            skipSpace()
            if index == bytes.count { return (list, 0) }
            let start = index
            while index < bytes.count, !isSpace(index), bytes[index] != UInt8(ascii: "=") { index += 1 }
            let keyword = bytes[start..<index]
            skipSpace()
            guard index < bytes.count, bytes[index] == UInt8(ascii: "=") else { return nil }
            index += 1
            skipSpace()
            var value: [UInt8] = []
            let isQuoted = index < bytes.count && bytes[index] == UInt8(ascii: "'")
            if isQuoted { index += 1 }
            while true {
                if index == bytes.count {
                    if isQuoted { return nil }
                    break
                }
                if isQuoted ? bytes[index] == UInt8(ascii: "'") : isSpace(index) { break }
                if bytes[index] == UInt8(ascii: "\\") { index += 1 }
                if index < bytes.count {
                    value.append(bytes[index])
                    index += 1
                }
            }
            if isQuoted { index += 1 }
            list.append(
                Word(
                    keyword: String(decoding: keyword, as: UTF8.self),
                    value: String(decoding: value, as: UTF8.self),
                    place: start..<index
                )
            )
        }
    }

    private static func decoded(_ text: ArraySlice<UInt8>) -> String? {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, digits.first != UInt8(ascii: "+"),
                let number = UInt8(String(decoding: digits, as: UTF8.self), radix: 16), number != 0
            else { return nil }
            bytes.append(number)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The value of a URL's word, still encoded.
    private static func raw(_ word: Word, _ bytes: [UInt8]) -> String {
        let text = bytes[word.place].drop { $0 != UInt8(ascii: "=") }.dropFirst()
        return String(decoding: text, as: UTF8.self)
    }

    private static func quoted(_ value: String) -> String {
        var text = "'"
        for scalar in value.unicodeScalars {
            if scalar == "\\" || scalar == "'" { text.unicodeScalars.append("\\") }
            text.unicodeScalars.append(scalar)
        }
        return text + "'"
    }
}
