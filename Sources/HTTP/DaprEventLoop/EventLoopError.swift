/// A system call failed that an event loop or a thread depends on.
package struct EventLoopError: Error, Equatable, CustomStringConvertible {
    /// The call, for example `epoll_create1`.
    package let operation: String
    /// The value of `errno` after the call.
    package let code: CInt

    package var description: String { "\(operation) failed: errno \(code)" }
}
