import Synchronization

/// An amount of something that all users share, of which one may have only a part.
package final class Allotment: Sendable {
    /// The most that may be taken.
    package struct Limits: Sendable {
        /// By one user.
        package var perOwner: Int
        /// By all users together.
        package var inAll: Int

        package init(perOwner: Int, inAll: Int) {
            self.perOwner = perOwner
            self.inAll = inAll
        }
    }

    /// Why nothing is given.
    enum Refusal: Error {
        case owners, all
    }

    private struct State {
        var inAll = 0
        /// By the bytes of the subject.
        var owners: [[UInt8]: Int] = [:]
    }

    let limits: Limits
    private let state = Mutex(State())

    init(_ limits: Limits) { self.limits = limits }

    /// How much is taken now.
    var taken: Int { state.withLock { $0.inAll } }

    /// Takes an amount for a principal until the returned share is released.
    ///
    /// - Parameters:
    ///   - amount: How much.
    ///   - principal: Whose share it is.
    ///   - isAtLeastOne: Whether who has nothing gets it, however much it is.
    /// - Returns: The share.
    /// - Throws: Whose limit would be exceeded.
    func take(
        _ amount: Int,
        of principal: Principal,
        atLeastOne isAtLeastOne: Bool = false
    ) throws(Refusal) -> Share {
        let owner = Array(principal.subject.utf8)
        try state.withLock { state throws(Refusal) in
            func fits(_ taken: Int, _ limit: Int) -> Bool {
                isAtLeastOne && taken == 0 || amount <= limit - taken
            }
            let own = state.owners[owner] ?? 0
            guard fits(own, limits.perOwner) else { throw .owners }
            guard fits(state.inAll, limits.inAll) else { throw .all }
            state.inAll += amount
            state.owners[owner] = own + amount
        }
        return Share(of: self, owner, amount)
    }

    fileprivate func giveBack(_ amount: Int, of owner: [UInt8]) {
        state.withLock { state in
            state.inAll -= amount
            let left = (state.owners[owner] ?? 0) - amount
            state.owners[owner] = left > 0 ? left : nil
        }
    }

    /// What one has taken; it is given back when the last reference to it goes.
    package final class Share: Sendable {
        private let whole: Allotment
        private let owner: [UInt8]
        private let amount: Int

        fileprivate init(of whole: Allotment, _ owner: [UInt8], _ amount: Int) {
            self.whole = whole
            self.owner = owner
            self.amount = amount
        }

        deinit { whole.giveBack(amount, of: owner) }
    }
}
