import DaprCalendar

/// A moment as log lines show it: UTC, milliseconds, `2026-01-02T03:04:05.678Z`.
package struct WallTime: Hashable, Sendable {
    /// Milliseconds since 1970 began.
    package let milliseconds: Int

    /// Makes a moment of milliseconds since 1970 began.
    package init(milliseconds: Int) { self.milliseconds = milliseconds }

    func append(to bytes: inout [UInt8]) {
        let range = RFC3339.milliseconds
        let text = RFC3339.utf8(milliseconds: min(max(Int64(milliseconds), range.lowerBound), range.upperBound))
        for place in text.indices { bytes.append(text[place]) }
    }
}
