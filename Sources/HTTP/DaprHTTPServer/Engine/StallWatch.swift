import DaprEventLoop
import DaprHTTP

/// Keeps stalled connections from making the loop spin.
///
/// libmicrohttpd asks to run again at once while one of its connections can neither proceed nor be waited for: for
/// example when its buffer is full of something that is useless until more arrives, such as a chunk header. It does not
/// say which one. So after several immediate runs in a row, the watch looks twice at the requests that are still
/// arriving. One that made no progress in between although bytes wait is refused. One for which nothing waits is
/// *parked*: suspended until something arrives.
@safe
final class StallWatch {
    /// How long the loop waits when libmicrohttpd asks to run at once but its runs move nothing.
    static let pause = Duration.milliseconds(1)

    private unowned let listener: HTTPListener
    private var runsAtOnce = 0
    private var runsForNothing = 0
    private var lastLook = MonotonicTime(nanoseconds: 0)
    private var parked: [HTTPConnection] = []
    private lazy var timer = LoopTimer { [unowned self] in lookAtParked() }

    init(_ listener: HTTPListener) { self.listener = listener }

    /// Whether libmicrohttpd, which asks to run at once, may do so before the loop waits.
    func mayRunAtOnce(hasMoved: Bool) -> Bool {
        runsAtOnce += 1
        // One request may stall while others move, so `hasMoved` does not matter here.
        if runsAtOnce > 2, listener.loop.now - lastLook > .milliseconds(5) { look() }
        runsForNothing = hasMoved ? 0 : runsForNothing + 1
        return runsForNothing < 8
    }

    /// Resets the counts, because libmicrohttpd is content to wait.
    func hasRest() {
        runsAtOnce = 0
        runsForNothing = 0
    }

    func stop() { listener.loop.cancel(timer) }

    private func look() {
        lastLook = listener.loop.now
        // Two looks are some runs apart, so that libmicrohttpd can use what is there now.
        runsAtOnce = 0
        for connection in listener.connections.values {
            guard let exchange = connection.exchange, let progress = exchange.progress else { continue }
            let hasUnread = connection.hasUnread || connection.hasBeenLeft
            guard let seen = connection.seen, seen.progress == progress, seen.hasUnread == hasUnread else {
                connection.seen = (progress, hasUnread)
                continue
            }
            // The bytes of a head do not show as progress, so a stalled head is parked and its deadline ends it.
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
