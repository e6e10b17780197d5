import Synchronization

/// Limits the bytes of requests and answers in flight, per principal and in total.
///
/// Otherwise slow senders and readers could take up the memory of the others. Short requests and answers are not
/// counted: the number of connections bounds them.
package final class BytesInFlight: Sendable {
    /// The most bytes in flight.
    package struct Limits: Sendable {
        /// The limit for one principal.
        package var perOwner: Int
        /// The limit for all principals together.
        package var inAll: Int

        package init(perOwner: Int, inAll: Int) {
            self.perOwner = perOwner
            self.inAll = inAll
        }
    }

    /// The most bytes of a request or answer that is not counted.
    package static let shortest = 16 << 10

    private struct State {
        var inAll = 0
        /// By the bytes of the subject.
        var owners: [[UInt8]: Int] = [:]
    }

    private let limits: Limits
    private let state = Mutex(State())

    package init(_ limits: Limits) { self.limits = limits }

    /// The bytes that are counted now.
    package var count: Int { state.withLock { $0.inAll } }

    /// Counts a request or an answer of a principal until the returned share is released; `nil` for a short one.
    ///
    /// - Throws: `WebFault.tooMuchInFlight` when there is no room.
    func take(_ bytes: Int, of principal: Principal) throws(WebFault) -> Share? {
        guard bytes > BytesInFlight.shortest else { return nil }
        let owner = Array(principal.subject.utf8)
        try state.withLock { state throws(WebFault) in
            let own = state.owners[owner] ?? 0
            // A principal with nothing in flight always gets its bytes: the limit of a body or a page bounds them.
            guard own == 0 || own + bytes <= limits.perOwner else { throw .tooMuchInFlight(isOwners: true) }
            guard state.inAll == 0 || state.inAll + bytes <= limits.inAll else {
                throw .tooMuchInFlight(isOwners: false)
            }
            state.inAll += bytes
            state.owners[owner] = own + bytes
        }
        return Share(of: self, owner, bytes)
    }

    fileprivate func giveBack(_ bytes: Int, of owner: [UInt8]) {
        state.withLock { state in
            state.inAll -= bytes
            let left = (state.owners[owner] ?? 0) - bytes
            state.owners[owner] = left > 0 ? left : nil
        }
    }

    /// A part of the counted bytes; it is returned when the last reference to it goes.
    final class Share: Sendable {
        private let whole: BytesInFlight
        private let owner: [UInt8]
        private let bytes: Int

        fileprivate init(of whole: BytesInFlight, _ owner: [UInt8], _ bytes: Int) {
            self.whole = whole
            self.owner = owner
            self.bytes = bytes
        }

        deinit { whole.giveBack(bytes, of: owner) }
    }
}
