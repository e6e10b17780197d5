/// What a metric is called and means.
struct MetricHead: Sendable {
    let name: String
    let type: String
    let help: String
    let labels: [String]

    /// Checks the names by Prometheus' rules.
    ///
    /// https://prometheus.io/docs/concepts/data_model/
    init(_ name: String, type: String, help: String, labels: [String]) {
        precondition(Self.isName(name, allowingColon: true), "No name for a metric: \(name)")
        for label in labels {
            let isReserved = label.hasPrefix("__") || label == "le"
            precondition(Self.isName(label, allowingColon: false) && !isReserved, "No name for a label: \(label)")
        }
        precondition(Set(labels).count == labels.count, "The metric \(name) has a label twice.")
        self.name = name
        self.type = type
        self.help = help
        self.labels = labels
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
