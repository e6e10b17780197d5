internal import CMicrohttpd
import EventLoop
import Glibc

/// One loop's part of a server: a libmicrohttpd daemon whose epoll descriptor is in the loop's.
///
/// Everything but `init`, `start`, `drain` and `stop` runs on the loop's thread, which is what makes `@unchecked Sendable`
/// true. libmicrohttpd keeps pointers to the listener: the loop retains it until `stop`.
@safe
final class HTTPListener: DescriptorHandler, LoopSource, @unchecked Sendable {
    let configuration: HTTPServer.Configuration
    let handler: any HTTPHandler
    let loop: EventLoop
    private var daemon: OpaquePointer?
    private var options: UnsafeMutablePointer<cmhd_options>?
    private var isDirty = false
    private var connections: [ObjectIdentifier: HTTPConnection] = [:]
    /// Requests whose head was accepted and whose answer is not out.
    private(set) var inFlight = 0
    private var lastActivity = MonotonicTime.now
    private(set) var isDraining = false
    private var timerSetFor: MonotonicTime?
    private lazy var timer = LoopTimer { [unowned self] in
        timerSetFor = nil
        markDirty()
    }
    private lazy var sweep = LoopTimer { [unowned self] in sweepConnections() }

    init(_ configuration: HTTPServer.Configuration, handler: any HTTPHandler, on loop: EventLoop) {
        self.configuration = configuration
        self.handler = handler
        self.loop = loop
    }

    // MARK: Any thread

    /// Takes the listening socket over; `false` when libmicrohttpd does not start on it.
    func start(on socket: CInt) async -> Bool {
        await withCheckedContinuation { done in
            loop.submit { [self] in done.resume(returning: open(socket)) }
        }
    }

    func drain(within deadline: Duration) async {
        await withCheckedContinuation { done in
            loop.submit { [self] in beginDrain(until: MonotonicTime.now + deadline) { done.resume() } }
        }
    }

    func stop() async {
        await withCheckedContinuation { done in
            loop.submit { [self] in
                close()
                done.resume()
            }
        }
    }

    // MARK: Loop thread

    private func open(_ socket: CInt) -> Bool {
        let options = UnsafeMutablePointer<cmhd_options>.allocate(capacity: 1)
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe options.initialize(
            to: cmhd_options(
                listen_socket: socket,
                connection_limit: UInt32(clamping: max(1, configuration.connectionLimit)),
                idle_timeout_seconds: UInt32(clamping: max(1, configuration.idleTimeout.components.seconds)),
                // The head is read into half of the memory; the rest is for what libmicrohttpd notes of it.
                connection_memory: max(4096, configuration.headLimit) * 2 + 2048,
                context: context,
                access: accessCallback,
                uri: uriCallback,
                completed: completedCallback,
                connection: connectionCallback,
                log: logCallback
            )
        )
        unsafe self.options = options
        guard let daemon = unsafe cmhd_start(options) else {
            Glibc.close(socket)
            unsafe options.deallocate()
            unsafe self.options = nil
            return false
        }
        unsafe self.daemon = daemon
        loop.retain(self)
        do {
            try unsafe loop.register(cmhd_epoll(daemon), for: .readable, self)
        } catch {
            close()
            return false
        }
        loop.set(sweep, after: .milliseconds(500))
        return true
    }

    private func beginDrain(until deadline: MonotonicTime, _ done: @escaping () -> Void) {
        guard let daemon = unsafe daemon else { return done() }
        isDraining = true
        // What the system has accepted for us is taken before the socket closes.
        unsafe MHD_run(daemon)
        let socket = unsafe MHD_quiesce_daemon(daemon)
        if socket >= 0 { Glibc.close(socket) }
        markDirty()
        lastActivity = .now
        let check = CheckBox()
        check.timer = LoopTimer { [self] in
            let now = MonotonicTime.now
            // Idle connections get a moment: a request may be on its way on them.
            let quiet = inFlight == 0 && now - lastActivity > .milliseconds(150)
            if connections.isEmpty || quiet || now >= deadline {
                check.timer = nil
                done()
            } else if let timer = check.timer {
                loop.set(timer, after: .milliseconds(10))
            }
        }
        if let timer = check.timer { loop.set(timer, after: .zero) }
    }

    private func close() {
        guard let daemon = unsafe daemon else { return }
        for connection in connections.values { connection.exchange?.abandon() }
        unsafe MHD_run(daemon)
        unsafe loop.unregister(cmhd_epoll(daemon))
        unsafe MHD_stop_daemon(daemon)
        unsafe self.daemon = nil
        unsafe options?.deallocate()
        unsafe options = nil
        loop.cancel(timer)
        loop.cancel(sweep)
        loop.release(self)
    }

    func descriptorIsReady(_ descriptor: CInt, _ events: DescriptorEvents) {
        runPending()
    }

    func runPending() {
        isDirty = false
        guard let daemon = unsafe daemon else { return }
        unsafe MHD_run(daemon)
        let milliseconds = unsafe cmhd_timeout(daemon)
        guard milliseconds >= 0 else { return }
        if milliseconds == 0 {
            markDirty()
            return
        }
        let due = loop.now + .milliseconds(milliseconds)
        if let timerSetFor, timerSetFor <= due { return }
        timerSetFor = due
        loop.set(timer, after: .milliseconds(milliseconds))
    }

    /// Has libmicrohttpd run before the loop waits again: something was resumed.
    func markDirty() {
        guard !isDirty else { return }
        isDirty = true
        loop.markDirty(self)
    }

    func exchangeBegan() {
        inFlight += 1
        lastActivity = loop.now
    }

    func exchangeEnded() {
        inFlight -= 1
        lastActivity = loop.now
    }

    func connected(_ connection: HTTPConnection) {
        connections[ObjectIdentifier(connection)] = connection
    }

    func disconnected(_ connection: HTTPConnection) {
        connections[ObjectIdentifier(connection)] = nil
        // Out of descriptors, libmicrohttpd stops listening. That a connection ended it heeds in its next run, which nothing else may cause.
        markDirty()
    }

    /// Ends what takes too long: heads and bodies that drip, responders that do not come to an end.
    private func sweepConnections() {
        let now = MonotonicTime.now
        for connection in connections.values {
            // Edge-triggered, libmicrohttpd takes a short read for the end of what is there, and misses an end that came with it.
            if connection.exchange?.awaitsRequest ?? true, connection.hasBeenLeft {
                connection.cut()
                continue
            }
            if let exchange = connection.exchange {
                exchange.checkDeadline(now)
                if exchange.shouldBeSuspended { markDirty() }
                continue
            }
            // libmicrohttpd closes a silent connection; one that drips a byte at a time it waits for without end.
            let patience =
                connection.hasServed
                ? configuration.idleTimeout + configuration.headDeadline : configuration.headDeadline
            if now - connection.since > patience { connection.cut() }
        }
        loop.set(sweep, after: .milliseconds(500))
    }

    private final class CheckBox {
        var timer: LoopTimer?
    }
}

/// A client's connection, from accept to close.
@safe
final class HTTPConnection {
    private let socket: CInt
    /// When the connection was accepted, or its last request was over.
    var since = MonotonicTime.now
    var hasServed = false
    /// The request that is being read or answered; it takes itself out when it is over.
    var exchange: HTTPExchange?

    init(socket: CInt) { self.socket = socket }

    /// Whether the client has closed its side and all it sent was read.
    var hasBeenLeft: Bool {
        var byte: UInt8 = 0
        guard socket >= 0 else { return false }
        return unsafe recv(socket, &byte, 1, CInt(MSG_PEEK) | CInt(MSG_DONTWAIT)) == 0
    }

    /// Ends the connection for both sides; libmicrohttpd then finds it closed.
    func cut() {
        if socket >= 0 { shutdown(socket, CInt(SHUT_RDWR)) }
    }
}

// MARK: Callbacks

private let accessCallback: MHD_AccessHandlerCallback = { _, connection, _, method, version, upload, size, context in
    guard let raw = unsafe context?.pointee, let size = unsafe size, let connection = unsafe connection else {
        return .NO
    }
    let exchange = unsafe Unmanaged<HTTPExchange>.fromOpaque(raw).takeUnretainedValue()
    return unsafe exchange.access(connection, method: method, version: version, upload: upload, size: size)
}

/// Called with the whole target as sent, before anything else is known; what it returns is the request's context.
private let uriCallback:
    @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?) -> UnsafeMutableRawPointer? = {
        listener,
        uri,
        connection in
        guard let listener = unsafe listener, let uri = unsafe uri, let connection = unsafe connection else {
            return nil
        }
        let exchange = unsafe HTTPExchange(
            listener: Unmanaged<HTTPListener>.fromOpaque(listener).takeUnretainedValue(),
            connection: connection,
            target: uri
        )
        // Consumed by completedCallback, which libmicrohttpd calls once for every request that came this far.
        return unsafe Unmanaged.passRetained(exchange).toOpaque()
    }

private let completedCallback: MHD_RequestCompletedCallback = { _, _, context, why in
    guard let raw = unsafe context?.pointee else { return }
    unsafe context?.pointee = nil
    unsafe Unmanaged<HTTPExchange>.fromOpaque(raw).takeRetainedValue().completed(
        fully: why == .REQUEST_TERMINATED_COMPLETED_OK
    )
}

private let connectionCallback: MHD_NotifyConnectionCallback = { listener, connection, context, what in
    guard let listener = unsafe listener, let context = unsafe context, let connection = unsafe connection else {
        return
    }
    let owner = unsafe Unmanaged<HTTPListener>.fromOpaque(listener).takeUnretainedValue()
    switch what {
    case .CONNECTION_NOTIFY_STARTED:
        let record = unsafe HTTPConnection(socket: cmhd_socket(connection))
        owner.connected(record)
        // Unretained: the listener's table holds it until the connection is closed.
        unsafe context.pointee = unsafe Unmanaged.passUnretained(record).toOpaque()
    case .CONNECTION_NOTIFY_CLOSED:
        guard let raw = unsafe context.pointee else { return }
        unsafe context.pointee = nil
        unsafe owner.disconnected(Unmanaged<HTTPConnection>.fromOpaque(raw).takeUnretainedValue())
    default: break
    }
}

private let logCallback: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?) -> Void = { listener, line in
    guard let listener = unsafe listener, let line = unsafe line else { return }
    let owner = unsafe Unmanaged<HTTPListener>.fromOpaque(listener).takeUnretainedValue()
    unsafe owner.configuration.log(String(cString: line))
}
