import Tasks
import TasksDapr

extension JournalProgram {
    /// Lists and reads of a book of 10,000 tasks as it was.
    func pastLists() async throws {
        let id = try ownerID("list10000")
        for (name, back) in [("near", 64), ("far", 2048)] {
            var query = TaskQuery()
            query.moment = .sequence(10_000 - back)
            let perList = try await cost(callers: 4) { [query] _, _ in
                let page = try await service.list(query, owner: id, trace: nil)
                guard page.total == 10_000 - back else { throw BenchmarkError.unreadable("\(page.total) tasks") }
            }
            say("list-past-\(name)-cpu \(perList)")
        }
        guard let task = try await service.list(TaskQuery(), owner: id, trace: nil).items.first?.id else {
            throw BenchmarkError.unreadable("no tasks")
        }
        let perRead = try await cost(callers: 4) { _, _ in
            let past = try await service.document(task, asOf: .sequence(5000), owner: id, trace: nil)
            guard past.sequence == 5000 else { throw BenchmarkError.unreadable("\(past.sequence)") }
        }
        say("task-past-cpu \(perRead)")
    }
}
