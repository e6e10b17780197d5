import DaprHTTP
import DaprJSON
import TaskJSON
import Tasks
import WebFront

extension HTTPRequest {
    /// The content that the body describes, to create a task.
    func taskContent() throws(WebFault) -> TaskContent { try content(of: jsonObject().fields) }

    /// The content that the body describes, to replace a task, and what it repeats of the task that was read.
    func taskReplacement() throws(WebFault) -> (content: TaskContent, marks: GivenMarks) {
        var fields = try jsonObject().fields
        let marks = GivenMarks(takenFrom: &fields)
        return (try content(of: fields), marks)
    }

    private func content(of fields: [(name: String, value: FieldValue)]) throws(WebFault) -> TaskContent {
        do throws(TaskError) {
            return try TaskContent(fields: fields)
        } catch {
            throw .task(error)
        }
    }

    /// The edits that the body, a JSON Patch, describes.
    func taskEdits() throws(WebFault) -> TaskEdits {
        let value = try jsonValue()
        do throws(TaskError) {
            return try TaskEdits(value)
        } catch {
            throw .task(error)
        }
    }

    /// The patch that the body describes.
    func taskPatch() throws(WebFault) -> TaskPatch {
        let fields = try jsonObject().fields
        do throws(TaskError) {
            return try TaskPatch(fields: fields)
        } catch {
            throw .task(error)
        }
    }
}
