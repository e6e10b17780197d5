internal import CDaprMicrohttpd
import DaprEventLoop
import DaprHTTP
import Glibc

/// One loop's part of a server: a libmicrohttpd daemon whose epoll descriptor is registered with the loop.
///
/// Everything but `init`, `start`, `drain` and `stop` runs on the loop's thread, which makes `@unchecked Sendable`
/// true. libmicrohttpd keeps pointers to the listener, so the loop retains it until `stop`.
@safe
final class HTTPListener: DescriptorHandler, LoopSource, @unchecked Sendable {
    let configuration: HTTPServer.Configuration
    let handler: any HTTPHandler
    let loop: EventLoop
    private var daemon: OpaquePointer?
    private var epoll: CInt = -1
    private var options: UnsafeMutablePointer<cmhd_options>?
    private var isDirty = false
    private(set) var connections: [ObjectIdentifier: HTTPConnection] = [:]
    /// Counts connections by address; `nil` when they are not limited.
    private let census: AddressCensus?
    /// Finds connections that make libmicrohttpd run again and again for nothing.
    private lazy var stalls = StallWatch(self)
    /// The number of calls from libmicrohttpd.
    ///
    /// A run that adds none has moved nothing.
    var calls = 0
    /// The bytes of long answers that clients have not taken yet.
    var answerBytes = 0
    /// The number of requests whose head has been received and whose answer is not sent yet.
    private(set) var inFlight = 0
    private var lastActivity = MonotonicTime.now
    private(set) var isDraining = false
    private var timerSetFor: MonotonicTime?
    private lazy var timer = LoopTimer { [unowned self] in
        timerSetFor = nil
        markDirty()
    }
    private lazy var sweep = LoopTimer { [unowned self] in
        sweepConnections()
        setSweep()
    }

    init(
        _ configuration: HTTPServer.Configuration,
        handler: any HTTPHandler,
        on loop: EventLoop,
        census: AddressCensus?
    ) {
        self.configuration = configuration
        self.handler = handler
        self.loop = loop
        self.census = census
    }

    // MARK: Any thread

    /// Takes over the listening socket; `false` when libmicrohttpd does not start on it.
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

    func connectionCount() async -> Int {
        await withCheckedContinuation { done in
            loop.submit { [self] in done.resume(returning: connections.count) }
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
                // libmicrohttpd reads the head into half of the memory. The rest is for its notes on the head.
                connection_memory: max(4096, configuration.headLimit) * 2 + 2048,
                context: context,
                policy: census == nil ? nil : HTTPCallbacks.policy,
                access: HTTPCallbacks.access,
                uri: HTTPCallbacks.uri,
                completed: HTTPCallbacks.completed,
                connection: HTTPCallbacks.connection,
                log: HTTPCallbacks.log
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
        epoll = unsafe cmhd_epoll(daemon)
        loop.retain(self)
        do {
            try loop.register(epoll, for: .readable, self)
        } catch {
            close()
            return false
        }
        setSweep()
        return true
    }

    private func beginDrain(until deadline: MonotonicTime, _ done: @escaping () -> Void) {
        guard let daemon = unsafe daemon else { return done() }
        isDraining = true
        // Before the socket closes, take the connections that the system has already accepted.
        unsafe MHD_run(daemon)
        let socket = unsafe MHD_quiesce_daemon(daemon)
        if socket >= 0 { Glibc.close(socket) }
        markDirty()
        lastActivity = .now
        let check = CheckBox()
        check.timer = LoopTimer { [self] in
            let now = MonotonicTime.now
            // Idle connections get a moment, because a request may already be on its way.
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
        loop.unregister(epoll)
        unsafe MHD_stop_daemon(daemon)
        unsafe self.daemon = nil
        unsafe options?.deallocate()
        unsafe options = nil
        loop.cancel(timer)
        loop.cancel(sweep)
        stalls.stop()
        loop.release(self)
    }

    func descriptorIsReady(_ descriptor: CInt, _ events: DescriptorEvents) {
        runPending()
    }

    func runPending() {
        isDirty = false
        guard let daemon = unsafe daemon else { return }
        let before = calls
        unsafe MHD_run(daemon)
        let milliseconds = unsafe cmhd_timeout(daemon)
        if milliseconds == 0 {
            if stalls.mayRunAtOnce(hasMoved: calls != before) {
                markDirty()
            } else {
                run(after: StallWatch.pause)
            }
            return
        }
        stalls.hasRest()
        if milliseconds > 0 { run(after: .milliseconds(milliseconds)) }
    }

    private func run(after delay: Duration) {
        let due = loop.now + delay
        if let timerSetFor, timerSetFor <= due { return }
        timerSetFor = due
        loop.set(timer, after: delay)
    }

    /// Has libmicrohttpd run before the loop waits again, because something was resumed or cut.
    func markDirty() {
        guard !isDirty else { return }
        isDirty = true
        loop.markDirty(self)
    }

    private func setSweep() { loop.set(sweep, after: .milliseconds(500)) }

    func exchangeBegan() {
        inFlight += 1
        lastActivity = loop.now
    }

    func exchangeEnded() {
        inFlight -= 1
        lastActivity = loop.now
    }

    func hasRoom(for peer: cmhd_address) -> Bool {
        guard let census, let client = census.counted(IPAddress(peer)) else { return true }
        return census.hasRoom(for: client)
    }

    func connected(_ raw: OpaquePointer) -> HTTPConnection {
        calls &+= 1
        var address = cmhd_address()
        let peer = unsafe cmhd_client(raw, &address) != 0 ? IPAddress(address) : nil
        let counted = peer.flatMap { census?.counted($0) }
        if let counted { census?.entered(counted) }
        let connection = unsafe HTTPConnection(
            raw,
            socket: cmhd_socket(raw),
            epoll: epoll,
            peer: peer,
            counted: counted
        )
        connections[ObjectIdentifier(connection)] = connection
        return connection
    }

    func disconnected(_ connection: HTTPConnection) {
        calls &+= 1
        connection.exchange?.forgotten()
        connection.closed()
        if let counted = connection.counted { census?.left(counted) }
        connections[ObjectIdentifier(connection)] = nil
        // When it is out of descriptors, libmicrohttpd stops accepting. It notices a freed one only in its next run, so
        // trigger one.
        markDirty()
    }

    private final class CheckBox {
        var timer: LoopTimer?
    }
}
