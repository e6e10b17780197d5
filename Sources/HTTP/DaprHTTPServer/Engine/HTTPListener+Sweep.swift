import DaprEventLoop

/// What is looked at each half second, and never for a request: who takes too long, and who holds too much.
extension HTTPListener {
    /// Ends what takes too long: heads and bodies that drip, responders that do not come to an end, answers that nobody reads.
    func sweepConnections() {
        let now = MonotonicTime.now
        for connection in connections.values {
            if let exchange = connection.exchange {
                // Edge-triggered, libmicrohttpd takes a short read for the end of what is there, and misses an end that came with it.
                if exchange.awaitsRequest, connection.hasBeenLeft {
                    exchange.cut()
                    continue
                }
                exchange.checkDeadline(now)
                if exchange.shouldBeSuspended { markDirty() }
                continue
            }
            // libmicrohttpd closes a silent connection; one that drips a byte at a time it waits for without end.
            let patience =
                connection.hasServed
                ? configuration.idleTimeout + configuration.headDeadline : configuration.headDeadline
            // An answer may be with the system as a whole, and with its client not at all.
            if connection.hasBeenLeft || now - connection.since > patience || connection.isSlow(now, configuration) {
                connection.cut()
            }
        }
    }

    /// Makes room for a long answer where too much waits already: who has been reading for longest goes.
    ///
    /// - Returns: Whether there is room.
    func makeRoom(for count: Int) -> Bool {
        guard answerBytes + count > configuration.answerLimit else { return true }
        let now = loop.now
        // A client that reads is through in less than a second, mostly.
        let slow = connections.values.compactMap(\.exchange).filter { $0.held > 0 && now - $0.queued > .seconds(1) }
        for exchange in slow.sorted(by: { $0.queued < $1.queued }) {
            // What is cut is let go of in libmicrohttpd's next run.
            answerBytes -= exchange.letGo()
            exchange.cut()
            if answerBytes + count <= configuration.answerLimit { return true }
        }
        // One alone is answered, however long it is.
        return answerBytes == 0
    }

    /// Passes on what libmicrohttpd has to say.
    func said(_ line: String) {
        configuration.log(line)
        guard line.utf8.starts(with: "Error processing request (HTTP response code is 505".utf8) else { return }
        let notice = """
            a client spoke another version than HTTP/1.1, as HTTP/2 with prior knowledge (h2c) does; it was answered 505 and closed
            """
        configuration.log(notice)
        configuration.notice(notice)
    }
}
