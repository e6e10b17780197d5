/// The attributes that an event carries on a dead letter topic beside its own.
///
/// CloudEvents allows lower-case letters and digits in a name.
package enum DeadLetterAttribute: String, CaseIterable, Sendable {
    /// Why it was refused, for people; it names fields, never what they hold.
    case reason = "deadreason"
    /// Why it was refused, a word that stays the same over versions.
    case code = "deadcode"
    /// When it was refused.
    case time = "deadtime"
    /// `true` on an event that stands for a message which is no CloudEvent, and has it as its data.
    case raw = "deadraw"
}
