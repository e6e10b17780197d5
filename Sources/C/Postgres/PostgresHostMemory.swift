import Synchronization

/// Remembers which servers of a list did not answer lately, for all connections of one target: these are tried last for
/// a while.
///
/// A silent server costs its whole time limit at each attempt. One that refuses costs nothing and is not remembered.
package final class PostgresHostMemory: Sendable {
    private let silent = Mutex<[Int: ContinuousClock.Instant]>([:])

    /// How long a server counts as silent.
    private static let span: Duration = .seconds(60)

    /// Creates an empty memory.
    package init() {}

    /// The positions in a list of `count` servers, in the order in which to try them.
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
