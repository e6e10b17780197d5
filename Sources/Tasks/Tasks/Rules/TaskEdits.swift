import DaprText

/// A client's edits to a task ([RFC 6902](https://www.rfc-editor.org/rfc/rfc6902), JSON Patch): each works on the result of
/// those before it, all of them or none.
package struct TaskEdits: Hashable, Sendable {
    /// One edit.
    package enum Step: Hashable, Sendable {
        case add(EditPath, FieldValue)
        case remove(EditPath)
        case replace(EditPath, FieldValue)
        case move(from: EditPath, to: EditPath)
        case copy(from: EditPath, to: EditPath)
        /// Refuses all edits unless the value is there.
        case test(EditPath, FieldValue)
    }

    /// The most edits of one command.
    package static let limit = 100

    /// The edits, in order.
    package let steps: [Step]

    package init(_ steps: [Step]) {
        self.steps = steps
    }

    /// The fields that the edits test.
    var testedFields: TaskFields {
        var fields: TaskFields = []
        for case .test(let path, _) in steps {
            guard let name = path.member else { continue }
            if let field = TaskField(rawValue: name) { fields.insert(field) }
            if name.hasSameBytes(as: TaskMark.completed.rawValue) { fields.insert(.status) }
        }
        return fields
    }
}

/// A place in a task's JSON (RFC 6901): a member, an element of its tags, or the whole.
package enum EditPath: Hashable, Sendable {
    /// `""`.
    case whole
    /// `/title`.
    case member(String)
    /// `/tags/0`.
    case element(String, Int)
    /// `/tags/-`: behind the last element.
    case end(String)
    /// Deeper than any value of a task is.
    case nowhere

    /// The name of the member that the path is in; `nil` for the whole, and for one deeper than any value.
    var member: String? {
        switch self {
        case .member(let name), .element(let name, _), .end(let name): name
        case .whole, .nowhere: nil
        }
    }

    /// The path as a JSON pointer; of one deeper than any value only that it is.
    package var pointer: String {
        switch self {
        case .whole: ""
        case .member(let name): "/" + JSONPointer.escaped(name)
        case .element(let name, let index): "/\(JSONPointer.escaped(name))/\(index)"
        case .end(let name): "/\(JSONPointer.escaped(name))/-"
        case .nowhere: "//"
        }
    }

    /// Parses a JSON pointer; `nil` when it is none.
    package init?(_ pointer: String) {
        guard let steps = JSONPointer.steps(of: pointer) else { return nil }
        switch steps.count {
        case 0: self = .whole
        case 1: self = .member(steps[0])
        case 2 where steps[1].utf8.elementsEqual("-".utf8): self = .end(steps[0])
        case 2: self = EditPath.index(steps[1]).map { .element(steps[0], $0) } ?? .nowhere
        default: self = .nowhere
        }
    }

    /// An index by RFC 6901 section 4: digits without leading zeros; `nil` for anything else.
    private static func index(_ step: String) -> Int? {
        let digits = step.utf8
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return digits.count > 1 && digits.first == UInt8(ascii: "0") ? nil : Int(step)
    }
}
