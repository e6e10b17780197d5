/// What a metric is called, counts and is labelled with.
///
///     static let requests = MetricDefinition.counter("http_requests_total", "Requests answered.", labels: ["method"])
///
/// A program that keeps its definitions in one place has them for its page of metrics as well. A name or label that Prometheus would not take
/// is a mistake of the program and stops it: https://prometheus.io/docs/concepts/data_model/
package struct MetricDefinition: Sendable, Equatable {
    /// How a metric behaves.
    package enum Kind: String, Sendable {
        /// It only grows.
        case counter
        /// It goes up and down.
        case gauge
        /// It counts how often values fell at or below each of some bounds.
        case histogram
    }

    package let name: String
    package let kind: Kind
    /// What is counted, as a sentence.
    package let help: String
    package let labels: [String]
    /// The bounds of a histogram's buckets, ascending, without infinity; empty for every other kind.
    package let bounds: [Double]

    /// Defines a number that only grows; its name ends in `_total` by custom.
    package static func counter(_ name: String, _ help: String, labels: [String] = []) -> Self {
        Self(name, .counter, help, labels)
    }

    /// Defines a number that goes up and down.
    package static func gauge(_ name: String, _ help: String, labels: [String] = []) -> Self {
        Self(name, .gauge, help, labels)
    }

    /// Defines a histogram; `bounds` must ascend and may leave out infinity.
    package static func histogram(
        _ name: String,
        _ help: String,
        labels: [String] = [],
        bounds: [Double] = Histogram.latencySeconds
    ) -> Self {
        Self(name, .histogram, help, labels, bounds)
    }

    private init(_ name: String, _ kind: Kind, _ help: String, _ labels: [String], _ bounds: [Double] = []) {
        precondition(Self.isName(name, allowingColon: true), "No name for a metric: \(name)")
        for label in labels {
            let isReserved = label.hasPrefix("__") || label == "le"
            precondition(Self.isName(label, allowingColon: false) && !isReserved, "No name for a label: \(label)")
        }
        precondition(Set(labels).count == labels.count, "The metric \(name) has a label twice.")
        let finite = bounds.last == .infinity ? Array(bounds.dropLast()) : bounds
        precondition(finite.allSatisfy(\.isFinite), "The bounds of \(name) must be numbers.")
        precondition(zip(finite, finite.dropFirst()).allSatisfy(<), "The bounds of \(name) must ascend.")
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
        self.bounds = finite
    }

    private static func isName(_ name: String, allowingColon: Bool) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            case UInt8(ascii: ":"): allowingColon
            default: false
            }
        }
    }
}
