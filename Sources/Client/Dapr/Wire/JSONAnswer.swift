internal import DaprJSON

/// The JSON of an answer, read leniently: what is absent or of another kind reads as `nil` or empty.
struct JSONAnswer {
    let value: JSONValue

    /// Takes a part of an answer.
    init(_ value: JSONValue) {
        self.value = value
    }

    /// Parses the body of an answer; `nil` when it is not JSON.
    init?(_ response: DaprResponse) {
        // Where the text is broken does not matter to a caller: the answer is unreadable.
        guard let value = try? JSONValue(parsing: response.body) else { return nil }
        self.value = value
    }

    var object: JSONObject? { value.objectValue }

    /// An object whose values are all texts.
    var texts: [String: String]? {
        guard let object else { return nil }
        var texts: [String: String] = [:]
        for (name, value) in object {
            guard let text = value.stringValue else { return nil }
            texts[name] = text
        }
        return texts
    }

    func text(_ name: String) -> String? { value[name]?.stringValue }

    func list(_ name: String) -> [JSONAnswer] { (value[name]?.arrayValue ?? []).map { JSONAnswer($0) } }

    func textList(_ name: String) -> [String] { list(name).compactMap(\.value.stringValue) }

    func texts(_ name: String) -> [String: String] { value[name].flatMap { JSONAnswer($0).texts } ?? [:] }
}
