import DaprText

/// The limits on a task's texts, and on the number of tags, operations and tasks.
///
/// Texts are counted in code points (Unicode scalars), as PostgreSQL's `char_length`, Python's `len` and JSON Schema's
/// `maxLength` do. So a limit bounds the bytes too.
package enum TaskRules {
    /// The most code points in a title.
    package static let titleLimit = 200
    /// The most code points in a description.
    package static let descriptionLimit = 10_000
    /// The most tags of a task.
    package static let tagLimit = 20
    /// The most code points in a tag.
    package static let tagLengthLimit = 50
    /// The most operations in a command.
    package static let operationLimit = 100
    /// The most tasks of one owner.
    package static let tasksPerOwner = 20_000

    /// Applies the rules to a field: converts its text to the stored form, and collects its faults.
    static func check(_ field: TaskField, of content: inout TaskContent, _ faults: inout [FieldFault]) {
        switch field {
        case .title: content.title = title(content.title, &faults)
        case .description: description(content.description, &faults)
        case .tags: content.tags = tags(content.tags, &faults)
        case .status, .priority, .dueDate: break  // Their types allow only valid values.
        }
    }

    /// The title without white space at its ends; it must not be empty or too long, nor hold control characters.
    private static func title(_ text: String, _ faults: inout [FieldFault]) -> String {
        let title = trimmed(text)
        if title.isEmpty {
            faults.append(FieldFault("title", .required, "Give a title of 1 to \(titleLimit) code points."))
        }
        check(title, "title", limit: titleLimit, &faults)
        return title
    }

    /// Checks that a description is not too long and has no control characters but tab and line breaks.
    private static func description(_ text: String?, _ faults: inout [FieldFault]) {
        guard let text else { return }
        check(text, "description", limit: descriptionLimit, allowing: ["\t", "\n", "\r"], &faults)
    }

    /// The tags without white space at their ends; each that is empty, too long, a duplicate or beyond the limit is a
    /// fault.
    private static func tags(_ tags: [String], _ faults: inout [FieldFault]) -> [String] {
        if tags.count > tagLimit {
            faults.append(tooManyTags(tags.count))
            return tags
        }
        var seen: Set<ExactText> = []
        return tags.enumerated().map { index, text in
            let tag = trimmed(text)
            if tag.isEmpty {
                let message = "Give a tag of 1 to \(tagLengthLimit) code points."
                faults.append(FieldFault("tags[\(index)]", .required, message))
            } else if !seen.insert(ExactText(tag)).inserted {
                faults.append(FieldFault("tags[\(index)]", .duplicate, "Give each tag once."))
            }
            check(tag, "tags[\(index)]", limit: tagLengthLimit, &faults)
            return tag
        }
    }

    /// The fault of having `count` tags, which is too many.
    static func tooManyTags(_ count: Int) -> FieldFault {
        FieldFault("tags", .tooMany, "Give at most \(tagLimit) tags; there are \(count).")
    }

    private static func check(
        _ text: String,
        _ field: @autoclosure () -> String,
        limit: Int,
        allowing allowed: Set<Unicode.Scalar> = [],
        _ faults: inout [FieldFault]
    ) {
        // Most texts are plain ASCII, which needs no Unicode tables.
        if text.utf8.count <= limit, isPlain(text) { return }
        let count = text.unicodeScalars.count
        if count > limit {
            faults.append(FieldFault(field(), .tooLong, "Give at most \(limit) code points; there are \(count)."))
        }
        if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control && !allowed.contains($0) }) {
            faults.append(FieldFault(field(), .controlCharacter, "Leave out control code points."))
        }
    }

    /// Whether the text is printable ASCII only.
    private static func isPlain(_ text: String) -> Bool {
        let bytes = text.utf8Span.span
        var isPlain = true
        for index in bytes.indices { isPlain = isPlain && bytes[index] &- 0x20 < 0x5F }
        return isPlain
    }

    private static func trimmed(_ text: String) -> String {
        // Most texts begin and end with such a byte, which needs no Unicode tables.
        let bytes = text.utf8Span.span
        if let last = bytes.indices.last, bytes[0] &- 0x21 < 0x5E, bytes[last] &- 0x21 < 0x5E { return text }
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }
}
