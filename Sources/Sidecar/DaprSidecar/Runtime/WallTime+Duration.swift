extension WallTime {
    /// The moment `duration` later, clamped to the representable range.
    func adding(_ duration: Duration) -> WallTime {
        let (seconds, attoseconds) = duration.components
        let whole = adding(seconds: Int(clamping: seconds))
        let sum = whole.nanoseconds.addingReportingOverflow(attoseconds / 1_000_000_000)
        return sum.overflow ? whole : WallTime(nanoseconds: sum.partialValue)
    }

    /// The time from this moment to `other`; negative when `other` is earlier.
    func duration(to other: WallTime) -> Duration {
        let difference = other.nanoseconds.subtractingReportingOverflow(nanoseconds)
        if difference.overflow { return .nanoseconds(other > self ? Int64.max : .min) }
        return .nanoseconds(difference.partialValue)
    }
}
