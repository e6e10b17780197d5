/// What one owner did: counts by day, days in a row with a completion, and the last changes; made of the journal's changes, one by one.
///
/// It is bounded: ``dayLimit`` days and ``recentLimit`` changes. Which changes it counts is said by one number, ``sequence``: all up to it,
/// each once. So a change that comes again, or too early, changes nothing.
package struct Activity: Equatable, Sendable {
    /// How many days are kept, the one of the last change included.
    package static let dayLimit = 366
    /// How many changes are kept.
    package static let recentLimit = 20

    /// How often each kind of thing happened on a day.
    package struct Counts: Hashable, Sendable {
        package var created = 0
        package var completed = 0
        package var reopened = 0
        package var deleted = 0

        /// Makes counts.
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

        /// Makes a day with its counts.
        package init(_ day: UTCDay, _ counts: Counts) {
            self.day = day
            self.counts = counts
        }
    }

    /// Days in a row with a completion on each.
    package struct Streak: Hashable, Sendable {
        /// How many.
        package let days: Int
        /// The last of them.
        package let last: UTCDay

        /// Makes a streak.
        package init(days: Int, last: UTCDay) {
            self.days = days
            self.last = last
        }
    }

    /// How a change follows those that are counted.
    package enum Outcome: Hashable, Sendable {
        /// It is the next one, and counted now.
        case counted
        /// It is counted already.
        case repeated
        /// Changes before it are missing; it is not counted.
        case early
    }

    /// The sequence of the last change that is counted; 0 when there is none.
    package private(set) var sequence = 0
    /// The days on which something was counted, in order.
    package private(set) var days: [Day] = []
    /// The last changes, in order.
    package private(set) var recent: [ActivityChange] = []
    /// The days in a row up to the last completion.
    package private(set) var streak: Streak?
    /// The most days in a row there ever were.
    package private(set) var longest: Streak?

    /// Makes the activity of someone who did nothing yet.
    package init() {}

    /// Makes an activity of what was stored; days and changes may be in any order, and are cut to the limits.
    package init(sequence: Int, days: [Day], recent: [ActivityChange], streak: Streak?, longest: Streak?) {
        self.sequence = max(0, sequence)
        self.days = days.sorted { $0.day < $1.day }
        self.recent = Array(recent.sorted { $0.sequence < $1.sequence }.suffix(Activity.recentLimit))
        self.streak = streak
        self.longest = longest
        removeOldDays()
    }

    /// Counts a change if it is the next one.
    @discardableResult
    package mutating func note(_ change: ActivityChange) -> Outcome {
        if change.sequence <= sequence { return .repeated }
        guard change.sequence - sequence == 1 else { return .early }
        sequence = change.sequence
        let day = UTCDay(of: change.time)
        count(change.kind, on: day)
        if change.kind == .completed { lengthenStreak(on: day) }
        recent.append(change)
        if recent.count > Activity.recentLimit { recent.removeFirst(recent.count - Activity.recentLimit) }
        return .counted
    }

    /// Takes the changes up to a sequence for counted, since nobody has them any more.
    package mutating func pass(over last: Int) {
        sequence = max(sequence, last)
    }

    /// The days in a row with a completion, as seen on a day: up to it or to the day before; else none.
    package func currentStreak(on today: UTCDay) -> Int {
        guard let streak, today.days(since: streak.last) <= 1 else { return 0 }
        return streak.days
    }

    /// The last ``dayLimit`` days up to today on which something was counted, in order.
    package func days(upTo today: UTCDay) -> [Day] {
        days.filter { today.days(since: $0.day) < Activity.dayLimit }
    }

    private mutating func count(_ kind: TaskChange.Kind, on day: UTCDay) {
        guard kind != .updated else { return }
        // A change is seldom of another day than the one before it, and never of an earlier one.
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
            // A clock that was set back takes nothing away.
            guard day > streak.last else { return }
            self.streak = Streak(days: day.days(since: streak.last) == 1 ? streak.days + 1 : 1, last: day)
        } else {
            streak = Streak(days: 1, last: day)
        }
        if let streak, streak.days > longest?.days ?? 0 { longest = streak }
    }
}
