import Synchronization

/// Creates UUIDs of version 7, each greater than the one before.
///
/// Their layout is that of [RFC 9562](https://www.rfc-editor.org/rfc/rfc9562#section-5.7): 48 bits of milliseconds,
/// then 74 random bits.
package final class TaskIDMaker: Sendable {
    private let now: @Sendable () -> Timestamp
    private let last = Mutex<UUIDv7?>(nil)

    /// Creates a maker that reads the time from `now`.
    package init(now: @escaping @Sendable () -> Timestamp) {
        self.now = now
    }

    /// The next identifier, greater than all earlier ones of this maker, even when the clock stands still or goes back.
    package func next() -> TaskID {
        let fresh = UUIDv7(time: now(), random: (.random(in: .min ... .max), .random(in: .min ... .max)))
        return last.withLock { last in
            let next = last.map { fresh > $0 ? fresh : $0.successor } ?? fresh
            last = next
            return next.id
        }
    }
}

/// The parts of a version 7 UUID, computed purely from a time and random bits.
package struct UUIDv7: Comparable, Sendable {
    /// Milliseconds since 1970, 48 bits.
    private let milliseconds: UInt64
    /// The random bits before the variant, 12 bits.
    private let upper: UInt64
    /// The random bits after the variant, 62 bits.
    private let lower: UInt64

    /// Takes the lowest 48 bits of the time, and 74 of the random bits.
    package init(time: Timestamp, random: (UInt64, UInt64)) {
        self.init(
            milliseconds: UInt64(bitPattern: time.milliseconds) & 0xFFFF_FFFF_FFFF,
            upper: random.0 & 0xFFF,
            lower: random.1 & 0x3FFF_FFFF_FFFF_FFFF
        )
    }

    private init(milliseconds: UInt64, upper: UInt64, lower: UInt64) {
        self.milliseconds = milliseconds
        self.upper = upper
        self.lower = lower
    }

    /// The identifier, with version and variant set.
    package var id: TaskID {
        TaskID(high: milliseconds << 16 | 0x7000 | upper, low: 0x8000_0000_0000_0000 | lower)
    }

    /// The next greater UUID: increments the random bits, and carries into the milliseconds.
    package var successor: UUIDv7 {
        if lower < 0x3FFF_FFFF_FFFF_FFFF { return UUIDv7(milliseconds: milliseconds, upper: upper, lower: lower + 1) }
        if upper < 0xFFF { return UUIDv7(milliseconds: milliseconds, upper: upper + 1, lower: 0) }
        return UUIDv7(milliseconds: (milliseconds + 1) & 0xFFFF_FFFF_FFFF, upper: 0, lower: 0)
    }

    package static func < (left: UUIDv7, right: UUIDv7) -> Bool {
        (left.milliseconds, left.upper, left.lower) < (right.milliseconds, right.upper, right.lower)
    }
}
