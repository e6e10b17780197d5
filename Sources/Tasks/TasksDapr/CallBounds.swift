internal import Dapr

/// How much is put into one call of the sidecar.
enum CallBounds {
    /// How many bytes of text, or one thing that is longer.
    static let textBytes = 512 << 10
    /// What these become when every byte is escaped; the rest of what a sidecar takes is for what stands around them.
    static let escapedBytes = textBytes * SidecarLimits.escapedBytesOfByte
    /// How many events, or dead letters.
    static let events = 100
}
