import Foundation
import Glibc

/// A client over a plain socket, which can send what no HTTP library would.
package struct RawClient: ~Copyable, Sendable {
    private let socket: CInt

    /// Connects to a port of this machine.
    package init(port: Int) throws {
        socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe connect(socket, $0, size) }
        }
        guard code == 0 else { throw POSIXError(.ECONNREFUSED) }
    }

    deinit { close(socket) }

    /// Has the connection end with a reset instead of an orderly close.
    package func reset() {
        var hard = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(socket, SOL_SOCKET, SO_LINGER, &hard, socklen_t(MemoryLayout<linger>.size))
    }

    /// Says that no more will be sent; what comes can still be read.
    package func finish() { shutdown(socket, CInt(SHUT_WR)) }

    /// Has the system take no more than about so many bytes that nobody has read.
    package func limitReceiving(to count: Int) {
        var size = CInt(count)
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<CInt>.size))
    }

    /// Sends the bytes; `false` when the other side has closed.
    @discardableResult
    package func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Sends the bytes; `false` when the other side has closed.
    @discardableResult
    package func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(socket, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    /// Reads until the other side closes, the text holds the mark that often, or nothing came for that long.
    ///
    /// The silence is long by default, so that a busy machine is not taken for a server that does not answer.
    package func receive(
        until mark: String? = nil,
        times: Int = 1,
        silence milliseconds: Int = 30_000
    ) -> Received {
        var wait = timeval(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            if let mark, String(decoding: bytes, as: UTF8.self).components(separatedBy: mark).count > times {
                return Received(bytes, .marked)
            }
            let count = unsafe recv(socket, &buffer, buffer.count, 0)
            if count == 0 { return Received(bytes, .closed) }
            if count < 0 { return Received(bytes, errno == EAGAIN ? .silent : .reset) }
            bytes += buffer[..<count]
        }
    }

    /// Reads once, at most so many bytes; `marked` when some came.
    package func take(
        _ count: Int,
        within milliseconds: Int,
        _ note: (Int) -> Void = { _ in }
    ) -> Received.End {
        var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&descriptor, 1, CInt(milliseconds)) > 0 else { return .silent }
        var buffer = [UInt8](repeating: 0, count: count)
        let taken = unsafe recv(socket, &buffer, count, 0)
        if taken > 0 { note(taken) }
        return taken > 0 ? .marked : taken == 0 ? .closed : .reset
    }

    /// Lets so much time go by as a slow client would; for clients only, never to wait for something.
    package func pause(milliseconds: Int) { poll(nil, 0, CInt(milliseconds)) }

    /// What came, and how it ended.
    package struct Received {
        /// Why no more was read.
        package enum End {
            case marked
            case closed
            case silent
            case reset
        }

        /// What came.
        package let bytes: [UInt8]
        /// What came, as text.
        package var text: String { String(decoding: bytes, as: UTF8.self) }
        /// Why no more was read.
        package let end: End

        fileprivate init(_ bytes: [UInt8], _ end: End) {
            self.bytes = bytes
            self.end = end
        }

        /// The codes of the answers, in order.
        package var statuses: [Int] { Self.statuses(in: text) }

        /// The codes of the answers in a text, in order.
        package static func statuses(in text: String) -> [Int] {
            text.components(separatedBy: "HTTP/1.1 ").dropFirst().compactMap { Int($0.prefix(3)) }
        }
    }
}

/// Runs blocking work on a thread of its own, so that it does not hold up the test pool.
package func blocking<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
}

/// Lets a test hold thousands of connections.
package func raiseDescriptorLimit() {
    var limit = rlimit()
    unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = min(limit.rlim_max, 8192)
    unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}
