internal import CPostgres

/// The options of libpq, by keyword.
enum ConnectionOptions {
    /// Every keyword that the library knows.
    static let keywords: Set<String> = {
        var message: UnsafeMutablePointer<CChar>?
        let options = unsafe PQconninfoParse("", &message)
        defer {
            unsafe PQfreemem(message)
            unsafe PQconninfoFree(options)
        }
        var keywords: Set<String> = []
        unsafe each(options) { keyword, _ in keywords.insert(keyword) }
        return keywords
    }()

    /// The values of all options that have one.
    @safe
    static func values(_ options: UnsafeMutablePointer<PQconninfoOption>?) -> [String: String] {
        var values: [String: String] = [:]
        unsafe each(options) { keyword, value in values[keyword] = value }
        return values
    }

    /// The options of a connection string, parsed by the library.
    static func values(parsing text: String) throws(PostgresError) -> [String: String] {
        var message: UnsafeMutablePointer<CChar>?
        let options = unsafe PQconninfoParse(text, &message)
        defer { unsafe PQfreemem(message) }
        guard let options = unsafe options else {
            throw .badConnectionString(reason: reason(PostgresText.trimmed(message)))
        }
        defer { unsafe PQconninfoFree(options) }
        return values(options)
    }

    /// What is wrong, without the library's words, which may quote a part of a password.
    private static func reason(_ message: String) -> String {
        let bytes = Array(message.utf8)
        func says(_ text: String) -> Bool { bytes.contains(text.utf8) }
        guard says("invalid ") && says(" option ") || says("query parameter") else {
            return "write it as \"host=… port=… user=… password=… dbname=…\" with values that hold spaces in '…',"
                + " or as postgresql://user:password@host:port/dbname with other signs percent-encoded"
        }
        return "it has an option that libpq does not know; write settings of the session as options='-c name=value',"
            + " and put values that hold spaces in '…'"
    }

    /// Visits the library's array, which ends with an option without a keyword.
    private static func each(
        _ options: UnsafeMutablePointer<PQconninfoOption>?,
        _ body: (_ keyword: String, _ value: String?) -> Void
    ) {
        guard var option = unsafe options else { return }
        while let keyword = unsafe option.pointee.keyword {
            let value = unsafe option.pointee.val.map { unsafe String(cString: $0) }
            unsafe body(String(cString: keyword), value)
            unsafe option += 1
        }
    }
}
