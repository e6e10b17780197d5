/// Sixty-four bits made of what was put in, the same in every process: FNV-1a with a finish that spreads each bit over all.
struct FaultHash: Sendable {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    /// Puts a text in, with an end that no other text has.
    mutating func add(_ text: String) {
        for byte in text.utf8 { mix(byte) }
        // No byte of UTF-8.
        mix(0xFF)
    }

    /// Puts a number in.
    mutating func add(_ number: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { mix(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    private mutating func mix(_ byte: UInt8) {
        state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }

    /// The sum of all that was put in.
    var value: UInt64 {
        var mixed = state
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
