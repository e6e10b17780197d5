/// A system call that an event loop or a thread rests on failed.
package struct EventLoopError: Error, Equatable, CustomStringConvertible {
    /// The call, for example `epoll_create1`.
    package let operation: String
    /// The value of `errno` it left.
    package let code: CInt

    package var description: String { "\(operation) failed: errno \(code)" }
}
