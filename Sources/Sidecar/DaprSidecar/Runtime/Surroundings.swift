import DaprText
import Synchronization

/// The runtime's external inputs: time, identifiers, randomness and waiting.
///
/// Tests supply their own, so that a run can be repeated exactly.
package struct Surroundings: Sendable {
    /// The wall clock.
    package var now: @Sendable () -> WallTime
    /// A new UUID in lower case.
    package var newUUID: @Sendable () -> String
    /// A random number, uniformly distributed in `0..<1`, for the jitter of retries.
    package var random: @Sendable () -> Double
    /// Waits; throws when the task is cancelled.
    package var sleep: @Sendable (Duration) async throws(CancellationError) -> Void

    /// Creates surroundings; each part is the machine's own unless given.
    package init(
        now: @escaping @Sendable () -> WallTime = { WallTime.now() },
        newUUID: @escaping @Sendable () -> String = { Surroundings.randomUUID() },
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) },
        sleep: @escaping @Sendable (Duration) async throws(CancellationError) -> Void = Surroundings.wait
    ) {
        self.now = now
        self.newUUID = newUUID
        self.random = random
        self.sleep = sleep
    }

    /// A random UUID (version 4) in lower case.
    package static func randomUUID() -> String {
        let (first, second) = generator.withLock { ($0.next(), $0.next()) }
        return uuid(first, second)
    }

    /// The UUID (version 4) in lower case made of these random bits.
    static func uuid(_ first: UInt64, _ second: UInt64) -> String {
        let high = first & 0xFFFF_FFFF_FFFF_0FFF | 0x0000_0000_0000_4000
        let low = second & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for index in 0..<32 {
            if index == 8 || index == 12 || index == 16 || index == 20 { text.append(UInt8(ascii: "-")) }
            let word = index < 16 ? high : low
            text.append(Hexadecimal.digit(UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (index % 16)))))
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static let generator = Mutex(QuickNumbers())

    /// Waits on the continuous clock.
    package static let wait: @Sendable (Duration) async throws(CancellationError) -> Void = {
        duration throws(CancellationError) in
        do {
            try await Task.sleep(for: duration)
        } catch {
            throw CancellationError()
        }
    }
}

/// A random number generator that the system seeds once, for numbers that must differ but need not be secret
/// (xoshiro256**).
private struct QuickNumbers {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    init() {
        var system = SystemRandomNumberGenerator()
        state = (system.next(), system.next(), system.next(), system.next() | 1)
    }

    mutating func next() -> UInt64 {
        let product = state.1 &* 5
        let result = (product << 7 | product >> 57) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = state.3 << 45 | state.3 >> 19
        return result
    }
}
