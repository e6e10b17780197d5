import DaprSidecar
import Testing

/// Component files with a block that several places share.
@Suite struct SharedBlockTests {
    private func resource(_ spec: String) -> String {
        """
        apiVersion: dapr.io/v1alpha1
        kind: Component
        x-common: &common
          type: state.in-memory
          version: v1
        metadata: {name: store}
        spec:
        \(spec.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))
        """
    }

    @Test(arguments: [
        "<<: *common\nmetadata: []", "<<: *common\ntype: state.in-memory", "type: state.nonsense\n<<: *common",
        "<<: [*common, {type: state.nonsense}]",
    ])
    func `a component takes its type from a shared block`(spec: String) async throws {
        try await withSidecar(["a.yaml": resource(spec)]) { sidecar in
            try await sidecar.save(#"[{"key":"k","value":1}]"#)
            let value = try await sidecar.value("k")
            #expect(value == "1")
        }
    }

    @Test func `what is written behind a merge key replaces what it brought, and is judged where it stands`() async {
        let error = await #expect(throws: ComponentError.self) {
            try await withSidecar(["a.yaml": resource("<<: *common\ntype: state.nonsense")]) { _ in }
        }
        #expect(error.map { "\($0)" }?.contains("a.yaml:9: ") == true, "\(String(describing: error))")
    }

    @Test func `only at the top may a field be called as one likes`() async {
        let error = await #expect(throws: ComponentError.self) {
            try await withSidecar(["a.yaml": resource("<<: *common\nx-more: 1")]) { _ in }
        }
        #expect(error.map { "\($0)" }?.contains("spec.x-more") == true, "\(String(describing: error))")
    }
}
