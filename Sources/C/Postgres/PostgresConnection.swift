internal import CPostgres
import Glibc

/// One connection to a server; used by one thread at a time.
///
/// "One restriction is that no two threads attempt to manipulate the same PGconn object at the same time"
/// (https://www.postgresql.org/docs/15/libpq-threading.html). The type is not `Sendable`, which makes the compiler
/// check this. Calls block the thread, each with a limit; the library itself runs in non-blocking mode.
@safe
package final class PostgresConnection {
    private let raw: OpaquePointer
    private var prepared: Set<PostgresStatement> = []
    private var hasFailed = false

    /// `target_session_attrs`; `nil` when any server will do.
    private let wantedServer: String?

    /// Connects, and waits until the server accepts statements.
    ///
    /// - Parameters:
    ///   - target: The server or servers.
    ///   - timeout: The limit of the whole call. Each server of a list has `connect_timeout` of it, and at most its
    ///     even share.
    ///   - memory: What other connections have learned about the list.
    /// - Throws: ``PostgresError/notConnected(message:)``, which contains nothing of the target.
    package init(
        to target: PostgresTarget,
        timeout: Duration,
        memory: PostgresHostMemory? = nil
    ) throws(PostgresError) {
        let connector = PostgresConnector(target: target, deadline: Deadline(after: timeout), memory: memory)
        let handle = try connector.connect()
        unsafe raw = handle
        wantedServer = PostgresConnector.options(of: handle)["target_session_attrs"]
    }

    deinit { unsafe PQfinish(raw) }

    /// The server's version: 150020 for 15.20.
    package var serverVersion: Int { unsafe Int(PQserverVersion(raw)) }

    /// The process ID of the server's backend for this connection.
    package var processID: Int { unsafe Int(PQbackendPID(raw)) }

    /// Whether a transaction block is open, even one that has failed.
    package var isInTransaction: Bool {
        let status = unsafe PQtransactionStatus(raw)
        return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
    }

    /// Whether the server no longer fits `target_session_attrs`, as far as it reports.
    ///
    /// Since version 14 it reports with each answer whether it is a standby, and whether it accepts changes at all.
    /// While connections last, a server may be demoted, or a proxy may switch to another one.
    package var isMisplaced: Bool {
        let isStandby = parameter("in_hot_standby")
        let isReadOnly = isStandby == true ? true : parameter("default_transaction_read_only")
        return switch wantedServer {
        case "read-write": isReadOnly == true
        case "read-only": isReadOnly == false
        case "primary": isStandby == true
        case "standby": isStandby == false
        default: false
        }
    }

    /// A parameter that the server reports as on or off; `nil` when it has reported nothing.
    private func parameter(_ name: String) -> Bool? {
        unsafe PQparameterStatus(raw, name).map { unsafe String(cString: $0) == "on" }
    }

    /// Whether the connection can be used; also checks whether the server has ended it.
    package var isUsable: Bool {
        guard !hasFailed, unsafe PQstatus(raw) == CONNECTION_OK else { return false }
        // No statement is in progress, so any data is the server's farewell, followed by the end.
        while unsafe PostgresSocket.readiness(raw, POLLIN, milliseconds: 0) != 0 {
            guard unsafe PQconsumeInput(raw) == 1, unsafe PQstatus(raw) == CONNECTION_OK else { return false }
        }
        return true
    }

    /// Runs one statement, with or without parameters.
    @discardableResult
    package func run(
        _ sql: String,
        _ parameters: PostgresParameters = PostgresParameters(),
        results: PostgresStatement.ResultFormat = .binary,
        timeout: Duration
    ) throws(PostgresError) -> PostgresResult {
        let step = PostgresStep(PostgresStatement(sql: sql, results: results), parameters)
        guard let result = try run([step], timeout: timeout).first else { throw .unexpected(operation: "PQgetResult") }
        return result
    }

    /// Runs statements together: all are sent before the first answer is read.
    ///
    /// Outside a transaction block they are one transaction; inside one they are a part of it. A statement with a name
    /// is prepared on its first use.
    /// - Parameters:
    ///   - steps: The statements.
    ///   - timeout: The limit of the whole call.
    ///   - whileWaiting: Called once everything is sent, while the server works.
    /// - Returns: One result for each statement.
    /// - Throws: ``PostgresError/refused(_:message:)`` for the first refused statement; later ones were then not run.
    ///   After any other error the connection is unusable.
    package func run(
        _ steps: [PostgresStep],
        timeout: Duration,
        whileWaiting: () -> Void = {}
    ) throws(PostgresError) -> [PostgresResult] {
        if steps.isEmpty { return [] }
        let deadline = Deadline(after: timeout)
        var isPlain = false
        if steps.count == 1, let step = steps.first {
            isPlain = step.statement.name == nil || prepared.contains(step.statement)
        }
        do throws(PostgresError) {
            return try isPlain ? runPlain(steps[0], deadline, whileWaiting) : runPipeline(steps, deadline, whileWaiting)
        } catch {
            if unsafe PQstatus(raw) != CONNECTION_OK {
                hasFailed = true
                // The server's last message before it hung up does not show whether it concerns these statements or the
                // whole connection.
                if case .refused(let state, let message) = error {
                    throw .connectionLost(message: "\(state) \(message)")
                }
            }
            if case .refused(let state, let message) = error {
                guard state.endsConnection else { throw error }
                // A pooler reports a lost server this way, while it keeps its connection to us.
                hasFailed = true
                throw .connectionLost(message: "\(state) \(message)")
            }
            hasFailed = true
            throw error
        }
    }

    // MARK: Sending

    /// Runs one statement without pipeline mode, which needs an additional message at its end.
    private func runPlain(
        _ step: PostgresStep,
        _ deadline: Deadline,
        _ whileWaiting: () -> Void
    ) throws(PostgresError) -> [PostgresResult] {
        try send(step)
        try flush(deadline)
        whileWaiting()
        var outcome: Result<PostgresResult, PostgresError>?
        while let result = try nextResult(deadline) {
            // There is one result; should there be more, the first error counts, or else the last result.
            if case .failure = outcome { continue }
            outcome = result.refusal.map { .failure($0) } ?? .success(result)
        }
        switch outcome {
        case .success(let result): return [result]
        case .failure(let error): throw error
        case nil: throw .unexpected(operation: "PQgetResult")
        }
    }

    private func runPipeline(
        _ steps: [PostgresStep],
        _ deadline: Deadline,
        _ whileWaiting: () -> Void
    ) throws(PostgresError) -> [PostgresResult] {
        try check("PQenterPipelineMode", unsafe PQenterPipelineMode(raw))
        var preparing: Set<PostgresStatement> = []
        /// What each answer belongs to: a statement's preparation, or (`nil`) its run.
        var order: [PostgresStatement?] = []
        for step in steps {
            let statement = step.statement
            if let name = statement.name, !prepared.contains(statement), preparing.insert(statement).inserted {
                try check("PQsendPrepare", unsafe PQsendPrepare(raw, name, statement.sql, 0, nil))
                order.append(statement)
            }
            try send(step)
            order.append(nil)
        }
        try check("PQpipelineSync", unsafe PQpipelineSync(raw))
        try flush(deadline)
        whileWaiting()
        let outcome = try collect(order, deadline)
        try check("PQexitPipelineMode", unsafe PQexitPipelineMode(raw))
        return try outcome.get()
    }

    /// Reads the answers up to the pipeline's end, even after a refusal.
    private func collect(
        _ order: [PostgresStatement?],
        _ deadline: Deadline
    ) throws(PostgresError) -> Result<[PostgresResult], PostgresError> {
        var results: [PostgresResult] = []
        var refusal: PostgresError?
        for preparation in order {
            guard let result = try nextResult(deadline) else { throw .unexpected(operation: "PQgetResult") }
            if let error = result.refusal {
                refusal = refusal ?? error
            } else if result.status != PGRES_PIPELINE_ABORTED {
                if let preparation { prepared.insert(preparation) } else { results.append(result) }
            }
            guard try nextResult(deadline) == nil else { throw .unexpected(operation: "PQgetResult") }
        }
        // An error at the very end, such as that of a deferred constraint, precedes the mark of the pipeline's end.
        while true {
            guard let end = try nextResult(deadline) else { continue }
            if end.status == PGRES_PIPELINE_SYNC { break }
            guard let error = end.refusal else { throw .unexpected(operation: "PQpipelineSync") }
            refusal = refusal ?? error
            if unsafe PQstatus(raw) != CONNECTION_OK { break }
        }
        return refusal.map { .failure($0) } ?? .success(results)
    }

    private func send(_ step: PostgresStep) throws(PostgresError) {
        let parameters = step.parameters
        let statement = step.statement
        let format: Int32 = statement.results == .binary ? 1 : 0
        let formats = [Int32](repeating: 1, count: parameters.count)
        let lengths = parameters.ranges.map { Int32(clamping: $0?.count ?? 0) }
        let code = unsafe parameters.bytes.withUnsafeBufferPointer { bytes in
            // Only its address distinguishes an empty parameter from NULL, and an empty buffer may have none.
            var nothing: CChar = 0
            return unsafe withUnsafePointer(to: &nothing) { nothing in
                let values = unsafe parameters.ranges.map { range -> UnsafePointer<CChar>? in
                    guard let range else { return nil }
                    guard let base = bytes.baseAddress, !range.isEmpty else { return unsafe nothing }
                    return unsafe UnsafeRawPointer(base + range.lowerBound).assumingMemoryBound(to: CChar.self)
                }
                let count = Int32(clamping: parameters.count)
                if let name = statement.name {
                    return unsafe PQsendQueryPrepared(raw, name, count, values, lengths, formats, format)
                }
                return unsafe PQsendQueryParams(raw, statement.sql, count, nil, values, lengths, formats, format)
            }
        }
        try check("PQsendQuery", code)
    }

    /// Sends everything that is buffered, and reads meanwhile: a server whose answers are not read would stop reading.
    private func flush(_ deadline: Deadline) throws(PostgresError) {
        while true {
            let left = unsafe PQflush(raw)
            if left == 0 { return }
            guard left > 0 else { throw lost() }
            if try wait(POLLIN | POLLOUT, deadline) & POLLIN != 0, unsafe PQconsumeInput(raw) != 1 { throw lost() }
        }
    }

    private func nextResult(_ deadline: Deadline) throws(PostgresError) -> PostgresResult? {
        while unsafe PQisBusy(raw) == 1 {
            _ = try wait(POLLIN, deadline)
            if unsafe PQconsumeInput(raw) != 1 { throw lost() }
        }
        return unsafe PQgetResult(raw).map { PostgresResult(raw: $0) }
    }

    // MARK: Waiting

    /// Waits until the socket is ready for some of the events, and returns those.
    private func wait(_ events: Int32, _ deadline: Deadline) throws(PostgresError) -> Int32 {
        try unsafe PostgresSocket.wait(raw, events, deadline)
    }

    private func check(_ operation: String, _ code: Int32) throws(PostgresError) {
        guard code == 1 else {
            throw unsafe PQstatus(raw) == CONNECTION_OK ? .unexpected(operation: operation) : lost()
        }
    }

    private func lost() -> PostgresError { .connectionLost(message: message) }

    private var message: String { PostgresText.trimmed(unsafe PQerrorMessage(raw)) }
}
