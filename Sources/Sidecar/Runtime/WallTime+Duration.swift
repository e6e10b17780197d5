extension WallTime {
    /// The moment so much later; what is out of reach becomes the nearest moment.
    func adding(_ duration: Duration) -> WallTime {
        let (seconds, attoseconds) = duration.components
        let whole = adding(seconds: Int(clamping: seconds))
        let sum = whole.nanoseconds.addingReportingOverflow(attoseconds / 1_000_000_000)
        return sum.overflow ? whole : WallTime(nanoseconds: sum.partialValue)
    }

    /// The time from this moment to another; negative when that one is earlier.
    func duration(to other: WallTime) -> Duration {
        let difference = other.nanoseconds.subtractingReportingOverflow(nanoseconds)
        if difference.overflow { return .nanoseconds(other > self ? Int64.max : .min) }
        return .nanoseconds(difference.partialValue)
    }
}
