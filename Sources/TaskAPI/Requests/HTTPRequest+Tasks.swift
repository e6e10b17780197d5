import HTTPServer
import JSON
import Tasks

extension HTTPRequest {
    /// The task that the body describes, to create or to replace one.
    func taskContent() throws(APIFault) -> TaskContent {
        let fields = try jsonObject().fields
        do throws(TaskError) {
            return try TaskContent(fields: fields)
        } catch {
            throw .task(error)
        }
    }

    /// The change that the body describes.
    func taskPatch() throws(APIFault) -> TaskPatch {
        let fields = try jsonObject().fields
        do throws(TaskError) {
            return try TaskPatch(fields: fields)
        } catch {
            throw .task(error)
        }
    }
}

extension JSONObject {
    /// The members as the domain reads them.
    var fields: [(name: String, value: FieldValue)] {
        map { (name: $0.key, value: FieldValue($0.value)) }
    }
}

extension FieldValue {
    init(_ value: JSONValue) {
        switch value {
        case .null: self = .null
        case .bool(let truth): self = .bool(truth)
        case .number(let number): self = number.intValue.map { .integer($0) } ?? .other
        case .string(let text): self = .string(text)
        case .array(let elements): self = .list(elements.map { FieldValue($0) })
        case .object: self = .other
        }
    }
}
