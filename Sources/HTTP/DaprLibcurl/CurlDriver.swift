internal import CDaprCurl
import DaprEventLoop
import Glibc
import Synchronization

/// libcurl's multi handle on one event loop: the loop watches its sockets and timer, and finished transfers resume
/// their callers.
///
/// Everything but `loop`, `submit`, `cancel` and `shutdown` runs on the loop's thread, which is what makes `@unchecked
/// Sendable` true. libcurl keeps pointers to the driver, so the loop retains it until `shutdown`.
@safe
final class CurlDriver: DescriptorHandler, LoopSource, @unchecked Sendable {
    let loop: EventLoop
    private let configuration: CurlClient.Configuration
    private let multi: UnsafeMutableRawPointer
    /// All handles; those with a call in flight refer to it.
    private var handles: [CurlHandle] = []
    private var idle: [CurlHandle] = []
    private var isShutDown = false
    private var isDirty = false
    private var timerDue = false
    /// When the loop's timer will fire; libcurl requests a new time at every step, and most are later.
    private var timerSetFor: MonotonicTime?
    /// The events that libcurl wants of each socket.
    ///
    /// A socket of which it wants nothing stays in epoll until an event occurs: mostly the next transfer uses the
    /// socket first, which saves two system calls a request.
    private var wanted: [DescriptorEvents] = []
    private lazy var timer = LoopTimer { [unowned self] in
        timerSetFor = nil
        timerDue = true
        markDirty()
    }

    init(_ configuration: CurlClient.Configuration, on loop: EventLoop) throws(CurlError) {
        _ = globalInitialisation
        guard let multi = unsafe curl_multi_init() else { throw .failed("curl_multi_init: out of memory") }
        unsafe self.multi = unsafe multi
        self.loop = loop
        self.configuration = configuration
        let code = unsafe ccurl_multi_prepare(
            multi,
            { _, descriptor, what, driver, _ in
                guard let driver = unsafe driver else { return -1 }
                return unsafe Unmanaged<CurlDriver>.fromOpaque(driver)._withUnsafeGuaranteedRef {
                    $0.socketChanged(descriptor, what)
                }
            },
            { _, milliseconds, driver in
                guard let driver = unsafe driver else { return -1 }
                unsafe Unmanaged<CurlDriver>.fromOpaque(driver)._withUnsafeGuaranteedRef {
                    $0.timerChanged(milliseconds)
                }
                return 0
            },
            pointer,
            configuration.maximumConnections
        )
        guard code == CURLM_OK else { throw .failed("curl_multi_setopt: code \(code.rawValue)") }
        loop.submit { loop.retain(self) }
    }

    deinit {
        // Only reached without `shutdown`: the loop released the driver when it ended, so no thread can interfere.
        if !isShutDown { closeConnections() }
    }

    // MARK: Any thread

    func submit(_ transfer: CurlTransfer, _ continuation: UnsafeContinuation<CurlTransfer.Outcome, Never>) {
        unsafe transfer.wait(continuation)
        if loop.isCurrent {
            start(transfer)
        } else {
            loop.submit { self.start(transfer) }
        }
    }

    /// Ends the call.
    ///
    /// A call that has not started yet is ended by the flag, in `start`.
    func cancel(_ transfer: CurlTransfer) {
        transfer.isCancelled.store(true, ordering: .releasing)
        loop.submit { [self] in
            guard let handle = transfer.handle else { return }
            end(transfer, .failure(.cancelled(requestSent: handle.requestSent)))
        }
    }

    func shutdown() async {
        await withCheckedContinuation { done in
            loop.submit { [self] in
                isShutDown = true
                for transfer in handles.compactMap(\.transfer) {
                    end(transfer, .failure(.cancelled(requestSent: transfer.handle?.requestSent ?? false)))
                }
                loop.cancel(timer)
                closeConnections()
                loop.release(self)
                done.resume()
            }
        }
    }

    // MARK: Loop thread

    /// Frees the handles and then the multi handle, which closes all kept connections.
    private func closeConnections() {
        idle = []
        handles = []
        unsafe curl_multi_cleanup(multi)
    }

    private func start(_ transfer: CurlTransfer) {
        guard !isShutDown, !transfer.isCancelled.load(ordering: .acquiring) else {
            transfer.finish(.failure(.cancelled(requestSent: false)))
            return
        }
        do throws(CurlError) {
            let handle = try takeHandle()
            do throws(CurlError) {
                try handle.load(transfer.request)
                let code = unsafe curl_multi_add_handle(multi, handle.raw)
                guard code == CURLM_OK else { throw .failed("curl_multi_add_handle: code \(code.rawValue)") }
            } catch {
                idle.append(handle)
                throw error
            }
            transfer.handle = handle
            handle.transfer = transfer
        } catch {
            transfer.finish(.failure(error))
        }
    }

    private func takeHandle() throws(CurlError) -> CurlHandle {
        if let handle = idle.popLast() { return handle }
        let handle = try unsafe CurlHandle(
            CurlHandle.Configuration(
                unixSocketPath: configuration.unixSocketPath,
                certificateAuthorities: configuration.certificateAuthorities,
                onClose: { driver, descriptor in
                    if let driver = unsafe driver {
                        unsafe Unmanaged<CurlDriver>.fromOpaque(driver)._withUnsafeGuaranteedRef {
                            $0.socketCloses(descriptor)
                        }
                    }
                    return close(descriptor)
                },
                onCloseData: pointer
            )
        )
        handles.append(handle)
        return handle
    }

    private func end(_ transfer: CurlTransfer, _ outcome: CurlTransfer.Outcome) {
        guard let handle = transfer.handle else { return }
        transfer.handle = nil
        handle.transfer = nil
        unsafe curl_multi_remove_handle(multi, handle.raw)
        if !isShutDown { idle.append(handle) }
        transfer.finish(outcome)
    }

    /// Resumes the callers of all finished transfers.
    private func collect() {
        var code = CURLE_OK
        while let raw = unsafe ccurl_next_done(multi, &code) {
            guard let data = unsafe ccurl_private(raw) else { continue }
            let handle = unsafe Unmanaged<CurlHandle>.fromOpaque(data).takeUnretainedValue()
            guard let transfer = handle.transfer else { continue }
            end(transfer, handle.outcome(code, of: transfer.request))
        }
    }

    func descriptorIsReady(_ descriptor: CInt, _ events: DescriptorEvents) {
        guard !isShutDown, descriptor < wanted.count, wanted[Int(descriptor)].rawValue != 0 else {
            loop.unregister(descriptor)
            return
        }
        let ready = events.rawValue
        let mask =
            (ready & 1 != 0 ? CURL_CSELECT_IN : 0) | (ready & 2 != 0 ? CURL_CSELECT_OUT : 0)
            | (ready & 4 != 0 ? CURL_CSELECT_ERR : 0)
        var running: CInt = 0
        unsafe curl_multi_socket_action(multi, descriptor, mask, &running)
        collect()
    }

    func runPending() {
        isDirty = false
        guard timerDue, !isShutDown else { return }
        timerDue = false
        var running: CInt = 0
        unsafe curl_multi_socket_action(multi, timeoutSocket, 0, &running)
        collect()
    }

    private func socketChanged(_ descriptor: CInt, _ what: CInt) -> CInt {
        guard descriptor >= 0 else { return -1 }
        let index = Int(descriptor)
        if index >= wanted.count { wanted += Array(repeating: .none, count: index + 1 - wanted.count) }
        let reads: UInt8 = what == CURL_POLL_IN || what == CURL_POLL_INOUT ? 1 : 0
        let writes: UInt8 = what == CURL_POLL_OUT || what == CURL_POLL_INOUT ? 2 : 0
        let events = DescriptorEvents(rawValue: reads | writes)
        wanted[index] = events
        guard events.rawValue != 0 else { return 0 }
        do {
            try loop.register(descriptor, for: events, self)
            return 0
        } catch {
            return -1
        }
    }

    private func socketCloses(_ descriptor: CInt) {
        if wanted.indices.contains(Int(descriptor)) { wanted[Int(descriptor)] = .none }
        loop.forget(descriptor)
    }

    private func timerChanged(_ milliseconds: Int) {
        guard milliseconds >= 0 else {
            timerDue = false
            return
        }
        guard milliseconds > 0 else {
            timerDue = true
            markDirty()
            return
        }
        let due = loop.now + .milliseconds(milliseconds)
        if let timerSetFor, timerSetFor <= due { return }
        timerSetFor = due
        loop.set(timer, after: .milliseconds(milliseconds))
    }

    private func markDirty() {
        guard !isDirty else { return }
        isDirty = true
        loop.markDirty(self)
    }

    /// The pointer that libcurl passes to the callbacks.
    ///
    /// Unretained: see the type's comment.
    private var pointer: UnsafeMutableRawPointer { unsafe Unmanaged.passUnretained(self).toOpaque() }
}

/// `CURL_SOCKET_TIMEOUT` is a nested macro, which Swift does not import.
private let timeoutSocket: curl_socket_t = -1

/// Runs once, before any handle is created. https://curl.se/libcurl/c/curl_global_init_mem.html
private let globalInitialisation: CURLcode = ccurl_global_init()
