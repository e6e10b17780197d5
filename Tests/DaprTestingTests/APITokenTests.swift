import Dapr
import DaprCurl
import DaprJSON
import DaprSidecar
import DaprSidecarHTTP
import DaprTesting
import Testing

/// The sidecar's token, from the environment over libcurl to a sidecar that asks for it.
struct APITokenTests {
    @Test func `the token of the environment opens the sidecar, and none or another does not`() async throws {
        var runtime = RuntimeConfiguration(appID: "guarded")
        runtime.apiToken = "sesame"
        let sidecar = try await ListeningSidecar.start(.init(runtime: runtime))
        for (token, isRight) in [("sesame", true), (nil, false), ("", false), ("sesam", false), ("sesame2", false)] {
            var environment = ["DAPR_HTTP_PORT": "\(sidecar.port)"]
            environment["DAPR_API_TOKEN"] = token
            let transport = try DaprCurlTransport(endpoint: DaprEndpoint(environment: environment))
            let dapr = DaprClient(transport: transport, apiToken: environment["DAPR_API_TOKEN"])
            let save = await Self.error { () async throws(DaprError) in
                try await dapr.saveState([StateItem("k", value: 1)], in: "statestore")
            }
            let read = await Self.error { () async throws(DaprError) in _ = try await dapr.getMetadata() }
            for error in [save, read] {
                #expect((error == nil) == isRight, "\(token ?? "none")")
                guard let error else { continue }
                #expect(error.kind == .refused && error.status == 401 && !error.outcomeUnknown)
                #expect(error.description.contains("DAPR_API_TOKEN"))
                #expect(token?.isEmpty ?? true || !error.debugDescription.contains("sesam"))
            }
            // Whoever asks whether the sidecar is there needs no token.
            #expect(try await dapr.isOutboundHealthy())
            await transport.shutdown()
        }
        #expect(await sidecar.stop())
    }

    private static func error(_ call: () async throws(DaprError) -> Void) async -> DaprError? {
        do throws(DaprError) {
            try await call()
            return nil
        } catch {
            return error
        }
    }
}
