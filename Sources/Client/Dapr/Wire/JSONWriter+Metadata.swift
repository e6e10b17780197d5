internal import DaprJSON

extension JSONWriter {
    /// Writes an object of text values with its keys sorted, as Dapr's metadata is.
    mutating func write(_ metadata: [String: String]) {
        beginObject()
        if metadata.count == 1, let (name, value) = metadata.first {
            key(name)
            string(value)
            return endObject()
        }
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) {
            key(name)
            string(value)
        }
        endObject()
    }
}
