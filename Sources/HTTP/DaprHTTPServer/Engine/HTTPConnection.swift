internal import CDaprMicrohttpd
import DaprEventLoop
import Glibc

/// A client's connection, from accept to close.
@safe
final class HTTPConnection {
    private let socket: CInt
    /// libmicrohttpd's connection and the epoll descriptor it waits in; good until the connection is closed.
    private let raw: OpaquePointer
    private let epoll: CInt
    /// Who the client counts as where connections are limited by address.
    let peer: AddressCensus.Key?
    /// When the connection was accepted, or its last request was over.
    var since = MonotonicTime.now
    var hasServed = false
    /// The request that is being read or answered; it takes itself out when it is over.
    var exchange: HTTPExchange?
    /// What the last look for stalls found.
    var seen: (progress: HTTPExchange.Progress, hasUnread: Bool)?
    /// When the client last had taken enough of what was sent to it, how much that was, and how much had been sent then.
    private var pace: (since: MonotonicTime, taken: Int, sent: Int)?
    /// Whether it was cut: nothing may suspend it any more.
    private(set) var isCut = false
    private var isNoticed = false

    init(_ connection: OpaquePointer, socket: CInt, epoll: CInt, peer: AddressCensus.Key?) {
        unsafe raw = unsafe connection
        self.socket = socket
        self.epoll = epoll
        self.peer = peer
    }

    /// Whether the client has left and all it sent was read.
    var hasBeenLeft: Bool { socket >= 0 && cmhd_is_left(socket) != 0 }

    /// Whether bytes wait to be read.
    var hasUnread: Bool { cmhd_unread(socket) > 0 }

    /// Whether the client takes hardly anything of what was sent to it, or nothing, for longer than is allowed.
    ///
    /// What the system holds for it is what it could take: who has all of it is not slow, however long an answer is being written.
    func isSlow(_ now: MonotonicTime, _ configuration: HTTPServer.Configuration) -> Bool {
        let unsent = Int(cmhd_unsent(socket))
        guard unsent > 0 else {
            pace = nil
            return false
        }
        // A unix socket does not count what was taken: that something was, is seen.
        let count = cmhd_taken(socket)
        let taken = count >= 0 ? Int(count) : -unsent
        let least =
            count >= 0 ? configuration.leastRate * Int(max(1, configuration.answerDeadline.components.seconds)) : 1
        // Who takes little because little is sent is not slow: what waited then has been taken now.
        guard let pace, abs(taken - pace.taken) < least, taken < pace.sent else {
            pace = (now, taken, taken + unsent)
            return false
        }
        return now - pace.since > configuration.answerDeadline
    }

    /// Sends an answer past libmicrohttpd, which has none to send, and takes what the client sends meanwhile.
    func say(_ head: [UInt8]) {
        unsafe head.withUnsafeBytes { unsafe cmhd_say(socket, $0.baseAddress, $0.count) }
    }

    /// Ends the connection for both sides, and has libmicrohttpd find it closed.
    ///
    /// A suspended connection must be resumed before libmicrohttpd runs again.
    func cut() {
        guard socket >= 0, !isCut else { return }
        isCut = true
        shutdown(socket, CInt(SHUT_RDWR))
        isNoticed = unsafe cmhd_notice(epoll, socket, raw) != 0
    }

    /// Undoes what ``cut()`` did behind libmicrohttpd's back; called before the socket is closed.
    func closed() {
        if isNoticed { cmhd_overlook(epoll, socket) }
    }
}
