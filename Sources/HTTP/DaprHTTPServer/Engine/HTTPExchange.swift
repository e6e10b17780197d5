internal import CDaprMicrohttpd
import DaprEventLoop
import DaprHTTP
import Glibc

/// One request and its answer, from the request line to the last byte.
///
/// Used on the listener's loop only, which makes `@unchecked Sendable` true. Tasks hand their answer over to that loop.
@safe
final class HTTPExchange: @unchecked Sendable {
    let listener: HTTPListener
    let record: HTTPConnection?
    let connection: OpaquePointer
    /// `nil` when the bytes sent are not UTF-8.
    private let target: String?
    /// The bounds of the target in libmicrohttpd's buffer; compared once with the end of the method and the start of
    /// the version.
    private let targetStart: UnsafePointer<CChar>
    private let targetEnd: UnsafePointer<CChar>
    let began: MonotonicTime

    var phase = Phase.head
    var head: HTTPRequest?
    /// The handler's decision, when it did not decide at once.
    var decision: HTTPAcceptance?
    private var body: [UInt8] = []
    private var bodyLimit = 0
    private(set) var bodyCount = 0
    /// When the last piece of a streamed body arrived, or when reading went on after a pause.
    private(set) var lastPiece = MonotonicTime(nanoseconds: 0)
    var stream: HTTPBodyStream?
    var response: HTTPResponse?
    weak var responseStream: ResponseStream?
    var closes = false
    var task: Task<Void, Never>?
    var suspension = Suspension.none
    var isOver = false
    /// Whether who counts knows the answer.
    var isTold = false
    private var countsAsInFlight = false
    /// When a long answer was handed to libmicrohttpd, and its bytes as the listener counts them; unset for short
    /// answers.
    var queued = MonotonicTime(nanoseconds: 0)
    var held = 0
    /// Whatever the answer asks to be kept until it is sent.
    var kept: (any AnyObject & Sendable)?

    /// The most bytes of a body to discard so that the client comes to read an answer that is known already.
    private static let discardLimit = 8 << 20

    /// The most items in a query; libmicrohttpd parses each, and has memory for only a few more.
    private static let itemLimit = 200

    enum Phase {
        /// The head has not been read.
        case head
        /// The handler has not decided on the head yet; the body is framed as given.
        case deciding(BodyFraming)
        case collecting(HTTPResponder)
        case streaming
        /// The rest of the body is discarded; the answer follows it.
        case discarding
        /// The body is complete and the responder works.
        case responding
        /// The answer is with libmicrohttpd.
        case answered
    }

    enum Suspension {
        case none
        /// Not suspended yet: most late answers arrive within the same turn of the loop, in which libmicrohttpd asks
        /// again.
        ///
        /// A suspension would cost two system calls.
        case askedOnce
        /// Until the handler has decided on the head.
        case decision
        /// Until there is an answer.
        case answer
        /// Until the consumer of a streamed body has caught up.
        case body
        /// Until bytes come: see ``StallWatch``.
        case parked
    }

    init(listener: HTTPListener, connection: OpaquePointer, target: UnsafePointer<CChar>) {
        self.listener = listener
        began = listener.loop.now
        unsafe self.connection = unsafe connection
        let length = unsafe strlen(target)
        unsafe targetStart = unsafe target
        unsafe targetEnd = unsafe target + length
        self.target = unsafe String(validatingCString: target)
        if let raw = unsafe cmhd_socket_context(connection) {
            record = unsafe Unmanaged<HTTPConnection>.fromOpaque(raw).takeUnretainedValue()
        } else {
            record = nil
        }
        record?.exchange = self
        listener.calls &+= 1
        isOver = record?.isCut ?? false
        // If libmicrohttpd ran out of memory for the items, it would neither answer nor close.
        if length > HTTPExchange.itemLimit, unsafe cmhd_count_items(target, length) > HTTPExchange.itemLimit {
            cut(saying: .tooManyItems(limit: HTTPExchange.itemLimit))
        }
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
        listener.calls &+= 1
        // The server has ended the request, so it must not be suspended again.
        if isOver { return .NO }
        switch phase {
        case .head: return unsafe begin(method: method, version: version)
        case .deciding(let framing): return actOnDecision(framing)
        case .collecting, .streaming, .discarding, .responding, .answered: break
        }
        if unsafe size.pointee > 0 {
            let piece = unsafe UnsafeRawBufferPointer(start: upload, count: size.pointee)
            let goesOn = unsafe take(piece)
            unsafe size.pointee = 0
            return goesOn ? .YES : .NO
        }
        return bodyEnded()
    }

    func completed(fully: Bool) {
        listener.calls &+= 1
        isOver = true
        if held > 0 { listener.answerBytes -= letGo() }
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

    /// Ends the request when its connection is gone but libmicrohttpd, out of memory for cookies, did not report its
    /// end.
    func forgotten() {
        completed(fully: false)
        // Releases what `HTTPCallbacks.completed` would have consumed.
        unsafe Unmanaged.passUnretained(self).release()
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
                targetStart: targetStart,
                targetEnd: targetEnd,
                limit: listener.configuration.headLimit,
                arrival: HTTPRequest.Arrival(peer: record?.peer, waited: listener.loop.longestWait)
            ).read(method: method, version: version)
        } catch {
            closes = true
            return queue(answer(to: error))
        }
        self.head = head
        // libmicrohttpd accepts bare line feeds between chunks and does not report them, so a proxy may see the body
        // end elsewhere. Closing keeps the bytes behind it from being served as a second request.
        if framing.isChunked { closes = true }
        return act(on: listener.handler.accept(head), head, framing)
    }

    func act(on acceptance: HTTPAcceptance, _ head: HTTPRequest, _ framing: BodyFraming) -> MHD_Result {
        switch acceptance {
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
            lastPiece = listener.loop.now
            let stream = HTTPBodyStream(onDrained: { [weak self] in self?.streamDrained() })
            self.stream = stream
            phase = .streaming
            var request = head
            request.bodyStream = stream
            run(responder, request)
            return .YES
        case .later(let decide):
            phase = .deciding(framing)
            decideLater(decide)
            return actOnDecision(framing)
        }
    }

    /// Answers before the body is read.
    ///
    /// A short body is read first, so that the connection can be kept and the client is not cut off while it writes. A
    /// client that waits for `100 Continue` is spared the upload.
    private func answerUnread(_ response: HTTPResponse, _ framing: BodyFraming) -> MHD_Result {
        guard framing.hasBody else {
            // libmicrohttpd would take an answer queued now for one that precedes the body, and close the connection.
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

    /// Takes a piece of the body; `false` cuts the connection.
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
            lastPiece = listener.loop.now
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
        case .head, .deciding, .responding, .answered:
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
        case .head, .deciding, .responding, .answered:
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

    /// The consumer of the body has caught up; called on whichever thread it reads from.
    private func streamDrained() {
        if listener.loop.isCurrent {
            goOn()
        } else {
            listener.loop.submit { [self] in goOn() }
        }
    }

    private func goOn() {
        guard suspension == .body else { return }
        lastPiece = listener.loop.now
        resume()
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

    func finish(_ answer: HTTPResponse) {
        task = nil
        // Nobody waits any more.
        if isOver { tell(answer) }
        guard response == nil, !isOver else { return }
        response = answer
        switch suspension {
        case .none: break
        case .askedOnce: listener.markDirty()
        case .answer, .body: resume()
        // A responder cannot have answered a head that is still undecided.
        case .decision, .parked: break
        }
    }

    /// Whether the request waits unsuspended; if it did for long, libmicrohttpd would close the silent connection.
    var shouldBeSuspended: Bool { suspension == .askedOnce }

    /// Whether more of the request is still to arrive, so that a client that has left cannot get an answer.
    var awaitsRequest: Bool {
        switch phase {
        case .head, .collecting, .discarding: true
        case .streaming: suspension != .body
        case .deciding, .responding, .answered: false
        }
    }
}
