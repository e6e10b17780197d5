import DaprText

/// One question to a task, with everything known that does not depend on the task.
enum FilterTest: Hashable, Sendable {
    /// The status is one of those whose bits are set.
    case status(UInt8)
    /// The priority is one of those whose bits are set.
    case priority(UInt8)
    case title(String)
    case titleContains(Needle)
    case description(String)
    case descriptionContains(Needle)
    case hasNoDescription
    case tag(String)
    case tagContains(Needle)
    case hasNoTag
    case due(DateRange)
    case hasNoDue
    case created(Range<Int64>)
    case updated(Range<Int64>)
    case version(ClosedRange<Int>)
    /// No task is like this.
    case never

    /// Whether it reads texts through.
    var isSearch: Bool {
        switch self {
        case .titleContains, .descriptionContains, .tagContains: true
        case .status, .priority, .title, .description, .hasNoDescription, .tag, .hasNoTag, .due, .hasNoDue, .created,
            .updated, .version, .never:
            false
        }
    }

    /// The answer of a task.
    func holds(for task: some FilterSubject) -> Bool {
        switch self {
        case .status(let bits): bits >> UInt8(truncatingIfNeeded: task.statusIndex) & 1 == 1
        case .priority(let bits): bits >> UInt8(truncatingIfNeeded: task.priorityIndex) & 1 == 1
        case .title(let title): task.titleText.hasSameBytes(as: title)
        case .titleContains(let needle): needle.isFound(in: task.titleText)
        case .description(let text): task.descriptionText?.hasSameBytes(as: text) ?? false
        case .descriptionContains(let needle): task.descriptionText.map { needle.isFound(in: $0) } ?? false
        case .hasNoDescription: task.descriptionText == nil
        case .tag(let tag): task.tagTexts.contains(bytesOf: tag)
        case .tagContains(let needle): task.tagTexts.contains { needle.isFound(in: $0) }
        case .hasNoTag: task.tagTexts.isEmpty
        case .due(let range): range.contains(task.due)
        case .hasNoDue: task.due == .none
        case .created(let range): range.contains(task.createdMilliseconds)
        case .updated(let range): range.contains(task.updatedMilliseconds)
        case .version(let range): range.contains(task.version)
        case .never: false
        }
    }
}
