import Synchronization

/// The waits that a test's surroundings were asked for.
final class Waits: Sendable {
    private let waits = Mutex<[Duration]>([])

    func add(_ duration: Duration) { waits.withLock { $0.append(duration) } }

    var all: [Duration] { waits.withLock { $0 } }
}
