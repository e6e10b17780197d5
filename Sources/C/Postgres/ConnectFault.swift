/// Why no connection was made, in our own words.
///
/// libpq and the server quote host, port, user and database, any of which contains a part of the password if the string
/// was not escaped (`postgres://u:pass@word@host/d`). So their messages are inspected but never passed on.
enum ConnectFault: Equatable, Sendable {
    /// Nothing listens at the address.
    case nobodyListens
    /// The socket's file does not exist.
    case noSocket
    /// The name has no address.
    case unknownName
    /// There is no route to the address.
    case noRoute
    /// No answer arrived within the limit.
    case silent(limit: Duration)
    /// An option has a value of the wrong form; `option` is its name if libpq knows it.
    case badValue(option: String?)
    /// The server is not what `target_session_attrs` asks for.
    case wrongRole
    /// The user or the password was refused.
    case refusedLogin
    /// The server's `pg_hba.conf` does not allow the connection.
    case notLetIn
    case unknownDatabase
    case unknownUser
    /// The server has no connection left.
    case full
    /// The server is starting, stopping or recovering.
    case notReady
    /// The server does not accept a setting of the string.
    case badSetting
    case noEncryption
    /// The other side hung up.
    case hungUp
    /// The library's message matches none of the other cases.
    case other

    /// Classifies a message of libpq; the first match in this order counts.
    init(libraryMessage: String, keywords: Set<String>) {
        let bytes = Array(libraryMessage.utf8)
        func says(_ texts: String...) -> Bool { texts.contains { bytes.contains($0.utf8) } }
        if says("invalid response", "expected authentication") {
            self = .hungUp
        } else if says("configuration parameter", "value for parameter", "set parameter", "command-line argument") {
            self = .badSetting
        } else if says("invalid ", "could not match ", "could not parse network address") {
            self = .badValue(option: Self.option(in: bytes, keywords))
        } else if says("session is read-only", "session is not read-only", "in hot standby mode") {
            self = .wrongRole
        } else if says("pg_hba.conf") {
            self = .notLetIn
        } else if says("authentication failed", "no password supplied") {
            self = .refusedLogin
        } else if says("database \"") && says("does not exist") {
            self = .unknownDatabase
        } else if says("role \"") && says("does not exist") {
            self = .unknownUser
        } else if says("too many clients", "too many connections", "connection slots") {
            self = .full
        } else if says("starting up", "shutting down", "not yet accepting", "in recovery mode", "not accepting") {
            self = .notReady
        } else if says("could not translate host name", "Name or service not known", "name resolution") {
            self = .unknownName
        } else if says("Connection refused") {
            self = .nobodyListens
        } else if says("No such file or directory") && says("socket") {
            self = .noSocket
        } else if says("No route to host", "Network is unreachable", "Host is unreachable") {
            self = .noRoute
        } else if says("SSL", "certificate", "GSS") {
            self = .noEncryption
        } else if says("closed the connection", "Connection reset", "Broken pipe", "EOF") {
            self = .hungUp
        } else {
            self = .other
        }
    }

    /// The option that a message names, if libpq knows it.
    ///
    ///     invalid integer value "…" for connection option "port"
    ///     invalid sslmode value: "…"
    ///     invalid port number: "…"
    private static func option(in bytes: [UInt8], _ keywords: Set<String>) -> String? {
        let mark = Array("connection option \"".utf8)
        let prefix = Array("invalid ".utf8)
        let name: ArraySlice<UInt8>
        if let place = bytes.lastRange(of: mark) {
            name = bytes[place.upperBound...].prefix { $0 != UInt8(ascii: "\"") }
        } else if let place = bytes.firstRange(of: prefix) {
            name = bytes[place.upperBound...].prefix { $0 != UInt8(ascii: " ") }
        } else {
            return nil
        }
        let text = String(decoding: name, as: UTF8.self)
        return keywords.contains(text) ? text : nil
    }
}

extension [UInt8] {
    fileprivate func lastRange(of other: [UInt8]) -> Range<Int>? { ranges(of: other).last }
}

extension ConnectFault: CustomStringConvertible {
    var description: String {
        switch self {
        case .nobodyListens: "nothing listens there"
        case .noSocket: "there is no such socket; host may be a folder that holds another"
        case .unknownName: "its name has no address"
        case .noRoute: "there is no way to it"
        case .silent(let limit): "it did not answer within \(limit)"
        case .badValue(let option?):
            "the option \(option) has a value that libpq does not take; percent-encode or quote what holds other signs"
        case .badValue(nil):
            "an option has a value that libpq does not take; percent-encode or quote what holds other signs"
        case .wrongRole: "it is no server of the kind that target_session_attrs asks for"
        case .refusedLogin: "it refuses the user or the password"
        case .notLetIn: "its pg_hba.conf does not let in this user, database, address or encryption"
        case .unknownDatabase: "it has no such database"
        case .unknownUser: "it has no such user"
        case .full: "it has no connection left"
        case .notReady: "it starts, stops or recovers"
        case .badSetting: "it does not take a setting of the connection string"
        case .noEncryption: "the encrypted connection did not come about; see sslmode and sslrootcert"
        case .hungUp: "it hung up; see that it is PostgreSQL"
        case .other:
            "its reason may quote the connection string and is not repeated; psql with the same string tells it"
        }
    }
}
