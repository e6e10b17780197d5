/// The attributes added to an event on a dead letter topic.
///
/// CloudEvents allows only lower-case letters and digits in a name.
package enum DeadLetterAttribute: String, CaseIterable, Sendable {
    /// The reason for the refusal, for people; it names fields but never shows their values.
    case reason = "deadreason"
    /// The code of the refusal, which stays the same over versions.
    case code = "deadcode"
    /// The time of the refusal.
    case time = "deadtime"
    /// `true` on an event that stands for a message that is not a CloudEvent, and carries it as its data.
    case raw = "deadraw"
}
