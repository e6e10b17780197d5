/// An owner's activity: counts by day, streaks of days with a completion, and the last changes.
///
/// It is built from the journal's changes, one by one, and is bounded by ``dayLimit`` days and ``recentLimit`` changes.
/// ``sequence`` alone says which changes are counted: all up to it, each once. So a change that comes again or too
/// early is not counted. ``unheard`` holds those of the counted changes for which no event has come.
package struct Activity: Equatable, Sendable {
    /// The most days to keep, including that of the last change.
    package static let dayLimit = 366
    /// The most changes to keep.
    package static let recentLimit = 20
    /// The most separate ranges in ``unheard``.
    package static let unheardLimit = 256

    /// The number of events of each kind on a day.
    package struct Counts: Hashable, Sendable {
        package var created = 0
        package var completed = 0
        package var reopened = 0
        package var deleted = 0

        package init(created: Int = 0, completed: Int = 0, reopened: Int = 0, deleted: Int = 0) {
            self.created = created
            self.completed = completed
            self.reopened = reopened
            self.deleted = deleted
        }

        fileprivate mutating func add(_ kind: TaskChange.Kind) {
            switch kind {
            case .created: created += 1
            case .completed: completed += 1
            case .reopened: reopened += 1
            case .deleted: deleted += 1
            case .updated: break
            }
        }
    }

    /// A day on which something was counted.
    package struct Day: Hashable, Sendable {
        package let day: UTCDay
        package var counts: Counts

        package init(_ day: UTCDay, _ counts: Counts) {
            self.day = day
            self.counts = counts
        }
    }

    /// Consecutive days with a completion on each.
    package struct Streak: Hashable, Sendable {
        /// The number of days.
        package let days: Int
        /// The last of the days.
        package let last: UTCDay

        package init(days: Int, last: UTCDay) {
            self.days = days
            self.last = last
        }
    }

    /// The effect of noting a change.
    package enum Outcome: Hashable, Sendable {
        /// It was the next one, and is counted now.
        case counted
        /// It had been counted before.
        case repeated
        /// Changes before it are missing, so it is not counted.
        case early
    }

    /// The sequence of the last counted change; 0 when there is none.
    package private(set) var sequence = 0
    /// The days on which something was counted, in order.
    package private(set) var days: [Day] = []
    /// The last changes, in order.
    package private(set) var recent: [ActivityChange] = []
    /// The streak that ends with the last completion.
    package private(set) var streak: Streak?
    /// The longest streak ever.
    package private(set) var longest: Streak?
    /// The counted changes for which no event is known to have come, in order; they were read from the journal.
    ///
    /// When there are too many ranges, the two closest to each other are merged, including the changes between them.
    package private(set) var unheard: [ClosedRange<Int>] = []

    /// Creates the activity of an owner who has done nothing yet.
    package init() {}

    /// Creates an activity from what was stored; days and changes may be in any order, and are cut to the limits.
    package init(
        sequence: Int,
        days: [Day],
        recent: [ActivityChange],
        streak: Streak?,
        longest: Streak?,
        unheard: [ClosedRange<Int>]
    ) {
        self.sequence = max(0, sequence)
        self.unheard = unheard
        self.days = days.sorted { $0.day < $1.day }
        self.recent = Array(recent.sorted { $0.sequence < $1.sequence }.suffix(Activity.recentLimit))
        self.streak = streak
        self.longest = longest
        removeOldDays()
    }

    /// Counts a change whose event came, if it is the next one.
    @discardableResult
    package mutating func note(_ change: ActivityChange) -> Outcome {
        if change.sequence <= sequence {
            hear(change.sequence)
            return .repeated
        }
        guard change.sequence - sequence == 1 else { return .early }
        sequence = change.sequence
        let day = UTCDay(of: change.time)
        count(change.kind, on: day)
        if change.kind == .completed { lengthenStreak(on: day) }
        recent.append(change)
        if recent.count > Activity.recentLimit { recent.removeFirst(recent.count - Activity.recentLimit) }
        return .counted
    }

    /// Counts a change that was read from the journal, if it is the next one; its event may come later, or never.
    package mutating func fill(_ change: ActivityChange) {
        guard change.sequence - sequence == 1, note(change) == .counted else { return }
        if let last = unheard.last, last.upperBound == change.sequence - 1 {
            unheard[unheard.count - 1] = last.lowerBound...change.sequence
        } else {
            unheard.append(change.sequence...change.sequence)
            mergeUnheard()
        }
    }

    /// Treats the changes up to `last` as counted, because nobody has them any more.
    package mutating func pass(over last: Int) {
        sequence = max(sequence, last)
    }

    /// The length of the streak as seen on `today`: 0 unless its last day is today or yesterday.
    package func currentStreak(on today: UTCDay) -> Int {
        guard let streak, today.days(since: streak.last) <= 1 else { return 0 }
        return streak.days
    }

    /// The days on which something was counted, in order, of the last ``dayLimit`` days up to `today`.
    package func days(upTo today: UTCDay) -> [Day] {
        days.filter { today.days(since: $0.day) < Activity.dayLimit }
    }

    /// Records that the event of a counted change came.
    private mutating func hear(_ sequence: Int) {
        guard let index = unheard.firstIndex(where: { $0.contains(sequence) }) else { return }
        let range = unheard[index]
        var parts: [ClosedRange<Int>] = []
        if range.lowerBound < sequence { parts.append(range.lowerBound...sequence - 1) }
        if sequence < range.upperBound { parts.append(sequence + 1...range.upperBound) }
        unheard.replaceSubrange(index...index, with: parts)
        mergeUnheard()
    }

    /// Merges ranges down to the limit.
    ///
    /// A change whose event came may then look unheard, but never the other way around.
    private mutating func mergeUnheard() {
        while unheard.count > Activity.unheardLimit {
            let gaps = unheard.indices.dropLast().map { unheard[$0 + 1].lowerBound - unheard[$0].upperBound }
            guard let least = gaps.indices.min(by: { gaps[$0] < gaps[$1] }) else { return }
            let merged = unheard[least].lowerBound...unheard[least + 1].upperBound
            unheard.replaceSubrange(least...least + 1, with: [merged])
        }
    }

    private mutating func count(_ kind: TaskChange.Kind, on day: UTCDay) {
        guard kind != .updated else { return }
        // A change nearly always has the day of the one before it, and never an earlier one.
        let index = days.lastIndex { $0.day <= day } ?? -1
        if index >= 0, days[index].day == day {
            days[index].counts.add(kind)
        } else {
            var counts = Counts()
            counts.add(kind)
            days.insert(Day(day, counts), at: index + 1)
            removeOldDays()
        }
    }

    private mutating func removeOldDays() {
        guard let newest = days.last?.day else { return }
        days.removeAll { newest.days(since: $0.day) >= Activity.dayLimit }
    }

    private mutating func lengthenStreak(on day: UTCDay) {
        if let streak {
            // When the clock was set back, the streak stays as it is.
            guard day > streak.last else { return }
            self.streak = Streak(days: day.days(since: streak.last) == 1 ? streak.days + 1 : 1, last: day)
        } else {
            streak = Streak(days: 1, last: day)
        }
        if let streak, streak.days > longest?.days ?? 0 { longest = streak }
    }
}
