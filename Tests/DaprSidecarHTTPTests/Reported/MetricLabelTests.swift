import DaprMetrics
import DaprSidecar
import Testing

@testable import DaprSidecarHTTP

/// Metrics whose labels come from callers.
struct MetricLabelTests {
    @Test func `topics and paths without end are counted as one after the first`() {
        let metrics = SidecarMetrics(appID: "a", namespace: nil)
        for number in 0..<1000 {
            metrics.count(.published(component: "bus", topic: "t\(number)", isSuccess: true, elapsed: .zero))
            metrics.count(.delivered(component: "bus", topic: "t\(number)", status: "success", elapsed: .zero))
            metrics.answered(
                method: "GET",
                path: "/v1.0/invoke/a/method/\(number)",
                status: 200,
                received: 0,
                sent: 0,
                elapsed: .zero
            )
            metrics.called(method: "GET", target: "/\(number)", status: 200, sent: 0, received: 0, elapsed: .zero)
        }
        let text = String(decoding: metrics.registry.exposition(), as: UTF8.self)
        let lines = text.split(separator: "\n")
        for name in ["dapr_component_pubsub_egress_count{", "dapr_component_pubsub_ingress_count{"] {
            #expect(lines.count { $0.hasPrefix(name) } == BoundedLabel.limit + 1)
        }
        let paths = lines.count {
            $0.hasPrefix("dapr_http_server_request_count{") || $0.hasPrefix("dapr_http_client_completed_count{")
        }
        #expect(paths <= BoundedLabel.limit + 2)
        #expect(text.contains(#"success="true",topic="other"} 800"#))
        #expect(text.contains(#"topic="t0"} 1"#))
    }

    @Test func `calls that share a place in the cache are counted apart, and again`() {
        let metrics = SidecarMetrics(appID: "a", namespace: nil)
        // Of one length and with the same end, which is all that the place depends on.
        let topics = ["a-12345678", "b-12345678", "c-12345678"]
        for _ in 0..<3 {
            for topic in topics {
                metrics.count(.published(component: "bus", topic: topic, isSuccess: true, elapsed: .zero))
                for method in ["PUT", "GET"] {
                    metrics.called(
                        method: method,
                        target: "/\(topic)?q",
                        status: 200,
                        sent: 1,
                        received: 2,
                        elapsed: .zero
                    )
                }
            }
        }
        let text = String(decoding: metrics.registry.exposition(), as: UTF8.self)
        for topic in topics {
            #expect(text.contains(#"success="true",topic="\#(topic)"} 3"#))
            for method in ["PUT", "GET"] {
                let labels = #"app_id="a",method="\#(method)",path="/\#(topic)",status="200""#
                #expect(text.contains("dapr_http_client_completed_count{\(labels)} 3"))
                #expect(text.contains("dapr_http_client_sent_bytes_sum{\(labels)} 3"))
            }
        }
    }

    @Test func `a name that is very long is not kept`() {
        let label = BoundedLabel()
        #expect(label.label(String(repeating: "x", count: 201)) == "other")
        #expect(label.label("short") == "short")
    }
}
