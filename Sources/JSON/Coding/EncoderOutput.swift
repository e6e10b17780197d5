/// The text that an encoder and those below it write to.
final class EncoderOutput {
    /// Without the check at each access, which was a quarter of an encode: nothing that is called while the text is written to comes back
    /// here. Keys and values of the caller's are asked for before or after, never in between.
    @safe @exclusivity(unchecked) var text = SortingOutput()
}
