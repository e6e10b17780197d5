/// What a sidecar does with every request, unless it is configured otherwise.
package enum SidecarLimits {
    /// The longest body it takes.
    package static let bodyBytes = 4 << 20
    /// In how many bytes it may write one byte of a JSON text, since it writes `<` as `\u003c`.
    package static let escapedBytesOfByte = 6
}
