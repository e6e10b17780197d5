/// A system call that an event loop rests on failed.
package struct EventLoopError: Error, CustomStringConvertible {
    /// The call, for example `epoll_create1`.
    package let operation: String
    /// The value of `errno` it left.
    package let code: CInt

    package var description: String { "\(operation) failed: errno \(code)" }
}
