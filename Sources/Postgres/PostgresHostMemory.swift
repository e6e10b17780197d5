import Synchronization

/// Which servers of a list gave no answer lately, shared by the connections of one target: they are tried last for a while.
///
/// A silent server costs its whole time at each attempt, one that refuses costs nothing and is not remembered.
package final class PostgresHostMemory: Sendable {
    private let silent = Mutex<[Int: ContinuousClock.Instant]>([:])

    /// How long a server counts as silent.
    private static let span: Duration = .seconds(60)

    /// Creates a memory that knows of none.
    package init() {}

    /// The places of a list in the order in which they should be tried.
    func order(_ count: Int) -> [Int] {
        let now = ContinuousClock.now
        return silent.withLock { silent in
            silent = silent.filter { $0.value.duration(to: now) < Self.span }
            return (0..<count).filter { silent[$0] == nil } + (0..<count).filter { silent[$0] != nil }
        }
    }

    func noteSilent(_ place: Int) { silent.withLock { $0[place] = .now } }

    func noteAnswer(_ place: Int) { silent.withLock { $0[place] = nil } }
}
