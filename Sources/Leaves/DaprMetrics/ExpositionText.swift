/// Writes Prometheus' text format.
struct ExpositionText {
    private(set) var bytes: [UInt8] = []

    /// Adds the head of a metric.
    mutating func add(_ definition: MetricDefinition) {
        append("# HELP \(definition.name) ")
        appendEscaped(definition.help, quotes: false)
        append("\n# TYPE \(definition.name) \(definition.kind.rawValue)\n")
    }

    /// Adds a metric with the samples of each child; nothing when there are no children.
    mutating func add<Child>(
        _ definition: MetricDefinition,
        _ children: [(values: [String], child: Child)],
        _ write: (inout ExpositionText, Labels, Child) -> Void
    ) {
        if children.isEmpty { return }
        add(definition)
        for (values, child) in children { write(&self, Labels(definition.labels, values), child) }
    }

    /// Labels with their values, written once for all samples that have them: `method="GET",status="200"`.
    struct Labels {
        fileprivate let text: [UInt8]

        init(_ names: [String], _ values: [String]) {
            var text = ExpositionText()
            for (name, value) in zip(names, values) {
                if !text.bytes.isEmpty { text.append(",") }
                text.append(name)
                text.append("=\"")
                text.appendEscaped(value, quotes: true)
                text.append("\"")
            }
            self.text = text.bytes
        }
    }

    /// Adds a sample: `name{label="value"} 1`.
    ///
    /// - Parameters:
    ///   - name: the metric's name.
    ///   - suffix: what follows it in the sample's name, such as `_sum`.
    ///   - labels: the labels that all samples of a child have.
    ///   - own: a label of this sample's own, behind the others, such as `le="0.5"`.
    ///   - value: the number.
    mutating func add(_ name: String, suffix: String = "", labels: Labels, own: String = "", value: String) {
        append(name)
        append(suffix)
        if !labels.text.isEmpty || !own.isEmpty {
            append("{")
            bytes.append(contentsOf: labels.text)
            if !labels.text.isEmpty, !own.isEmpty { append(",") }
            append(own)
            append("}")
        }
        append(" ")
        append(value)
        append("\n")
    }

    /// A number as Prometheus reads it.
    static func text(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Inf" : "+Inf" }
        let text = number.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private mutating func append(_ text: String) { bytes += text.utf8 }

    private mutating func appendEscaped(_ text: String, quotes: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): append(#"\\"#)
            case UInt8(ascii: "\n"): append(#"\n"#)
            case UInt8(ascii: "\"") where quotes: append(#"\""#)
            default: bytes.append(byte)
            }
        }
    }
}
