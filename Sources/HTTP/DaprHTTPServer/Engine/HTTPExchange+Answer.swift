internal import CDaprMicrohttpd
import DaprEventLoop
import DaprHTTP

/// Hands answers to libmicrohttpd, and ends requests that libmicrohttpd cannot answer.
extension HTTPExchange {
    /// The size in bytes from which an answer is not copied, and counts against the listener's limit.
    private static let longAnswer = 64 << 10

    func queue(_ answer: HTTPResponse) -> MHD_Result {
        phase = .answered
        tell(answer)
        kept = answer.kept
        let made: OpaquePointer?
        switch answer.body {
        case .bytes(let bytes) where bytes.count >= HTTPExchange.longAnswer:
            guard listener.makeRoom(for: bytes.count) else {
                closes = true
                return queue(self.answer(to: .busy))
            }
            held = bytes.count
            queued = listener.loop.now
            listener.answerBytes += held
            unsafe made = HTTPResponseWriter.make(lending: bytes, answer.headers)
        case .bytes(let bytes):
            unsafe made = HTTPResponseWriter.make(bytes, answer.headers)
        case .unsent(let length):
            unsafe made =
                head?.method == .head
                ? HTTPResponseWriter.make(unsent: length, answer.headers) : HTTPResponseWriter.make([], answer.headers)
        case .stream(let write):
            let stream = unsafe ResponseStream(listener: listener, connection: connection, pace: answer.pace)
            responseStream = stream
            unsafe made = HTTPResponseWriter.make(stream, answer.headers)
            stream.run(write)
        case .cut:
            cut()
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

    /// Tells who counts of the answer, once.
    func tell(_ answer: HTTPResponse) {
        guard let onAnswer = listener.configuration.onAnswer, let head, !isTold else { return }
        isTold = true
        onAnswer(head, bodyCount, answer, MonotonicTime.now - began)
    }

    /// The answer to a request that the engine refuses, in the handler's words if it has some.
    func answer(to fault: HeadFault) -> HTTPResponse { listener.handler.refused(fault, head) ?? fault.response }

    /// Stops counting the bytes of a long answer.
    ///
    /// - Returns: The bytes that were counted.
    func letGo() -> Int {
        defer { held = 0 }
        return held
    }

    /// Whether the whole head is there but was not passed on yet, which lasts only while libmicrohttpd works on it.
    var hasUnseenHead: Bool {
        guard case .head = phase, !isOver else { return false }
        return unsafe cmhd_head_size(connection) > 0
    }

    /// Refuses the request where libmicrohttpd cannot answer any more, and ends its connection.
    func cut(saying fault: HeadFault) {
        if !isOver { cut(answering: answer(to: fault)) }
    }

    /// Ends the request and its connection.
    ///
    /// - Parameter answer: What is sent first, past libmicrohttpd; `nil` for nothing.
    func cut(answering answer: HTTPResponse? = nil) {
        guard !isOver else { return }
        isOver = true
        if let answer { record?.say(answer.whole) }
        record?.cut()
        responseStream?.abort()
        if isSuspended { resume() }
        listener.markDirty()
    }

    /// Cancels the responder and cuts the connection, because the server stops.
    func abandon() {
        task?.cancel()
        cut()
        stream?.finish(.cutShort)
    }
}
