import Synchronization

/// How many bytes of requests and of answers are on their way, of each principal and in all, so that nobody who sends or reads slowly takes the
/// memory of the others.
///
/// Short ones are not counted: what bounds them is the number of connections.
package final class BytesInFlight: Sendable {
    /// How many bytes may be on their way.
    package struct Limits: Sendable {
        /// Those of one principal.
        package var perOwner: Int
        /// Those of all.
        package var inAll: Int

        /// Makes limits of their parts.
        package init(perOwner: Int, inAll: Int) {
            self.perOwner = perOwner
            self.inAll = inAll
        }
    }

    /// What is not counted.
    package static let shortest = 16 << 10

    private struct State {
        var inAll = 0
        /// By the bytes of their subjects.
        var owners: [[UInt8]: Int] = [:]
    }

    private let limits: Limits
    private let state = Mutex(State())

    /// Makes a count of nothing.
    package init(_ limits: Limits) { self.limits = limits }

    /// How many are counted now.
    package var count: Int { state.withLock { $0.inAll } }

    /// Counts a request or an answer of a principal for as long as what is returned is kept; nil for a short one.
    ///
    /// - Throws: `WebFault.tooMuchInFlight` when there is no room for it.
    func take(_ bytes: Int, of principal: Principal) throws(WebFault) -> Share? {
        guard bytes > BytesInFlight.shortest else { return nil }
        let owner = Array(principal.subject.utf8)
        try state.withLock { state throws(WebFault) in
            let own = state.owners[owner] ?? 0
            // Whoever has nothing on its way gets what it asks for: the limit of a body or a page bounds it.
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

    /// A part of what is on its way; it is given back when nobody keeps it any more.
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
