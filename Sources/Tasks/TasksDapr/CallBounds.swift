internal import Dapr

/// The bounds of one call to the sidecar.
enum CallBounds {
    /// The most bytes of text in one call, unless a single item is longer.
    static let textBytes = 512 << 10
    /// The size of `textBytes` bytes when every byte is escaped; the rest of a sidecar's limit is left for the
    /// surrounding JSON.
    static let escapedBytes = textBytes * SidecarLimits.escapedBytesOfByte
    /// The most events or dead letters in one call.
    static let events = 100
}
