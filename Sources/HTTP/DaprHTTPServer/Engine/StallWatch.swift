import DaprEventLoop
import DaprHTTP

/// Sees to it that no connection costs time by standing still.
///
/// libmicrohttpd asks to be run at once as long as one of its connections is neither waited for nor can go on: one whose buffer is full of
/// something that cannot be used before more of it is there, a chunk header for example. It does not say which one that is. So after runs
/// that followed each other at once the requests that are on their way are looked at, twice: one that has not gone on in between although
/// bytes wait for it is refused; one for which nothing waits is *parked*, suspended until something comes.
@safe
final class StallWatch {
    /// How long libmicrohttpd waits when it asked to be run at once, and then moved nothing.
    static let pause = Duration.milliseconds(1)

    private unowned let listener: HTTPListener
    private var runsAtOnce = 0
    private var runsForNothing = 0
    private var lastLook = MonotonicTime(nanoseconds: 0)
    private var parked: [HTTPConnection] = []
    private lazy var timer = LoopTimer { [unowned self] in lookAtParked() }

    init(_ listener: HTTPListener) { self.listener = listener }

    /// Whether libmicrohttpd, which asks for it, may run again before the loop waits.
    func mayRunAtOnce(hasMoved: Bool) -> Bool {
        runsAtOnce += 1
        // A stalled request is run with every other; so it is looked for also while others move.
        if runsAtOnce > 2, listener.loop.now - lastLook > .milliseconds(5) { look() }
        runsForNothing = hasMoved ? 0 : runsForNothing + 1
        return runsForNothing < 8
    }

    /// libmicrohttpd is content to wait.
    func hasRest() {
        runsAtOnce = 0
        runsForNothing = 0
    }

    func stop() { listener.loop.cancel(timer) }

    private func look() {
        lastLook = listener.loop.now
        // The next look comes after libmicrohttpd had its chance with what is there now.
        runsAtOnce = 0
        for connection in listener.connections.values {
            guard let exchange = connection.exchange, let progress = exchange.progress else { continue }
            let hasUnread = connection.hasUnread || connection.hasBeenLeft
            guard let seen = connection.seen, seen.progress == progress, seen.hasUnread == hasUnread else {
                connection.seen = (progress, hasUnread)
                continue
            }
            // The bytes of a head do not show as progress: it is parked, and its deadline ends it.
            if hasUnread, progress.isBody {
                exchange.cut(saying: .stuck)
            } else {
                exchange.park()
                parked.append(connection)
                if !timer.isSet { listener.loop.set(timer, after: .milliseconds(50)) }
            }
        }
    }

    private func lookAtParked() {
        parked.removeAll { connection in
            guard let exchange = connection.exchange, exchange.isParked else { return true }
            guard connection.hasUnread || connection.hasBeenLeft else { return false }
            exchange.unpark()
            return true
        }
        if !parked.isEmpty { listener.loop.set(timer, after: .milliseconds(50)) }
    }
}
