internal import CDaprMicrohttpd
import DaprEventLoop
import DaprHTTP
import Glibc

/// A client's connection, from accept to close.
@safe
final class HTTPConnection {
    private let socket: CInt
    /// libmicrohttpd's connection and its epoll descriptor; valid until the connection is closed.
    private let raw: OpaquePointer
    private let epoll: CInt
    /// The address at the other end; `nil` on a unix socket.
    let peer: IPAddress?
    /// What the census counts the client by; `nil` when it is not counted.
    let counted: IPAddress?
    /// When the connection was accepted or its last request ended.
    var since = MonotonicTime.now
    var hasServed = false
    /// The request that is being read or answered.
    ///
    /// It clears this itself when it ends.
    var exchange: HTTPExchange?
    /// What the stall watch saw when it last looked.
    var seen: (progress: HTTPExchange.Progress, hasUnread: Bool)?
    /// When the client last had taken enough, and how many bytes it had taken and had been sent by then.
    private var progress: (since: MonotonicTime, taken: Int, sent: Int)?
    /// Whether ``cut()`` was called.
    ///
    /// Nothing may suspend the connection after that.
    private(set) var isCut = false
    private var isNoticed = false

    init(_ connection: OpaquePointer, socket: CInt, epoll: CInt, peer: IPAddress?, counted: IPAddress?) {
        unsafe raw = unsafe connection
        self.socket = socket
        self.epoll = epoll
        self.peer = peer
        self.counted = counted
    }

    /// Whether the client has left and everything that it sent has been read.
    var hasBeenLeft: Bool { socket >= 0 && cmhd_is_left(socket) != 0 }

    /// Whether received bytes wait to be read.
    var hasUnread: Bool { cmhd_unread(socket) > 0 }

    /// Whether the client has for too long taken little or nothing of what waits for it.
    ///
    /// Only bytes that the system still holds count. A client that has taken everything is not slow, however long the
    /// answer takes to write.
    func isSlow(
        _ now: MonotonicTime,
        _ configuration: HTTPServer.Configuration,
        at pace: HTTPResponse.Pace = .leastRate
    ) -> Bool {
        let unsent = Int(cmhd_unsent(socket))
        guard unsent > 0 else {
            progress = nil
            return false
        }
        // A unix socket does not count the bytes taken. A change in the unsent bytes still shows that some were.
        let count = cmhd_taken(socket)
        let taken = count >= 0 ? Int(count) : -unsent
        let rate = configuration.leastRate * Int(max(1, configuration.answerDeadline.components.seconds))
        let least = count >= 0 && pace == .leastRate ? rate : 1
        // A client that takes little because little is sent is not slow: it has taken all that waited then.
        guard let progress, abs(taken - progress.taken) < least, taken < progress.sent else {
            progress = (now, taken, taken + unsent)
            return false
        }
        return now - progress.since > configuration.answerDeadline
    }

    /// Sends an answer past libmicrohttpd, which cannot send one, and discards whatever the client sends meanwhile.
    func say(_ head: [UInt8]) {
        unsafe head.withUnsafeBytes { unsafe cmhd_say(socket, $0.baseAddress, $0.count) }
    }

    /// Shuts the connection down in both directions and makes libmicrohttpd notice.
    ///
    /// The caller must resume a suspended connection before libmicrohttpd runs again.
    func cut() {
        guard socket >= 0, !isCut else { return }
        isCut = true
        shutdown(socket, CInt(SHUT_RDWR))
        isNoticed = unsafe cmhd_notice(epoll, socket, raw) != 0
    }

    /// Undoes what ``cut()`` did to libmicrohttpd's epoll set; called before the socket is closed.
    func closed() {
        if isNoticed { cmhd_overlook(epoll, socket) }
    }
}
