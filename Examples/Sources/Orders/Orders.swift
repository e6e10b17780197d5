import Dapr
import DaprCurl
import Foundation
import TinyServer

/// An order as it travels.
struct Order: Codable, Sendable {
    let id: Int
    let drink: String
}

/// Publishes three orders and gets them back as a subscriber.
@main
struct Orders {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        let (received, incoming) = AsyncStream.makeStream(of: Order.self)
        try TinyServer.start(port: UInt16(environment["APP_PORT"] ?? "") ?? 8080) { request in
            switch (request.method, request.path) {
            case ("GET", SubscriptionDeclaration.path):
                let orders = Subscription(pubsub: "pubsub", topic: "orders", route: "/orders")
                return .init(body: SubscriptionDeclaration.body([orders]))
            case ("POST", "/orders"):
                return .init(body: take(request.body, incoming).body)
            default:
                return .init(status: 404)
            }
        }
        let transport = try DaprCurlTransport(endpoint: DaprEndpoint(environment: environment))
        let dapr = DaprClient(transport: transport, apiToken: environment["DAPR_API_TOKEN"])
        // The sidecar asks for subscriptions once the app listens, and is healthy then.
        while try await !dapr.isHealthy() { try await Task.sleep(for: .milliseconds(50)) }
        for (id, drink) in ["tea", "coffee", "water"].enumerated() {
            try await dapr.publishEvent(encoding: Order(id: id, drink: drink), to: "orders", in: "pubsub")
        }
        // An event can come twice, and in any order.
        var orders: [Int: Order] = [:]
        for await order in received {
            orders[order.id] = order
            if orders.count == 3 { break }
        }
        print("got \(orders.values.sorted { $0.id < $1.id }.map(\.drink).joined(separator: ", "))")
        await transport.shutdown()
    }

    private static func take(_ body: [UInt8], _ orders: AsyncStream<Order>.Continuation) -> TopicEventAnswer {
        do {
            orders.yield(try CloudEvent(decoding: body).decodedData(Order.self))
            return .success
        } catch {
            return .drop  // It would be no better the next time.
        }
    }
}
