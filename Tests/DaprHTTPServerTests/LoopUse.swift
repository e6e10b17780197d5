import DaprEventLoop
import Foundation
import Testing

/// What a loop's thread did while something else was done.
struct LoopUse {
    var wall: Duration
    /// How long it computed.
    var computed: Duration
    /// How long it would have computed but for others on the machine.
    var waited: Duration

    /// Whether it hardly ever waited for something to do: that does not depend on how fast the machine is, or how busy.
    var isWithoutRest: Bool { (computed + waited) * 2 > wall }

    /// Does the work, and measures the loop meanwhile.
    static func of(_ loop: EventLoop, _ work: () async throws -> Void) async throws -> LoopUse {
        let (begin, before) = (ContinuousClock.now, try await times(of: loop))
        try await work()
        let after = try await times(of: loop)
        return LoopUse(
            wall: begin.duration(to: .now),
            computed: .nanoseconds(after[0] - before[0]),
            waited: .nanoseconds(after[1] - before[1])
        )
    }

    /// The nanoseconds that a loop's thread has computed and has waited for a processor, by the scheduler's account.
    private static func times(of loop: EventLoop) async throws -> [Int] {
        let text = await withCheckedContinuation { done in
            loop.submit {
                done.resume(returning: try? String(contentsOfFile: "/proc/thread-self/schedstat", encoding: .utf8))
            }
        }
        let times = try #require(text).split(separator: " ").compactMap { Int($0) }
        try #require(times.count >= 2)
        return times
    }
}

/// The memory that this process has, in bytes.
func residentBytes() throws -> Int {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return try #require(fields.dropFirst().first.flatMap { Int($0) }) * Int(sysconf(Int32(_SC_PAGESIZE)))
}
