import Glibc

/// A system thread of a loop, and the record of which loop the current thread runs.
@safe
package struct LoopThread: @unchecked Sendable {
    // A pthread_t is a value that may be joined from any one thread; `EventLoop` hands it out once.
    private let handle: pthread_t

    /// Starts a thread that runs the body and then ends.
    init(_ body: @escaping @Sendable () -> Void) throws(EventLoopError) {
        var handle = pthread_t()
        let code = LoopThread.create(&handle, body)
        guard code == 0 else { throw EventLoopError(operation: "pthread_create", code: code) }
        self.handle = handle
    }

    /// Waits for the thread to end.
    func join() {
        pthread_join(handle, nil)
    }

    /// Declares that nobody will join the thread.
    func detach() {
        pthread_detach(handle)
    }

    /// Runs the body on a detached thread, or on this one when no thread can be created.
    package static func runDetached(_ body: @escaping @Sendable () -> Void) {
        var handle = pthread_t()
        if create(&handle, body) == 0 {
            pthread_detach(handle)
        } else {
            body()
        }
    }

    private static func create(_ handle: inout pthread_t, _ body: @escaping @Sendable () -> Void) -> CInt {
        let box = unsafe Unmanaged.passRetained(Body(body))
        let code = unsafe pthread_create(
            &handle,
            nil,
            { raw in
                // The thread consumes the reference that was retained for it.
                if let raw = unsafe raw { unsafe Unmanaged<Body>.fromOpaque(raw).takeRetainedValue().run() }
                return nil
            },
            box.toOpaque()
        )
        if code != 0 { unsafe box.release() }
        return code
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// The loop that this thread runs; set by the loop on its own thread.
    static var currentLoop: EventLoop? {
        get {
            guard let raw = unsafe pthread_getspecific(key) else { return nil }
            return unsafe Unmanaged<EventLoop>.fromOpaque(raw).takeUnretainedValue()
        }
        set {
            // Unretained: the thread's own body holds the loop until it clears this.
            unsafe pthread_setspecific(key, newValue.map { unsafe Unmanaged.passUnretained($0).toOpaque() })
        }
    }

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let code = unsafe pthread_key_create(&key, nil)
        precondition(code == 0, "the process has used up its thread-specific keys")
        return key
    }()
}
