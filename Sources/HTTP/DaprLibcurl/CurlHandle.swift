internal import CDaprCurl
import DaprEventLoop
import DaprText

/// An easy handle with its buffers, reused for one call after another, on its driver's loop only.
@safe
final class CurlHandle {
    /// The settings that a handle gets once.
    @safe
    struct Configuration {
        /// The unix domain socket of every call; `nil` for TCP.
        var unixSocketPath: String?
        /// The file of certificate authorities to trust for https; `nil` for the system's.
        var certificateAuthorities: String?
        /// Called instead of `close` for each of the handle's sockets.
        var onClose: curl_closesocket_callback
        /// The argument of `onClose`.
        var onCloseData: UnsafeMutableRawPointer
    }

    private(set) var raw: UnsafeMutableRawPointer
    private let configuration: Configuration
    private var isUsed = false
    private let exchange: UnsafeMutablePointer<ccurl_exchange>
    private let errorText: UnsafeMutablePointer<CChar>
    /// The call in flight.
    var transfer: CurlTransfer?

    /// Creates a handle with the options that never change.
    ///
    /// - Throws: ``CurlError/failed(_:)`` when there is no memory or libcurl lacks an option.
    init(_ configuration: Configuration) throws(CurlError) {
        guard let raw = unsafe curl_easy_init() else { throw .failed("curl_easy_init: out of memory") }
        guard let exchange = unsafe calloc(1, MemoryLayout<ccurl_exchange>.size) else {
            unsafe curl_easy_cleanup(raw)
            throw .failed("out of memory")
        }
        unsafe self.raw = unsafe raw
        self.configuration = configuration
        unsafe self.exchange = unsafe exchange.bindMemory(to: ccurl_exchange.self, capacity: 1)
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        try unsafe prepare(raw)
    }

    private func prepare(_ raw: UnsafeMutableRawPointer) throws(CurlError) {
        let code = unsafe ccurl_prepare(
            raw,
            exchange,
            configuration.unixSocketPath,
            configuration.certificateAuthorities,
            configuration.onClose,
            configuration.onCloseData
        )
        guard code == CURLE_OK else { throw .failed("curl_easy_setopt: \(text(of: code))") }
        _ = unsafe ccurl_set_error_buffer(raw, errorText)
        // Unretained, because the driver holds the handle until it is shut down.
        _ = unsafe ccurl_set_private(raw, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Replaces the easy handle where reusing one is not safe.
    private func renew() throws(CurlError) {
        guard let fresh = unsafe curl_easy_init() else { throw .failed("curl_easy_init: out of memory") }
        do throws(CurlError) {
            try unsafe prepare(fresh)
        } catch {
            unsafe curl_easy_cleanup(fresh)
            throw error
        }
        unsafe curl_easy_cleanup(raw)
        unsafe raw = unsafe fresh
    }

    deinit {
        // Clean-up may write to the error buffer and closes the handle's own sockets, so the buffers are freed last.
        unsafe curl_easy_cleanup(raw)
        unsafe ccurl_exchange_free(exchange)
        unsafe errorText.deallocate()
    }

    /// Prepares the handle for the request.
    func load(_ request: CurlRequest) throws(CurlError) {
        if isUsed, handlesAreForOneAnswer { try renew() }
        isUsed = true
        var method = request.method
        guard method.withUTF8({ unsafe ccurl_is_token($0.baseAddress, $0.count) }) != 0 else {
            throw .invalidRequest("the method is no token of letters")
        }
        var url = request.url
        var target = request.target
        let kept = url.withUTF8 { url in
            target.withUTF8 { target in
                unsafe ccurl_set_url(exchange, url.baseAddress, url.count, target.baseAddress, target.count)
            }
        }
        guard kept != 0 else { throw .failed("out of memory") }
        guard kept != -2 else { throw .invalidRequest("the URL does not begin with http:// or https://") }
        guard kept > 0 else {
            throw .invalidRequest(
                "the URL has a space or control character, or its target a # or no slash in front; percent-encode it"
            )
        }
        unsafe ccurl_exchange_reset(exchange, max(0, request.maximumBodyBytes), request.mayRepeat ? 1 : 0)
        unsafe errorText.pointee = 0
        if let body = request.body {
            let copied = unsafe body.withUnsafeBytes {
                unsafe ccurl_set_request_body(exchange, $0.baseAddress, $0.count)
            }
            guard copied != 0 else { throw .failed("out of memory") }
        }
        var namesType = false
        for (name, value) in request.headers {
            var name = name
            var value = value
            namesType = namesType || CurlHandle.isContentType(name)
            let added = add(&name, &value)
            switch added {
            case 1: break
            case -1: throw .invalidRequest("the header name \"\(name)\" has a character that names cannot have")
            case -2: throw .invalidRequest("the value of header \(name) has a line break or NUL")
            default: throw .failed("out of memory")
            }
        }
        if request.body != nil || request.method == "POST" {
            // By default libcurl waits for 100 Continue before a long body, and declares any body a form.
            var removed = unsafe ccurl_remove_header(exchange, "Expect")
            if !namesType { removed &= unsafe ccurl_remove_header(exchange, "Content-Type") }
            guard removed != 0 else { throw .failed("out of memory") }
        }
        let code = unsafe ccurl_load(
            raw,
            exchange,
            request.method,
            request.body == nil ? 0 : 1,
            milliseconds(request.timeout),
            milliseconds(request.connectTimeout)
        )
        guard code == CURLE_OK else { throw .invalidRequest(text(of: code)) }
    }

    private static func isContentType(_ name: String) -> Bool {
        guard name.utf8.count == 12 else { return false }
        return name.utf8.elementsEqual("content-type".utf8) { $0 | 0x20 == $1 }
    }

    /// Adds a header field; returns the result of `ccurl_add_header`.
    private func add(_ name: inout String, _ value: inout String) -> CInt {
        name.withUTF8 { name in
            let added: CInt? = value.withUTF8 { value in
                // Most values are ASCII, which needs no copy.
                guard unsafe ccurl_is_ascii(value.baseAddress, value.count) != 0 else { return nil }
                return unsafe ccurl_add_header(exchange, name.baseAddress, name.count, value.baseAddress, value.count)
            }
            if let added { return added }
            return unsafe HeaderText.bytes(value).withUnsafeBufferPointer {
                unsafe ccurl_add_header(exchange, name.baseAddress, name.count, $0.baseAddress, $0.count)
            }
        }
    }

    /// The outcome of a finished transfer.
    func outcome(_ code: CURLcode, of request: CurlRequest) -> CurlTransfer.Outcome {
        if code == CURLE_OK {
            let x = unsafe exchange.pointee
            // libcurl accepts the end of the connection as the end of an incomplete head.
            guard unsafe x.is_past_head != 0 else {
                return .failure(.connectionLost("the head of the answer was cut short"))
            }
            return .success(
                CurlResponse(
                    status: unsafe Int(ccurl_status(raw)),
                    head: unsafe Array(UnsafeRawBufferPointer(start: x.head, count: x.head_length)),
                    body: unsafe Array(UnsafeRawBufferPointer(start: x.body, count: x.length))
                )
            )
        }
        let detail = unsafe errorText.pointee == 0 ? text(of: code) : String(cString: errorText)
        switch code {
        case CURLE_WRITE_ERROR where unsafe exchange.pointee.over_limit != 0:
            return .failure(.bodyTooLarge(limit: request.maximumBodyBytes))
        case CURLE_OPERATION_TIMEDOUT:
            return .failure(.timedOut(requestSent: requestSent))
        // An invalid answer can have the same codes.
        case CURLE_URL_MALFORMAT where !requestSent, CURLE_UNSUPPORTED_PROTOCOL where !requestSent,
            CURLE_BAD_FUNCTION_ARGUMENT where !requestSent:
            return .failure(.invalidRequest(detail))
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
            return .failure(.untrusted(detail))
        case CURLE_ABORTED_BY_CALLBACK:
            return .failure(.connectionLost("a kept connection was closed before the answer"))
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE:
            return .failure(.connectionLost(detail))
        default:
            return .failure(requestSent ? .failed(detail) : .unreachable(detail))
        }
    }

    /// Whether libcurl has begun to send the request.
    var requestSent: Bool { unsafe exchange.pointee.attempts > 0 }
}

/// At least 1, because libcurl takes 0 for no limit; at most a number that leaves room to add in its `long`.
private func milliseconds(_ duration: Duration) -> Int {
    let (seconds, attoseconds) = duration.components
    guard seconds < 1_000_000_000 else { return 1_000_000_000_000 }
    guard seconds >= 0 else { return 1 }
    return max(1, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
}

func text(of code: CURLcode) -> String {
    unsafe curl_easy_strerror(code).map { unsafe String(cString: $0) } ?? "libcurl error \(code.rawValue)"
}

/// Whether an answer can corrupt a handle that has received one before.
///
/// Until 8.1 a handle keeps a pointer to the last header of the previous answer, even after that is freed. A first
/// header line that begins with a blank is then taken for a continuation of it: a peer could corrupt the memory of this
/// process. https://github.com/curl/curl/pull/11103
private let handlesAreForOneAnswer = ccurl_version_number() < 0x08_02_00
