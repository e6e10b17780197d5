import Synchronization

/// Random numbers for trace and span IDs, which must be distinct but need not be secret.
///
/// The system provides one seed (SplitMix64); asking it for each ID would cost a system call.
package final class TraceIDs: Sendable {
    private let state: Atomic<UInt64>

    package init() {
        var system = SystemRandomNumberGenerator()
        state = Atomic(system.next())
    }

    /// A source of numbers that nobody else gets.
    package var generator: Generator { Generator(ids: self) }

    package struct Generator: RandomNumberGenerator {
        fileprivate let ids: TraceIDs

        package mutating func next() -> UInt64 {
            var mixed = ids.state.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}
