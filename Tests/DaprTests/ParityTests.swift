import Dapr
import Foundation
import Synchronization
import Testing

/// Keeps the operation of the last call.
final class OperationRecorder: DaprInstrumentation {
    private let last = Mutex<String?>(nil)

    var operation: String? { last.withLock { $0 } }

    func begin(_ call: DaprCall) -> DaprCallSpan {
        last.withLock { $0 = call.operation }
        return DaprCallSpan { _ in }
    }
}

struct ParityTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let guide = root.appending(path: "docs/client.md")

    /// `PARITY_WRITE=1 make test FILTER=ParityTests` writes the table anew.
    @Test func `the guide's tables say what the client sends`() async throws {
        let text = try await ParityTable.text()
        #expect(!text.contains("nothing"))
        let (begin, end) = ("<!-- parity: written by ParityTests -->\n", "<!-- end of parity -->\n")
        var guide = try String(contentsOf: Self.guide, encoding: .utf8)
        let from = try #require(guide.range(of: begin)).upperBound
        let to = try #require(guide.range(of: end)).lowerBound
        if ProcessInfo.processInfo.environment["PARITY_WRITE"] == "1" {
            guide.replaceSubrange(from..<to, with: text)
            try guide.write(to: Self.guide, atomically: true, encoding: .utf8)
        } else {
            #expect(guide[from..<to] == text, "docs/client.md: write it anew with PARITY_WRITE=1")
        }
    }

    @Test func `every call of the client stands in the table, and every row has a word for each SDK`() throws {
        var calls: Set<String> = []
        let sources = Self.root.appending(path: "Sources/Client/Dapr")
        for folder in try FileManager.default.contentsOfDirectory(atPath: sources.path) {
            let path = sources.appending(path: folder)
            // Files beside the folders are none of these.
            let names = (try? FileManager.default.contentsOfDirectory(atPath: path.path)) ?? []
            for name in names where name.hasPrefix("DaprClient+") {
                let text = try String(contentsOf: path.appending(path: name), encoding: .utf8)
                for match in text.matches(of: /public func (\w+)\(/) { calls.insert(String(match.1)) }
            }
        }
        #expect(calls.count > 25)
        #expect(calls == Set(ParityTable.rows.flatMap { $0.calls.map(\.name) }))
        for row in ParityTable.rows { #expect(row.others.count == ParityTable.sdks.count, "\(row.block)") }
        for row in ParityTable.failures { #expect(row.others.count == ParityTable.sdks.count, "\(row.what)") }
    }

    @Test func `the types for what comes from the sidecar are the client's`() throws {
        let types: [String: Any.Type] = [
            "SubscriptionDeclaration": SubscriptionDeclaration.self, "CloudEvent": CloudEvent.self,
            "BulkTopicDelivery": BulkTopicDelivery.self, "TopicEventAnswer": TopicEventAnswer.self,
            "JobTrigger": JobTrigger.self, "JobAnswer": JobAnswer.self,
            "ConfigurationUpdate": ConfigurationUpdate.self, "InputBindingEvent": InputBindingEvent.self,
        ]
        #expect(Set(types.keys) == Set(ParityTable.rows.flatMap(\.incoming)))
        for (name, type) in types { #expect("\(type)" == name) }
    }
}
