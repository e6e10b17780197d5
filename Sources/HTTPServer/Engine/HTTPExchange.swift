internal import CMicrohttpd
import EventLoop
import Glibc

/// One request and its answer, from the request line to the last byte.
///
/// Used on the listener's loop only (tasks hand their answer over there), which is what makes `@unchecked Sendable` true.
@safe
final class HTTPExchange: @unchecked Sendable {
    private let listener: HTTPListener
    private let record: HTTPConnection?
    private let connection: OpaquePointer
    /// `nil` when the bytes that were sent are no UTF-8.
    private let target: String?
    /// Where the target ends in libmicrohttpd's buffer; compared once with where the version begins.
    private let targetEnd: UnsafePointer<CChar>
    private let began: MonotonicTime

    private var phase = Phase.head
    private var head: HTTPRequest?
    private var body: [UInt8] = []
    private var bodyLimit = 0
    private var bodyCount = 0
    private var stream: HTTPBodyStream?
    private var response: HTTPResponse?
    private weak var responseStream: ResponseStream?
    private var closes = false
    private var task: Task<Void, Never>?
    private var suspension = Suspension.none
    private var isOver = false
    private var countsAsInFlight = false
    /// What the answer brought to be kept until it is sent.
    private var kept: (any AnyObject & Sendable)?

    /// What is read and discarded of a body whose answer is known already, so that the client comes to read that answer.
    private static let discardLimit = 8 << 20

    private enum Phase {
        /// The head has not been looked at.
        case head
        case collecting(HTTPResponder)
        case streaming
        /// The rest of the body is read and forgotten; the answer follows it.
        case discarding
        /// The body is complete and the responder works.
        case responding
        /// The answer is with libmicrohttpd.
        case answered
    }

    private enum Suspension {
        case none
        /// Not suspended yet: most answers that are not there at once come before the loop's turn is over, and libmicrohttpd asks again
        /// in that turn. A suspension is two system calls.
        case askedOnce
        /// Until there is an answer.
        case answer
        /// Until the consumer of a streamed body has caught up.
        case body
    }

    init(listener: HTTPListener, connection: OpaquePointer, target: UnsafePointer<CChar>) {
        self.listener = listener
        began = listener.loop.now
        unsafe self.connection = unsafe connection
        unsafe targetEnd = unsafe target + strlen(target)
        self.target = unsafe String(validatingCString: target)
        if let raw = unsafe cmhd_socket_context(connection) {
            record = unsafe Unmanaged<HTTPConnection>.fromOpaque(raw).takeUnretainedValue()
        } else {
            record = nil
        }
        record?.exchange = self
    }

    // MARK: libmicrohttpd's calls

    /// Called with the head, then with each piece of the body, then without one, and again after each resumption.
    func access(
        _ connection: OpaquePointer,
        method: UnsafePointer<CChar>?,
        version: UnsafePointer<CChar>?,
        upload: UnsafePointer<CChar>?,
        size: UnsafeMutablePointer<Int>
    ) -> MHD_Result {
        // The server has ended the request: it must not be suspended again.
        if isOver { return .NO }
        if case .head = phase { return unsafe begin(method: method, version: version) }
        if unsafe size.pointee > 0 {
            let piece = unsafe UnsafeRawBufferPointer(start: upload, count: size.pointee)
            let goesOn = unsafe take(piece)
            unsafe size.pointee = 0
            return goesOn ? .YES : .NO
        }
        return bodyEnded()
    }

    func completed(fully: Bool) {
        isOver = true
        kept = nil
        if !fully {
            task?.cancel()
            stream?.finish(.cutShort)
        }
        if countsAsInFlight { listener.exchangeEnded() }
        record?.since = listener.loop.now
        record?.hasServed = true
        if record?.exchange === self { record?.exchange = nil }
    }

    // MARK: The head

    private func begin(method: UnsafePointer<CChar>?, version: UnsafePointer<CChar>?) -> MHD_Result {
        countsAsInFlight = true
        listener.exchangeBegan()
        let head: HTTPRequest
        let framing: BodyFraming
        do throws(HeadFault) {
            (head, framing) = try unsafe HeadReader(
                connection: connection,
                target: target,
                targetEnd: targetEnd,
                limit: listener.configuration.headLimit
            ).read(method: method, version: version)
        } catch {
            closes = true
            return queue(
                HTTPResponse(error.status, headers: ["Content-Type": "text/plain"], body: Array(error.text.utf8))
            )
        }
        self.head = head
        switch listener.handler.accept(head) {
        case .refuse(let response):
            return answerUnread(response, framing)
        case .collect(let limit, let responder):
            if let length = framing.length, length > limit {
                return answerUnread(listener.handler.tooLarge(head, limit: limit), framing)
            }
            bodyLimit = limit
            if let length = framing.length { body.reserveCapacity(length) }
            phase = .collecting(responder)
            return .YES
        case .stream(let limit, let responder):
            if let length = framing.length, length > limit {
                return answerUnread(listener.handler.tooLarge(head, limit: limit), framing)
            }
            bodyLimit = limit
            let stream = HTTPBodyStream(onDrained: { [weak self] in self?.streamDrained() })
            self.stream = stream
            phase = .streaming
            var request = head
            request.bodyStream = stream
            run(responder, request)
            return .YES
        }
    }

    /// Answers before the body was read.
    ///
    /// A short body is read first, so that the connection can be kept and the client is
    /// not cut off while it writes; a client that waits for 100 Continue is spared the upload.
    private func answerUnread(_ response: HTTPResponse, _ framing: BodyFraming) -> MHD_Result {
        guard framing.hasBody else {
            // An answer that is queued now would close the connection: libmicrohttpd takes it for one before the body.
            self.response = response
            phase = .responding
            return .YES
        }
        if framing.expectsContinue || (framing.length ?? 0) > HTTPExchange.discardLimit {
            closes = true
            return queue(response)
        }
        self.response = response
        phase = .discarding
        return .YES
    }

    // MARK: The body

    /// Takes a piece; `false` cuts the connection.
    private func take(_ piece: UnsafeRawBufferPointer) -> Bool {
        bodyCount += piece.count
        switch phase {
        case .collecting:
            guard bodyCount <= bodyLimit else {
                body = []
                if let head { response = listener.handler.tooLarge(head, limit: bodyLimit) }
                phase = .discarding
                return true
            }
            unsafe body.append(contentsOf: piece)
        case .streaming:
            guard bodyCount <= bodyLimit else {
                stream?.finish(.tooLarge(limit: bodyLimit))
                phase = .discarding
                return true
            }
            if response != nil {
                phase = .discarding
            } else if let stream, unsafe stream.push(Array(piece)) {
                suspend(.body)
            }
        case .discarding:
            return bodyCount <= bodyLimit + HTTPExchange.discardLimit
        case .head, .responding, .answered:
            return false
        }
        return true
    }

    private func bodyEnded() -> MHD_Result {
        switch phase {
        case .collecting(let responder):
            guard var request = head else { return .NO }
            request.body = body
            body = []
            phase = .responding
            run(responder, request)
        case .streaming, .discarding:
            stream?.finish()
            phase = .responding
        case .head, .responding, .answered:
            break
        }
        if let response { return queue(response) }
        if suspension == .none {
            suspension = .askedOnce
        } else {
            suspend(.answer)
        }
        return .YES
    }

    /// The consumer of the body has caught up; called on whatever thread it reads from.
    private func streamDrained() {
        if listener.loop.isCurrent {
            if suspension == .body { resume() }
        } else {
            listener.loop.submit { [self] in if suspension == .body { resume() } }
        }
    }

    // MARK: The answer

    private func run(_ responder: @escaping HTTPResponder, _ request: HTTPRequest) {
        let task = Task.immediate(executorPreference: listener.loop) { [self] in
            let response = await responder(request)
            if listener.loop.isCurrent {
                finish(response)
            } else {
                listener.loop.submit { self.finish(response) }
            }
        }
        if response == nil { self.task = task }
    }

    private func finish(_ answer: HTTPResponse) {
        task = nil
        guard response == nil, !isOver else { return }
        response = answer
        switch suspension {
        case .none: break
        case .askedOnce: listener.markDirty()
        case .answer, .body: resume()
        }
    }

    /// Whether the answer is waited for without a suspension, which is for a moment only: a silent connection is closed in the end.
    var shouldBeSuspended: Bool { suspension == .askedOnce }

    /// Whether bytes of the request are still to come, so that a client that has left cannot get an answer.
    var awaitsRequest: Bool {
        switch phase {
        case .head, .collecting, .discarding: true
        case .streaming: suspension != .body
        case .responding, .answered: false
        }
    }

    /// Answers for a responder that does not come to an end, and cuts a body that does not.
    func checkDeadline(_ now: MonotonicTime) {
        guard now - began > listener.configuration.requestDeadline else { return }
        switch phase {
        case .answered: break
        case .head, .collecting, .discarding: record?.cut()
        case .streaming, .responding:
            task?.cancel()
            if case .streaming = phase, suspension != .body { record?.cut() }
            if let head { finish(listener.handler.deadlinePassed(head)) }
        }
    }

    /// The server ends now: whoever works is told, and the connection gets an answer or is cut.
    func abandon() {
        task?.cancel()
        record?.cut()
        isOver = true
        if suspension == .answer || suspension == .body { resume() }
        stream?.finish(.cutShort)
        responseStream?.abort()
    }

    private func queue(_ answer: HTTPResponse) -> MHD_Result {
        phase = .answered
        kept = answer.kept
        let made: OpaquePointer?
        switch answer.body {
        case .bytes(let bytes):
            unsafe made = HTTPResponseWriter.make(bytes, answer.headers)
        case .stream(let write):
            let stream = unsafe ResponseStream(listener: listener, connection: connection)
            responseStream = stream
            unsafe made = HTTPResponseWriter.make(stream, answer.headers)
            stream.run(write)
        case .cut:
            record?.cut()
            return .NO
        }
        guard let raw = unsafe made else { return .NO }
        if closes || listener.isDraining { _ = unsafe MHD_add_response_header(raw, "Connection", "close") }
        let result = unsafe MHD_queue_response(connection, UInt32(answer.status.code), raw)
        // The connection holds the response from here on.
        unsafe MHD_destroy_response(raw)
        response = nil
        return result
    }

    private func suspend(_ reason: Suspension) {
        suspension = reason
        unsafe MHD_suspend_connection(connection)
    }

    private func resume() {
        suspension = .none
        unsafe MHD_resume_connection(connection)
        listener.markDirty()
    }
}
