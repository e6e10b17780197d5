import DaprText

/// A command that was carried out, as the token names it with which it can be taken back.
package struct PastCommand: Hashable, Sendable {
    /// The command's sequences.
    package let sequences: ClosedRange<Int>
    /// Tells the command from another one that a store has in its place after it was set back to a copy.
    package let check: UInt32

    /// Names a command by its changes; `nil` when none of them changed anything.
    package init?(_ changes: [TaskChange]) {
        guard let first = changes.first, changes.contains(where: \.changesFields) else { return nil }
        sequences = first.command
        check = PastCommand.check(of: first)
    }

    /// Parses what ``text`` gives; `nil` for anything else.
    package init?(_ text: String) {
        let parts = text.splitBytes(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let first = Int(parts[0]), let count = Int(parts[1]), let check = UInt32(parts[2]),
            first > 0, (1...TaskRules.operationLimit).contains(count), first <= .max - count
        else { return nil }
        sequences = first...first + count - 1
        self.check = check
    }

    /// The command in a few characters.
    package var text: String { "\(sequences.lowerBound)-\(sequences.count)-\(check)" }

    /// Whether these are the changes of the command.
    package func isCommand(of changes: [TaskChange]) -> Bool {
        guard let first = changes.first else { return false }
        return first.command == sequences && changes.count == sequences.count && PastCommand.check(of: first) == check
    }

    private static func check(of change: TaskChange) -> UInt32 {
        var hash = FNV1a<UInt64>()
        hash.add(change.taskID.rawValue)
        hash.add(0)
        hash.add("\(change.version) \(change.time.milliseconds)")
        return UInt32(truncatingIfNeeded: hash.value ^ hash.value >> 32)
    }
}
