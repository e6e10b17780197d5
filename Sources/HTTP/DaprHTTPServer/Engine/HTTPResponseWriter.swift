internal import CDaprMicrohttpd
import DaprEventLoop
import DaprHTTP
import Synchronization

/// Turns answers into libmicrohttpd responses.
enum HTTPResponseWriter {
    /// A response with `bytes` as its body, which the caller owns; `nil` when there is no memory for it.
    static func make(_ bytes: [UInt8], _ headers: HTTPHeaders) -> OpaquePointer? {
        unsafe withHeaders(
            headers,
            bytes.withUnsafeBytes {
                // libmicrohttpd copies the bytes and does not write to them.
                unsafe MHD_create_response_from_buffer(
                    $0.count,
                    UnsafeMutableRawPointer(mutating: $0.baseAddress),
                    .RESPMEM_MUST_COPY
                )
            }
        )
    }

    /// A response that reads `bytes` in place and holds them until it is sent.
    ///
    /// A copy would have to live just as long.
    static func make(lending bytes: [UInt8], _ headers: HTTPHeaders) -> OpaquePointer? {
        let loan = LentBytes(bytes)
        // The free callback consumes the retain when libmicrohttpd destroys the response.
        let held = unsafe Unmanaged.passRetained(loan)
        let response = unsafe MHD_create_response_from_buffer_with_free_callback_cls(
            bytes.count,
            loan.start,
            LentBytes.release,
            held.toOpaque()
        )
        guard let response = unsafe response else {
            unsafe held.release()
            return nil
        }
        return unsafe withHeaders(headers, response)
    }

    /// A response to HEAD with the `Content-Length` of a body that is not there, or without one when `length` is `nil`.
    static func make(unsent length: Int?, _ headers: HTTPHeaders) -> OpaquePointer? {
        // libmicrohttpd never reads the body of an answer to HEAD, so the callback is not called.
        unsafe withHeaders(
            headers,
            MHD_create_response_from_callback(
                length.map { UInt64(clamping: $0) } ?? UInt64.max,
                1,
                { _, _, _, _ in endOfStream },
                nil,
                nil
            )
        )
    }

    /// A response that sends the stream's pieces, chunked.
    static func make(_ stream: ResponseStream, _ headers: HTTPHeaders) -> OpaquePointer? {
        // The length is MHD_SIZE_UNKNOWN. The free callback consumes the retain.
        unsafe withHeaders(
            headers,
            MHD_create_response_from_callback(
                UInt64.max,
                // The buffer is held as long as the answer is; a stream that lasts seldom has much to send at once.
                stream.pace == .any ? 2 << 10 : 16 << 10,
                ResponseStream.reader,
                Unmanaged.passRetained(stream).toOpaque(),
                ResponseStream.release
            )
        )
    }

    private static func withHeaders(_ headers: HTTPHeaders, _ response: OpaquePointer?) -> OpaquePointer? {
        guard let response = unsafe response else { return nil }
        for place in headers.fields.indices {
            // Read in place: a copy of each field would cost a retain and a release.
            let name = headers.fields[place].name.utf8Span.span
            let value = headers.fields[place].value.utf8Span.span
            unsafe name.withUnsafeBytes { name in
                unsafe value.withUnsafeBytes { value in
                    _ = unsafe cmhd_add_header(
                        response,
                        name.baseAddress?.assumingMemoryBound(to: CChar.self),
                        name.count,
                        value.baseAddress?.assumingMemoryBound(to: CChar.self),
                        value.count
                    )
                }
            }
        }
        return unsafe response
    }
}

/// Holds the bytes of an answer while libmicrohttpd reads them.
@safe
private final class LentBytes {
    private let bytes: [UInt8]
    /// The array's bytes do not move as long as somebody holds the array and nobody changes it.
    let start: UnsafeMutableRawPointer?

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        unsafe start = bytes.withUnsafeBytes { unsafe UnsafeMutableRawPointer(mutating: $0.baseAddress) }
    }

    static let release: MHD_ContentReaderFreeCallback = { loan in
        // Consumes the retain made for the response.
        if let loan = unsafe loan { unsafe Unmanaged<LentBytes>.fromOpaque(loan).release() }
    }
}

/// Passes the pieces of a streamed answer from the task that writes them to libmicrohttpd.
///
/// Everything runs on the listener's loop, which makes `@unchecked Sendable` true.
@safe
final class ResponseStream: @unchecked Sendable {
    private let listener: HTTPListener
    private let connection: OpaquePointer
    let pace: HTTPResponse.Pace
    /// Whether the client is cut because it was too slow; read by the task that writes.
    private let isSlow = Atomic(false)
    private var waiting: [UInt8] = []
    private var position = 0
    private var end: End?
    private var isSuspended = false
    private var isReleased = false
    private var writer: CheckedContinuation<Bool, Never>?
    private var task: Task<Void, Never>?

    private enum End {
        case complete
        case failed
    }

    init(listener: HTTPListener, connection: OpaquePointer, pace: HTTPResponse.Pace) {
        self.listener = listener
        self.pace = pace
        unsafe self.connection = unsafe connection
    }

    func run(_ write: @escaping @Sendable (HTTPBodyWriter) async throws -> Void) {
        task = Task(executorPreference: listener.loop) { [self] in
            var outcome = End.complete
            do {
                let writer = HTTPBodyWriter(isSlow: { self.isSlow.load(ordering: .relaxed) }) {
                    try await self.push($0)
                }
                try await write(writer)
            } catch {
                outcome = .failed
            }
            let end = outcome
            await onLoop { self.finish(end) }
        }
    }

    private func push(_ piece: [UInt8]) async throws {
        let taken = await withCheckedContinuation { continuation in
            if listener.loop.isCurrent {
                add(piece, continuation)
            } else {
                listener.loop.submit { self.add(piece, continuation) }
            }
        }
        guard taken else { throw CancellationError() }
    }

    private func add(_ piece: [UInt8], _ continuation: CheckedContinuation<Bool, Never>) {
        guard !isReleased, end == nil else { return continuation.resume(returning: false) }
        waiting.append(contentsOf: piece)
        wake()
        if waiting.count - position < 64 << 10 {
            continuation.resume(returning: true)
        } else {
            writer = continuation
        }
    }

    private func finish(_ outcome: End) {
        guard end == nil else { return }
        end = outcome
        if !isReleased { wake() }
    }

    private func wake() {
        guard isSuspended else { return }
        isSuspended = false
        unsafe MHD_resume_connection(connection)
        listener.markDirty()
    }

    private func onLoop(_ work: @escaping @Sendable () -> Void) async {
        if listener.loop.isCurrent { work() } else { listener.loop.submit(work) }
    }

    /// Copies the waiting bytes, or suspends the connection until there are some.
    private func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, waiting.count - position)
        if count > 0 {
            unsafe waiting[position..<(position + count)].withUnsafeBytes { unsafe buffer.copyMemory(from: $0) }
            position += count
            if position == waiting.count {
                waiting.removeAll(keepingCapacity: true)
                position = 0
                writer?.resume(returning: true)
                writer = nil
            }
            return count
        }
        switch end {
        case .complete: return Int(endOfStream)
        case .failed:
            // libmicrohttpd closes the connection only in its next run, so trigger one.
            listener.markDirty()
            return Int(endWithError)
        case nil:
            isSuspended = true
            unsafe MHD_suspend_connection(connection)
            return 0
        }
    }

    /// Notes that the client is cut because it was too slow.
    func noteSlow() { isSlow.store(true, ordering: .relaxed) }

    /// Cuts the body short, because the server ends the request.
    func abort() {
        finish(.failed)
        task?.cancel()
    }

    private func released() {
        isReleased = true
        task?.cancel()
        writer?.resume(returning: false)
        writer = nil
    }

    static let reader: MHD_ContentReaderCallback = { stream, _, buffer, count in
        guard let stream = unsafe stream, let buffer = unsafe buffer else {
            return Int(endWithError)
        }
        return unsafe Unmanaged<ResponseStream>.fromOpaque(stream).takeUnretainedValue().read(
            into: UnsafeMutableRawBufferPointer(start: buffer, count: count)
        )
    }

    static let release: MHD_ContentReaderFreeCallback = { stream in
        // Consumes the retain made for the response.
        if let stream = unsafe stream {
            unsafe Unmanaged<ResponseStream>.fromOpaque(stream).takeRetainedValue().released()
        }
    }
}

// MHD_CONTENT_READER_END_OF_STREAM and …_WITH_ERROR are casts of -1 and -2, which Swift does not import.
private let endOfStream = -1
private let endWithError = -2
