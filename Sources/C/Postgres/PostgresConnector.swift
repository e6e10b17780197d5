internal import CPostgres
internal import Glibc

/// Makes connections; each server of a list has a time limit of its own.
///
/// `PQconnectPoll` leaves `connect_timeout` to its caller, and cannot be told to give up one server for the next. So
/// each server of a list is an attempt of its own, as in psycopg and ruby-pg. An attempt may take `connect_timeout`,
/// and never more than an even share of the remaining time.
struct PostgresConnector {
    let target: PostgresTarget
    let deadline: Deadline
    let memory: PostgresHostMemory?

    /// Makes a connection that accepts statements; the caller then owns it.
    @safe
    func connect() throws(PostgresError) -> OpaquePointer {
        let first = try unsafe start([])
        let options = Self.options(of: first)
        let hosts = HostList(options)
        guard hosts.count > 1 else {
            do throws(ConnectFailure) {
                try unsafe finish(first, limit: min(Self.timeout(options) ?? deadline.left, deadline.left))
            } catch {
                unsafe PQfinish(first)
                throw .notConnected(message: "\(error.fault)")
            }
            return unsafe first
        }
        unsafe PQfinish(first)
        let order = memory?.order(hosts.count) ?? Array(0..<hosts.count)
        let attributes = options["target_session_attrs"]
        var faults: [Int: ConnectFault] = [:]
        // It prefers a standby and falls back to any server: the library, too, tries the whole list twice.
        let passes: [String?] = attributes == "prefer-standby" ? ["standby", "any"] : [nil]
        for (turn, pass) in passes.enumerated() {
            for (index, place) in order.enumerated() {
                let rest = (passes.count - turn) * order.count - index
                let limit = min(Self.timeout(options) ?? deadline.limit, deadline.left / rest)
                let extra = pass.map { [(keyword: "target_session_attrs", value: $0)] } ?? []
                let raw = try unsafe start(hosts.keywords(of: place) + extra)
                do throws(ConnectFailure) {
                    try unsafe finish(raw, limit: limit)
                    memory?.noteAnswer(place)
                    return unsafe raw
                } catch {
                    unsafe PQfinish(raw)
                    if case .silent = error.fault { memory?.noteSilent(place) }
                    faults[place] = error.fault
                }
            }
        }
        let told = faults.sorted { $0.key < $1.key }.map { "server \($0.key + 1) of \(hosts.count): \($0.value)" }
        throw .notConnected(message: told.joined(separator: "; "))
    }

    /// The effective options of a connection, including those from the environment and the library's defaults.
    @safe
    static func options(of raw: OpaquePointer) -> [String: String] {
        let options = unsafe PQconninfo(raw)
        defer { unsafe PQconninfoFree(options) }
        return ConnectionOptions.values(options)
    }

    private struct ConnectFailure: Error {
        var fault: ConnectFault
    }

    private func start(_ extra: [(keyword: String, value: String)]) throws(PostgresError) -> OpaquePointer {
        let pairs = target.keywords + extra
        let handle = unsafe CTexts.lend(pairs.map(\.keyword)) { keywords in
            unsafe CTexts.lend(pairs.map(\.value)) { values in unsafe PQconnectStartParams(keywords, values, 1) }
        }
        guard let handle = unsafe handle else { throw .notConnected(message: "no memory") }
        // By default the library prints notices to standard error.
        unsafe PQsetNoticeReceiver(handle, { _, _ in }, nil)
        return unsafe handle
    }

    private func finish(_ raw: OpaquePointer, limit: Duration) throws(ConnectFailure) {
        let deadline = Deadline(after: limit)
        while true {
            let events: Int32
            switch unsafe PQconnectPoll(raw) {
            case PGRES_POLLING_OK:
                guard unsafe PQsetnonblocking(raw, 1) == 0 else { throw ConnectFailure(fault: .other) }
                return
            case PGRES_POLLING_READING: events = POLLIN
            case PGRES_POLLING_WRITING: events = POLLOUT
            default:
                let message = PostgresText.trimmed(unsafe PQerrorMessage(raw))
                throw ConnectFailure(
                    fault: ConnectFault(libraryMessage: message, keywords: ConnectionOptions.keywords)
                )
            }
            do throws(PostgresError) {
                _ = try PostgresSocket.wait(raw, events, deadline)
            } catch {
                throw ConnectFailure(fault: .silent(limit: Self.rounded(limit)))
            }
        }
    }

    /// `connect_timeout`; `nil` when it is absent or means no limit.
    private static func timeout(_ options: [String: String]) -> Duration? {
        guard let text = options["connect_timeout"], let seconds = Int32(text), seconds > 0 else { return nil }
        return .seconds(seconds)
    }

    /// A limit rounded down to tenths of a second, for messages.
    private static func rounded(_ limit: Duration) -> Duration {
        let (seconds, attoseconds) = limit.components
        return .milliseconds(seconds * 1000 + attoseconds / 100_000_000_000_000_000 * 100)
    }
}

/// The servers of a connection string, in the library's order.
private struct HostList {
    private let hosts: [String]
    private let addresses: [String]
    private let ports: [String]
    let count: Int

    /// Splits the lists; one that the library would refuse, or that has an empty element, counts as one server.
    init(_ options: [String: String]) {
        func list(_ keyword: String) -> [String] {
            guard let text = options[keyword], !text.isEmpty else { return [] }
            return text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
                .map { String(Substring($0)) }
        }
        hosts = list("host")
        addresses = list("hostaddr")
        ports = list("port")
        let wanted = max(hosts.count, addresses.count)
        let isWhole = [hosts, addresses, ports].joined().allSatisfy { !$0.isEmpty }
        let fits = [hosts, addresses].allSatisfy { $0.isEmpty || $0.count == wanted }
        count = isWhole && fits && (ports.count <= 1 || ports.count == wanted) ? wanted : 1
    }

    /// The keywords that select one server of the list.
    func keywords(of place: Int) -> [(keyword: String, value: String)] {
        var pairs: [(keyword: String, value: String)] = []
        if hosts.count > place { pairs.append(("host", hosts[place])) }
        if addresses.count > place { pairs.append(("hostaddr", addresses[place])) }
        if ports.count > place {
            pairs.append(("port", ports[place]))
        } else if let port = ports.first {
            pairs.append(("port", port))
        }
        return pairs
    }
}
