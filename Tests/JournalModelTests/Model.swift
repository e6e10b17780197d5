import Foundation
import Synchronization
import Testing

/// How long the model is played, and from which seed on.
///
/// `MODEL_SECONDS` in a time of its own, a sixth of that on each store of dev-sidecar; `MODEL_LEAST` is how many seeds must be played in a time
/// of their own. `MODEL_START` is the first seed, and `MODEL_SEED` has one repeated.
enum Model {
    static let environment = ProcessInfo.processInfo.environment
    static let seconds = environment["MODEL_SECONDS"].flatMap(Double.init) ?? 20
    static let start = environment["MODEL_START"].flatMap(UInt64.init) ?? 1
    /// How many runs that only compute are played at a time.
    static let cores = ProcessInfo.processInfo.activeProcessorCount
    static let seed = environment["MODEL_SEED"].flatMap(UInt64.init)
    static let least = environment["MODEL_LEAST"].flatMap(Int.init) ?? (seconds < 60 ? 1 : 5)
    /// In how many runs every rule has its turn; fewer need not have them all.
    private static let seedsForAll = 40

    /// Plays seeds side by side until the time is over, or one fails.
    static func play(
        _ name: String,
        seconds: Double,
        sideBySide: Int,
        least: Int,
        hasOwnTime: Bool,
        _ play: @escaping @Sendable (UInt64, ModelCount) async throws -> Void
    ) async throws {
        let count = ModelCount()
        if let seed { return try await play(seed, count) }
        let seeds = Seeds(start)
        let deadline = ContinuousClock.now + .seconds(seconds)
        let failure = await withTaskGroup(of: (UInt64, any Error)?.self) { group in
            for _ in 0..<sideBySide {
                group.addTask {
                    while ContinuousClock.now < deadline, !Task.isCancelled {
                        let seed = seeds.next()
                        do {
                            try await play(seed, count)
                        } catch {
                            return (seed, error)
                        }
                    }
                    return nil
                }
            }
            for await failed in group {
                guard let failed else { continue }
                group.cancelAll()
                return Optional(failed)
            }
            return nil
        }
        FileHandle.standardError.write(Data("model \(name): \(count.description)\n".utf8))
        if let (seed, error) = failure {
            Issue.record("MODEL_SEED=\(seed) repeats it: \(error)")
            return
        }
        if let publications = count.publicationsOfAChange {
            // A machine that stands still for two seconds is a fault, and its price a repeat.
            let most = hasOwnTime ? 1.05 : 1.5
            #expect(publications <= most, "publishedOnce: too many publications of a change")
        }
        #expect(count.seeds >= least, "too few runs to say anything: \(count.seeds) of at least \(least)")
        // A model in which nothing happens proves nothing. What a database does is seen by nobody here: there only the rules are counted.
        if count.seeds >= seedsForAll {
            let missing =
                hasOwnTime
                ? count.missing(ModelRule.enabled)
                : count.missing(ModelRule.enabled.subtracting(ModelRule.ofVirtualTime), sights: [])
            #expect(missing.isEmpty, "never happened in \(count.seeds) runs: \(missing)")
        }
    }
}

/// Hands out seeds.
private final class Seeds: Sendable {
    private let last: Mutex<UInt64>

    init(_ first: UInt64) { last = Mutex(first) }

    func next() -> UInt64 {
        last.withLock { last in
            defer { last += 1 }
            return last
        }
    }
}
