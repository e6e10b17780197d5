import Synchronization

/// Sends requests to a handler in this process, without a socket, with the result that a client on a socket would get.
///
/// Request heads obey the same rules, and answer heads have the same lines in the same order.
package struct HTTPLoopback: Sendable {
    private let handler: any HTTPHandler
    private let now: @Sendable () -> Int
    private let sleep: @Sendable (Duration) async throws -> Void

    /// Creates a loopback to a handler.
    ///
    /// - Parameters:
    ///   - handler: Answers the requests.
    ///   - now: Returns the seconds since 1970, for the `Date` of answers.
    ///   - sleep: Waits for a request's timeout.
    package init(
        to handler: any HTTPHandler,
        now: @escaping @Sendable () -> Int,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.handler = handler
        self.now = now
        self.sleep = sleep
    }

    /// The outcome of a request.
    package enum Outcome: Sendable {
        case answered(Answer)
        /// No answer: the connection was cut or refused.
        case cut(HTTPCut)
        /// The whole answer did not come in time; the handler's task is cancelled, as when a client leaves.
        case timedOut
        /// The calling task was cancelled, and the handler's with it.
        case cancelled
    }

    /// An answer as a client gets it.
    package struct Answer: Sendable {
        package let status: Int
        /// The status line and the fields, each line ended by CR LF, with an empty line at the end.
        package let head: [UInt8]
        /// The fields that the handler set.
        package let headers: HTTPHeaders
        /// The whole body.
        package let body: [UInt8]
    }

    /// Sends a request and waits for the whole answer.
    ///
    /// - Parameters:
    ///   - method: The method's name.
    ///   - target: The path and query as they stand in a request line.
    ///   - headers: The fields; `Host`, `Accept` and the body's length are added, as libcurl does.
    ///   - body: The body; `nil` for none.
    ///   - timeout: The longest time to wait; `nil` for no limit.
    /// - Returns: The outcome.
    package func send(
        method: String,
        target: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil,
        timeout: Duration? = nil
    ) async -> Outcome {
        let request = request(method, target, headers, body)
        let outcome = FirstOutcome()
        let work = Task.immediate { outcome.set(await answer(request)) }
        // Most requests are answered at once; only the others need a timer.
        if let outcome = outcome.present { return outcome }
        let timer = timeout.map { timeout in
            Task {
                // Cancelled when the answer comes first.
                if (try? await sleep(timeout)) != nil { outcome.set(.timedOut) }
            }
        }
        let first = await withTaskCancellationHandler {
            await outcome.wait()
        } onCancel: {
            outcome.set(.cancelled)
        }
        timer?.cancel()
        work.cancel()
        return first
    }

    private func request(
        _ method: String,
        _ target: String,
        _ given: [(name: String, value: String)],
        _ body: [UInt8]?
    ) -> Result<HTTPRequest, HeadFault> {
        var headers: HTTPHeaders = ["Host": "localhost", "Accept": "*/*"]
        for (name, value) in given {
            if name.lowercased() == "accept" { headers["Accept"] = nil }
            headers.add(name, value)
        }
        if let body { headers["Content-Length"] = String(body.count) }
        do throws(HeadFault) {
            var request = try StrictHead.read(method: method, target: target, headers: headers).0
            request.body = body ?? []
            return .success(request)
        } catch {
            return .failure(error)
        }
    }

    private func answer(_ request: Result<HTTPRequest, HeadFault>) async -> Outcome {
        switch request {
        case .success(let request):
            return await outcome(of: await handler.respond(to: request), isHead: request.method == .head, closes: false)
        case .failure(let fault):
            return await outcome(of: handler.refused(fault, nil) ?? fault.response, isHead: false, closes: true)
        }
    }

    private func outcome(of response: HTTPResponse, isHead: Bool, closes: Bool) async -> Outcome {
        let body: [UInt8]
        let length: Int?
        switch response.body {
        case .bytes(let bytes): (body, length) = (bytes, bytes.count)
        case .unsent(let known): (body, length) = ([], isHead ? known : 0)
        case .cut(let cut): return .cut(cut)
        case .stream(let write):
            let pieces = Mutex<[UInt8]>([])
            do {
                try await write(HTTPBodyWriter { piece in pieces.withLock { $0 += piece } })
            } catch {
                return .cut(.broken)
            }
            (body, length) = (pieces.withLock { $0 }, nil)
        }
        return .answered(
            Answer(
                status: response.status.code,
                head: ResponseHeadText.bytes(response, length: length, closes: closes, seconds: now()),
                headers: response.headers,
                body: isHead ? [] : body
            )
        )
    }
}

/// The first of several outcomes, for one waiter.
private final class FirstOutcome: Sendable {
    private struct State {
        var outcome: HTTPLoopback.Outcome?
        var waiter: CheckedContinuation<HTTPLoopback.Outcome, Never>?
    }

    private let state = Mutex(State())

    var present: HTTPLoopback.Outcome? { state.withLock { $0.outcome } }

    func set(_ outcome: HTTPLoopback.Outcome) {
        let waiter = state.withLock { state -> CheckedContinuation<HTTPLoopback.Outcome, Never>? in
            guard state.outcome == nil else { return nil }
            state.outcome = outcome
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: outcome)
    }

    func wait() async -> HTTPLoopback.Outcome {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state in
                if state.outcome == nil { state.waiter = continuation }
                return state.outcome
            }
            if let ready { continuation.resume(returning: ready) }
        }
    }
}
