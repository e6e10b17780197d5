import DaprHTTP
import DaprJSON
import TaskJSON
import Tasks
import WebFront

extension HTTPRequest {
    /// The content that the body describes, to create or to replace a task.
    func taskContent() throws(WebFault) -> TaskContent {
        let fields = try jsonObject().fields
        do throws(TaskError) {
            return try TaskContent(fields: fields)
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
