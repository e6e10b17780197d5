import DaprText

/// A 64-bit hash of its inputs, the same in every process: FNV-1a with a finish that spreads each bit over all others.
struct FaultHash: Sendable {
    private var hash = FNV1a<UInt64>()

    /// Adds a text and a terminator, so that ("ab", "c") and ("a", "bc") differ.
    mutating func add(_ text: String) {
        hash.add(text)
        // This byte never occurs in UTF-8.
        hash.add(0xFF)
    }

    /// Adds a number.
    mutating func add(_ number: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { hash.add(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    /// The hash of all inputs.
    var value: UInt64 {
        var mixed = hash.value
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// The hash as a number in `0..<1`, uniformly distributed.
    var fraction: Double { Double(value >> 11) * 0x1p-53 }
}

extension Surroundings {
    /// Surroundings whose identifiers and chances follow from a seed, in the order they are requested.
    ///
    /// Time and waiting are the machine's own unless given.
    package static func seeded(
        _ seed: UInt64,
        now: @escaping @Sendable () -> WallTime = { WallTime.now() },
        sleep: @escaping @Sendable (Duration) async throws(CancellationError) -> Void = Surroundings.wait
    ) -> Surroundings {
        let source = SeededNumbers(seed)
        return Surroundings(
            now: now,
            newUUID: { source.uuid() },
            random: { Double(source.next() >> 11) * 0x1p-53 },
            sleep: sleep
        )
    }
}
