import DaprEventLoop
import DaprHTTP

/// The checks made every half second instead of at each request: who takes too long, and who holds too much.
extension HTTPListener {
    /// Ends what takes too long: trickling heads and bodies, responders past their deadline, answers that nobody reads.
    func sweepConnections() {
        let now = MonotonicTime.now
        for connection in connections.values {
            if let exchange = connection.exchange {
                // With edge-triggered epoll, libmicrohttpd takes a short read to mean that nothing is left, and misses
                // an end that came with the data.
                if exchange.awaitsRequest, connection.hasBeenLeft {
                    exchange.cut()
                    continue
                }
                exchange.checkDeadline(now)
                if exchange.shouldBeSuspended { markDirty() }
                continue
            }
            // libmicrohttpd closes a silent connection, but waits forever for one that sends a byte now and then.
            let patience =
                connection.hasServed
                ? configuration.idleTimeout + configuration.headDeadline : configuration.headDeadline
            // The system may hold a whole answer of which the client has read nothing.
            if connection.hasBeenLeft || now - connection.since > patience || connection.isSlow(now, configuration) {
                connection.cut()
            }
        }
    }

    /// Makes room for a long answer of `count` bytes by cutting the clients that have been reading for longest.
    ///
    /// - Returns: Whether there is room.
    func makeRoom(for count: Int) -> Bool {
        guard answerBytes + count > configuration.answerLimit else { return true }
        let now = loop.now
        // A client that reads at all mostly finishes in less than a second.
        let slow = connections.values.compactMap(\.exchange).filter { $0.held > 0 && now - $0.queued > .seconds(1) }
        for exchange in slow.sorted(by: { $0.queued < $1.queued }) {
            // libmicrohttpd releases a cut answer only in its next run, so stop counting it now.
            answerBytes -= exchange.letGo()
            exchange.cut()
            if answerBytes + count <= configuration.answerLimit { return true }
        }
        // A single long answer is always accepted, whatever its length.
        return answerBytes == 0
    }

    /// Logs a message of libmicrohttpd, gives a refusal of its own the handler's words, and adds a notice when a client
    /// spoke the wrong HTTP version.
    func said(_ line: String) {
        // Whoever reads a stream leaves it at some time: its writer learns of that, and nobody else need.
        for begin in ["Failed to send the chunked response body", "Failed to send the footers"]
        where line.utf8.starts(with: begin.utf8) { return }
        configuration.log(line)
        putIntoWords(line)
        guard line.utf8.starts(with: "Error processing request (HTTP response code is 505".utf8) else { return }
        let notice = """
            a client spoke another version than HTTP/1.1, as HTTP/2 with prior knowledge (h2c) does; it was answered 505 and closed
            """
        configuration.log(notice)
        configuration.notice(notice)
    }

    /// Answers for libmicrohttpd when it is about to refuse a request whose head it has, and the handler has words.
    ///
    /// It says so in a line without naming the connection, from within its work on it. But it works on one connection at
    /// a time, and no other can have a whole head that it has not passed on.
    private func putIntoWords(_ line: String) {
        let fault: HeadFault
        if line.utf8.starts(with: "Error processing request (HTTP response code is 400".utf8) {
            fault = .malformed("no Host, or a Content-Length that is no number")
        } else if line.utf8.starts(with: "Error processing request (HTTP response code is 413".utf8) {
            fault = .stuck
        } else {
            return
        }
        guard let exchange = connections.values.lazy.compactMap(\.exchange).first(where: \.hasUnseenHead),
            let answer = handler.refused(fault, nil)
        else { return }
        exchange.cut(answering: answer)
    }
}
