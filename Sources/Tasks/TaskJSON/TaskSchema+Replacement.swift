package import DaprJSON
import Tasks

extension TaskSchema {
    /// The input for the replacement of a task: a draft that may repeat what the service sets.
    package static let replacement: JSONValue = {
        var schema = draft.objectValue ?? JSONObject()
        var properties = schema["properties"]?.objectValue ?? JSONObject()
        for mark in TaskMark.allCases where mark != .completed {
            var property = mark.schema.objectValue ?? JSONObject()
            property["readOnly"] = true
            properties[mark.rawValue] = .object(property)
        }
        schema["properties"] = .object(properties)
        schema["description"] =
            "A whole task, or a draft of one. What is left out takes its default; what is read only changes nothing and must be as it was read, or left out."
        return .object(schema)
    }()
}
