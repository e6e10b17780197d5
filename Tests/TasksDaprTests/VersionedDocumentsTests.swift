import Dapr
import DaprJSON
import TestSupport
import Testing

@testable import TasksDapr

struct VersionedDocumentsTests {
    @Test(arguments: [nil, 5])
    func `a document that another makes or changes meanwhile is read again and changed`(before: Int?) async throws {
        let sidecar = FakeSidecar()
        let dapr = DaprClient(transport: sidecar)
        if let before { try await dapr.saveState([StateItem("doc", value: .integer(before))], in: "statestore") }
        sidecar.forgetCalls()
        sidecar.setFault { [unowned sidecar] call in
            if call.kind == .save, call.number == 1 { sidecar.put("doc", "1") }
            return .none
        }
        let stored = try await VersionedDocuments(dapr: dapr, store: "statestore", watch: nil).update("doc") { bytes in
            let old = bytes.flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0
            return Array("\(old + 10)".utf8)
        }
        #expect(stored == Array("11".utf8))
        #expect(sidecar.rows["doc"]?.value == stored)
        #expect(sidecar.calls.map(\.kind) == [.get, .save, .get, .save])
    }

    @Test func `a key that the store could not read is named, and is no failure of the sidecar`() async throws {
        let sidecar = StubTransport(.json(200, #"[{"key":"a","data":1,"etag":"1"},{"key":"b","error":"disk"}]"#))
        let documents = VersionedDocuments(dapr: DaprClient(transport: sidecar), store: "statestore", watch: nil)
        await #expect(throws: JournalFailure.notRead(key: "b")) { try await documents.read(["a", "b"]) }
    }
}
