import Dapr
import DaprCurl
import Foundation
import TinyServer

/// Schedules a job that runs three times, and is called for each.
@main
struct ScheduledJob {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        let (runs, incoming) = AsyncStream.makeStream(of: String.self)
        try TinyServer.start(port: UInt16(environment["APP_PORT"] ?? "") ?? 8080) { request in
            guard request.method == "POST", let job = try? JobTrigger(path: request.path, body: request.body),
                job.name == "tea"
            else { return .init(status: request.path.hasPrefix("/job/") ? 500 : 404) }
            incoming.yield((try? job.decodedData(String.self)) ?? "nothing")
            return .init(status: JobAnswer.done.status)
        }
        let transport = try DaprCurlTransport(endpoint: DaprEndpoint(environment: environment))
        let dapr = DaprClient(transport: transport, apiToken: environment["DAPR_API_TOKEN"])
        let job = Job(schedule: .every(.seconds(1)), dueTime: .after(.zero), repeats: 3, value: "drink")
        try await dapr.scheduleJob("tea", job, overwrite: true)
        var count = 0
        for await words in runs {
            count += 1
            print("run \(count): \(words)")
            if count == 3 { break }
        }
        await transport.shutdown()
    }
}
