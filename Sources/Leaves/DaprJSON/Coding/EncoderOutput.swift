/// The text that an encoder and those below it write to.
final class EncoderOutput {
    /// Without the check at each access, which was an eighth of an encode.
    ///
    /// Nothing that is called while the text is written to comes back here: the caller's keys and values are asked for before or after.
    @safe @exclusivity(unchecked) var text = SortingOutput()
}
