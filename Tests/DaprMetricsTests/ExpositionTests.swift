import DaprMetrics
import Testing

struct ExpositionTests {
    private let registry = MetricsRegistry()

    private var text: String { String(decoding: registry.exposition(), as: UTF8.self) }

    @Test func `an empty registry says nothing`() {
        #expect(registry.exposition().isEmpty)
    }

    @Test func `a metric without labels shows before it is used`() {
        _ = registry.counter("starts_total", help: "Starts.")
        #expect(text == "# HELP starts_total Starts.\n# TYPE starts_total counter\nstarts_total 0\n")
    }

    @Test func `what was never used takes no line`() {
        let histogram = registry.histogram("seconds", help: "Time.", labels: ["route"], buckets: [1])
        _ = histogram.child("/never")
        _ = registry.histogram("sizes", help: "Sizes.", buckets: [1])
        _ = registry.counter("requests_total", help: "Requests.", labels: ["route"])
        #expect(text.isEmpty)
        histogram.observe(2, "/once")
        #expect(
            text == """
                # HELP seconds Time.
                # TYPE seconds histogram
                seconds_bucket{route="/once",le="1"} 0
                seconds_bucket{route="/once",le="+Inf"} 1
                seconds_sum{route="/once"} 2
                seconds_count{route="/once"} 1

                """
        )
    }

    @Test func `a callback is asked whenever the metrics are read, and may be a counter`() {
        registry.callback(.counter("seconds_total", "Seconds.")) { 1.5 }
        #expect(text == "# HELP seconds_total Seconds.\n# TYPE seconds_total counter\nseconds_total 1.5\n")
    }

    @Test func `counters and gauges are sorted by name and by labels`() {
        let requests = registry.counter(
            "http_requests_total",
            help: "Requests answered.",
            labels: ["method", "status"]
        )
        requests.increment("POST", "201")
        requests.increment(by: 41, "GET", "200")
        requests.child("GET", "200").increment()
        requests.increment(by: -5, "GET", "404")
        let open = registry.gauge("connections_open", help: "Connections.", labels: ["side"])
        open.set(4.5, "in")
        open.child("out").set(-2)
        registry.callback(.gauge("load", "Load.")) { 0.25 }
        #expect(
            text == """
                # HELP connections_open Connections.
                # TYPE connections_open gauge
                connections_open{side="in"} 4.5
                connections_open{side="out"} -2
                # HELP http_requests_total Requests answered.
                # TYPE http_requests_total counter
                http_requests_total{method="GET",status="200"} 42
                http_requests_total{method="GET",status="404"} 0
                http_requests_total{method="POST",status="201"} 1
                # HELP load Load.
                # TYPE load gauge
                load 0.25

                """
        )
    }

    @Test func `a histogram's buckets add up to infinity, and sum and count follow`() {
        let times = registry.histogram("seconds", help: "Time.", labels: ["route"], buckets: [0.1, 1, 10])
        for value in [0.05, 0.1, 0.5, 1.000_1, 100, .nan] { times.observe(value, "/a") }
        times.child("/b").observe(.milliseconds(1500))
        #expect(
            text == """
                # HELP seconds Time.
                # TYPE seconds histogram
                seconds_bucket{route="/a",le="0.1"} 2
                seconds_bucket{route="/a",le="1"} 3
                seconds_bucket{route="/a",le="10"} 4
                seconds_bucket{route="/a",le="+Inf"} 5
                seconds_sum{route="/a"} 101.6501
                seconds_count{route="/a"} 5
                seconds_bucket{route="/b",le="0.1"} 0
                seconds_bucket{route="/b",le="1"} 0
                seconds_bucket{route="/b",le="10"} 1
                seconds_bucket{route="/b",le="+Inf"} 1
                seconds_sum{route="/b"} 1.5
                seconds_count{route="/b"} 1

                """
        )
    }

    @Test func `a histogram without labels has only its bound in braces`() {
        registry.histogram("size", help: "Size.", buckets: [1, .infinity]).observe(2)
        #expect(
            text == """
                # HELP size Size.
                # TYPE size histogram
                size_bucket{le="1"} 0
                size_bucket{le="+Inf"} 1
                size_sum 2
                size_count 1

                """
        )
    }

    @Test func `help and label values are escaped`() {
        registry.counter("c_total", help: "a \"b\" \\ c\nd", labels: ["l"]).increment("x \"y\" \\ z\n{}é")
        let sample = #"c_total{l="x \"y\" \\ z\n{}é"} 1"#
        #expect(text == "# HELP c_total a \"b\" \\\\ c\\nd\n# TYPE c_total counter\n\(sample)\n")
    }

    @Test(
        arguments: [
            (Double.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (0, "0"), (-0.5, "-0.5"), (1e300, "1e+300"),
            (123_456_789, "123456789"),
        ]
    )
    func `numbers are written as Prometheus reads them`(number: Double, written: String) {
        registry.gauge("g", help: "G.").set(number)
        #expect(text.hasSuffix("\ng \(written)\n"))
    }
}
