import DaprText

/// Sixty-four bits made of what was put in, the same in every process: FNV-1a with a finish that spreads each bit over all.
struct FaultHash: Sendable {
    private var hash = FNV1a<UInt64>()

    /// Puts a text in, with an end that no other text has.
    mutating func add(_ text: String) {
        hash.add(text)
        // No byte of UTF-8.
        hash.add(0xFF)
    }

    /// Puts a number in.
    mutating func add(_ number: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { hash.add(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    /// The sum of all that was put in.
    var value: UInt64 {
        var mixed = hash.value
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// The sum as an even number in `0..<1`.
    var fraction: Double { Double(value >> 11) * 0x1p-53 }
}

extension Surroundings {
    /// Surroundings whose identifiers and chances follow from a seed, in the order they are asked for.
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
